package io.aiofile.threads

import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.net.URI
import java.nio.file.FileAlreadyExistsException
import java.nio.file.FileSystemException
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.StandardOpenOption.READ
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.exists
import kotlin.io.path.readText
import kotlin.io.path.writeText

class OpeningTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane() }
        afterEach { lane.close() }

        test("READ alone reads, and refuses to write") {
            val file = lane.open(lane.file("a", "abc".toByteArray()), Flag.READ)
            file.seekable() shouldBe true
            file.readText(1, 10) shouldBe "bc"
            shouldThrow<java.nio.channels.NonWritableChannelException> { file.writeText("x", 0) }
            file.closeFile()
        }

        test("READ and WRITE without CREATE need the file, and keep its content") {
            val path = lane.path("a")
            shouldThrow<NoSuchFileException> { lane.open(path, Flag.READ, Flag.WRITE) }
            path.exists() shouldBe false
            path.writeText("abc")
            val file = lane.open(path, Flag.READ, Flag.WRITE)
            file.writeText("B", 1) shouldBe 1
            file.readText(0, 9) shouldBe "aBc"
            file.closeFile()
        }

        test("CREATE and TRUNCATE make an empty file of what was there, and of nothing") {
            val path = lane.path("a")
            for (round in 1..2) {
                val file = lane.open(path, Flag.WRITE, Flag.CREATE, Flag.TRUNCATE)
                file.run(Opcode.SIZE) shouldBe 0
                file.writeText("round $round", 0)
                file.closeFile()
            }
            path.readText() shouldBe "round 2"
        }

        test("CREATE_NEW refuses what exists, of whatever kind, and leaves it alone") {
            val flags = arrayOf(Flag.WRITE, Flag.CREATE_NEW)
            lane.open(lane.path("new"), *flags).closeFile()
            lane.path("new").exists() shouldBe true
            val path = lane.file("a", "abc".toByteArray())
            shouldThrow<FileAlreadyExistsException> { lane.open(path, *flags) }
            path.readText() shouldBe "abc"
            shouldThrow<FileAlreadyExistsException> { lane.open(lane.directory, *flags) }
            if (isLinux) {
                shouldThrow<FileAlreadyExistsException> { lane.open(lane.fifo("f"), *flags) }
            }
        }

        test("a directory is refused, with its path") {
            for (flags in listOf(arrayOf(Flag.READ), arrayOf(Flag.WRITE, Flag.CREATE))) {
                val failure = shouldThrow<FileSystemException> { lane.open(lane.directory, *flags) }
                failure.file shouldBe lane.directory.toString()
                failure.reason shouldBe "Is a directory"
            }
        }

        test("APPEND writes at the end, and with READ reads anywhere") {
            val path = lane.file("a", "abc".toByteArray())
            for (flags in
                listOf(
                    arrayOf(Flag.WRITE, Flag.APPEND, Flag.CREATE),
                    arrayOf(Flag.READ, Flag.WRITE, Flag.APPEND, Flag.CREATE),
                )) {
                val file = lane.open(path, *flags)
                file.writeText("d", Operation.SEQUENTIAL) shouldBe 1
                if (Flag.READ in flags) {
                    file.readText(0, 99) shouldBe path.readText()
                    file.readText(2, 2) shouldBe "cd"
                }
                file.closeFile()
            }
            path.readText() shouldBe "abcdd"
        }

        test("APPEND creates with CREATE and CREATE_NEW, and not without") {
            shouldThrow<NoSuchFileException> { lane.open(lane.path("a"), Flag.WRITE, Flag.APPEND) }
            for (create in listOf(Flag.CREATE, Flag.CREATE_NEW)) {
                val path = lane.path(create.name)
                val file = lane.open(path, Flag.READ, Flag.WRITE, Flag.APPEND, create)
                file.writeText("x", Operation.SEQUENTIAL)
                file.readText(0, 1) shouldBe "x"
                file.closeFile()
            }
        }

        test("a file replaced while it is opened for reading and append is opened as one, afresh") {
            for (removed in listOf(false, true)) {
                val path = lane.file("a", "old".toByteArray())
                val swaps = AtomicInteger(3)
                val files = HookedFiles {
                    if (READ in it && swaps.getAndDecrement() > 0) {
                        Files.move(path, lane.path("old"), REPLACE_EXISTING)
                        if (!removed) lane.file("a", "new ${swaps.get()}".toByteArray())
                    }
                }
                val flags = arrayOf(Flag.READ, Flag.WRITE, Flag.APPEND, Flag.CREATE)
                val file = lane.open(files.path(path), *flags)
                file.writeText("!", Operation.SEQUENTIAL)
                val content = if (removed) "!" else "new 0!"
                file.readText(0, 99) shouldBe content
                path.readText() shouldBe content
                file.closeFile()
            }
        }

        test(
            "an exclusively created file that is replaced meanwhile is not opened as its successor"
        ) {
            val path = lane.path("a")
            val files = HookedFiles {
                if (READ in it) {
                    Files.move(path, lane.path("old"))
                    lane.file("a")
                }
            }
            shouldThrow<FileSystemException> {
                    lane.open(
                        files.path(path),
                        Flag.READ,
                        Flag.WRITE,
                        Flag.APPEND,
                        Flag.CREATE_NEW,
                    )
                }
                .reason shouldContain "replaced"
            if (isLinux) lane.descriptors() shouldBe emptyList()
        }

        test("NO_FOLLOW refuses a symbolic link, which is otherwise followed") {
            val path = lane.file("a", "abc".toByteArray())
            val link = Files.createSymbolicLink(lane.path("link"), path)
            val file = lane.open(link, Flag.READ)
            file.readText(0, 3) shouldBe "abc"
            file.closeFile()
            shouldThrow<FileSystemException> { lane.open(link, Flag.READ, Flag.NO_FOLLOW) }
            lane.open(path, Flag.READ, Flag.NO_FOLLOW).closeFile()
        }

        test("DATA_SYNC writes") {
            val file = lane.open(lane.path("a"), Flag.WRITE, Flag.CREATE, Flag.DATA_SYNC)
            file.writeText("abc", 0) shouldBe 3
            file.closeFile()
        }

        test("permissions are those of the created file").config(enabled = isLinux) {
            val asked = PosixFilePermissions.fromString("rw-r-----")
            val path = lane.path("a")
            val open = TestOpen(path, setOf(Flag.WRITE, Flag.CREATE), asked)
            lane.backend.open(open)
            open.future.outcome().closeFile()
            Files.getPosixFilePermissions(path) shouldBe asked
        }

        test("a file in a zip is read through its own file system, and told what that can't do") {
            val zip = URI.create("jar:" + lane.path("a.zip").toUri())
            FileSystems.newFileSystem(zip, mapOf("create" to "true")).use { files ->
                val path = files.getPath("/inside.txt")
                path.writeText("zipped")
                val file = lane.open(path, Flag.READ)
                file.readText(3, 9) shouldBe "ped"
                file.closeFile()
                shouldThrow<FileSystemException> { lane.open(path, Flag.READ, Flag.DIRECT) }
                    .reason shouldContain "can't open it as"
                val open =
                    TestOpen(
                        files.getPath("/new.txt"),
                        setOf(Flag.WRITE, Flag.CREATE),
                        PosixFilePermissions.fromString("rw-------"),
                    )
                lane.backend.open(open)
                shouldThrow<FileSystemException> { open.future.outcome() }.reason shouldContain
                    "POSIX permissions"
                shouldThrow<FileSystemException> { lane.open(files.getPath("/"), Flag.READ) }
            }
        }

        test("an open that is cancelled in the queue opens and creates nothing") {
            val path = lane.path("a")
            val gate = CountDownLatch(1)
            val busy = lane.open(lane.file("b"), Flag.READ)
            repeat(2) { busy.send(TestOperation(Opcode.SIZE) { gate.await() }) }
            val open = lane.openAsync(path, Flag.WRITE, Flag.CREATE)
            lane.backend.cancel(open)
            // As above, but still in the queue.
            val other = lane.openAsync(path, Flag.WRITE, Flag.CREATE)
            other.cancel() shouldBe true
            open.state() shouldBe Operation.State.DONE
            shouldThrow<CancellationException> { open.future.outcome() }
            gate.countDown()
            busy.run(Opcode.SIZE)
            busy.closeFile()
            path.exists() shouldBe false
        }

        test("1,000 files are open at once, and closed again") {
            val path = lane.file("a", "abc".toByteArray())
            val opens = List(1_000) { lane.openAsync(path, Flag.READ) }
            val files = opens.map { it.future.outcome() }
            if (isLinux) lane.descriptors().size shouldBe 1_000
            files.forEach { it.readText(1, 1) shouldBe "b" }
            files.forEach { it.closeFile() }
        }
    })

private fun TestOperation(opcode: Opcode, onEnd: () -> Unit) =
    TestOperation(opcode, null, 0, 0, 0, onEnd = onEnd)
