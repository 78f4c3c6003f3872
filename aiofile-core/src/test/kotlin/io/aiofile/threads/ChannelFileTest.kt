package io.aiofile.threads

import io.aiofile.spi.Alignment
import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import kotlin.io.path.readBytes
import kotlin.io.path.readText

class ChannelFileTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane() }
        afterEach { lane.close() }

        test("reading at and past the end is 0, and across it what there is") {
            val file = lane.open(lane.file("a", "abc".toByteArray()), Flag.READ)
            file.readText(2, 5) shouldBe "c"
            file.readText(3, 5) shouldBe ""
            file.readText(1L shl 40, 5) shouldBe ""
            file.readText(Long.MAX_VALUE - 2, 5) shouldBe ""
            file.readText(Long.MAX_VALUE, 5) shouldBe ""
            file.readText(0, 0) shouldBe ""
            file.closeFile()
        }

        test("moves exactly the range, and leaves the buffer's own position and limit alone") {
            val file = lane.open(lane.path("a"), Flag.READ, Flag.WRITE, Flag.CREATE)
            val buffer = direct("0123456789")
            buffer.position(8).limit(9)
            val write = TestOperation(Opcode.WRITE, buffer.asReadOnlyBuffer(), 3, 2, 4)
            file.send(write).future.outcome() shouldBe 4
            file.readText(2, 9) shouldBe "3456"
            val read = TestOperation(Opcode.READ, buffer, 0, 3, 2)
            file.send(read).future.outcome() shouldBe 2
            buffer.position() shouldBe 8
            buffer.limit() shouldBe 9
            buffer.clear().text(10) shouldBe "4523456789"
            file.closeFile()
        }

        test("a range beyond the buffer fails the operation") {
            val file = lane.open(lane.path("a"), Flag.READ, Flag.WRITE, Flag.CREATE)
            val write = TestOperation(Opcode.WRITE, direct("abc"), 2, 0, 2)
            shouldThrow<IllegalArgumentException> { file.send(write).future.outcome() }
            file.run(Opcode.SIZE) shouldBe 0
            file.closeFile()
        }

        test("positions beyond 2 GiB and 4 GiB in a sparse file") {
            val file = lane.open(lane.path("a"), Flag.READ, Flag.WRITE, Flag.CREATE)
            for (position in listOf(Int.MAX_VALUE - 1L, (1L shl 32) + 5)) {
                file.writeText("far", position) shouldBe 3
                file.readText(position - 1, 5).trimEnd('\u0000') shouldBe "\u0000far"
            }
            file.run(Opcode.SIZE) shouldBe (1L shl 32) + 8
            file.closeFile()
        }

        test("each append through either of two opens is in one piece") {
            val path = lane.path("a")
            val files = List(2) { lane.open(path, Flag.WRITE, Flag.APPEND, Flag.CREATE) }
            val lines = List(400) { "${it % 2}:$it:" + "x".repeat(it % 97) + "\n" }
            lines
                .mapIndexed { i, line ->
                    files[i % 2].writeAsync(direct(line), Operation.SEQUENTIAL)
                }
                .zip(lines)
                .forEach { (write, line) -> write.future.outcome() shouldBe line.length }
            files.forEach { it.closeFile() }
            path.readText().lines().dropLast(1) shouldContainExactlyInAnyOrder
                lines.map { it.trimEnd() }
        }

        test("a copy moves its range, up to the end of the source") {
            val bytes = ByteArray(100_000) { (it % 251).toByte() }
            val source = lane.open(lane.file("a", bytes), Flag.READ)
            val path = lane.path("b")
            val target = lane.open(path, Flag.WRITE, Flag.CREATE)
            target.copyAsync(source, 30_000, 20_000).future.outcome() shouldBe 20_000
            target.copyAsync(source, 99_990, 20_000).future.outcome() shouldBe 10
            target.copyAsync(source, 100_000, 20_000).future.outcome() shouldBe 0
            target.copyAsync(source, 1L shl 40, 20_000).future.outcome() shouldBe 0
            listOf(source, target).forEach { it.closeFile() }
            val expected = ByteArray(100_000)
            bytes.copyInto(expected, 30_000, 30_000, 50_000)
            bytes.copyInto(expected, 99_990, 99_990)
            path.readBytes() shouldBe expected
        }

        test("copies into one file at once, and writes among them, keep to their places") {
            val bytes = ByteArray(300_000) { (it * 31 + it / 257).toByte() }
            val source = lane.open(lane.file("a", bytes), Flag.READ)
            val path = lane.path("b")
            val target = lane.open(path, Flag.WRITE, Flag.CREATE)
            val pieces =
                (bytes.indices step 100).shuffled().map { position ->
                    if (position % 500 == 0)
                        target.writeAsync(
                            direct(bytes.copyOfRange(position, position + 100)),
                            position.toLong(),
                        )
                    else target.copyAsync(source, position.toLong(), 100)
                }
            pieces.forEach { it.future.outcome() shouldBe 100 }
            listOf(source, target).forEach { it.closeFile() }
            path.readBytes() shouldBe bytes
        }

        test("a copy is not tried where it would be wrong, refused or slow").config(
            enabled = isLinux
        ) {
            val source = lane.open(lane.file("a"), Flag.READ)
            val direct = lane.open(lane.path("a"), Flag.READ, Flag.DIRECT)
            fun worthTrying(from: BackendFile, vararg flags: Flag): Boolean {
                val target = lane.open(lane.path("b"), Flag.CREATE, *flags)
                return target.isCopyWorthTrying(from).also { target.closeFile() }
            }
            worthTrying(source, Flag.WRITE) shouldBe true
            worthTrying(source, Flag.WRITE, Flag.READ) shouldBe true
            worthTrying(source, Flag.WRITE, Flag.APPEND) shouldBe false
            worthTrying(source, Flag.WRITE, Flag.DATA_SYNC) shouldBe false
            worthTrying(source, Flag.WRITE, Flag.DIRECT) shouldBe false
            worthTrying(direct, Flag.WRITE) shouldBe false
            val full = lane.open(Path.of("/dev/full"), Flag.READ, Flag.WRITE)
            full.isCopyWorthTrying(source) shouldBe false
            worthTrying(full, Flag.WRITE) shouldBe false
            full.closeFile()
            // Its cursor is its owner's.
            FileChannel.open(lane.path("b"), StandardOpenOption.WRITE).use {
                lane.backend.wrap(it).isCopyWorthTrying(source) shouldBe false
            }
            listOf(source, direct).forEach { it.closeFile() }
        }

        test("of a file that says it is empty nothing is copied: it is to be read").config(
            enabled = isLinux
        ) {
            val source = lane.open(Path.of("/proc/self/status"), Flag.READ)
            val target = lane.open(lane.path("b"), Flag.WRITE, Flag.CREATE)
            target.copyAsync(source, 0, 20_000).future.outcome() shouldBe 0
            target.run(Opcode.SIZE) shouldBe 0
            listOf(source, target).forEach { it.closeFile() }
        }

        test("syncs, with and without metadata, also what was opened for reading") {
            val path = lane.file("a", "abc".toByteArray())
            for (flags in listOf(arrayOf(Flag.READ), arrayOf(Flag.WRITE, Flag.APPEND))) {
                val file = lane.open(path, *flags)
                file.run(Opcode.SYNC) shouldBe 0
                file.run(Opcode.DATA_SYNC) shouldBe 0
                file.closeFile()
            }
        }

        test("O_DIRECT moves whole blocks, and says how large they are").config(enabled = isLinux) {
            val path = lane.path("a")
            val file = lane.open(path, Flag.READ, Flag.WRITE, Flag.CREATE, Flag.DIRECT)
            val block = file.alignment().offset()
            (block >= 512) shouldBe true
            file.alignment() shouldBe Alignment(block, block)
            file.transferBytesMax() % block shouldBe 0
            val bytes = ByteArray(2 * block) { (it % 251).toByte() }
            val source = ByteBuffer.allocateDirect(4 * block).alignedSlice(block)
            source.put(bytes)
            val write = TestOperation(Opcode.WRITE, source, 0, block.toLong(), 2L * block)
            file.send(write).future.outcome() shouldBe 2L * block
            // The end of the file need not be aligned.
            file.run(Opcode.TRUNCATE, 3L * block - 7)
            val target = ByteBuffer.allocateDirect(5 * block).alignedSlice(block)
            val read = TestOperation(Opcode.READ, target, 0, 2L * block, 2L * block)
            file.send(read).future.outcome() shouldBe block - 7L
            val got = ByteArray(block - 7).also { target.get(0, it) }
            got.toList() shouldBe bytes.drop(block).take(block - 7)
            val crooked = TestOperation(Opcode.READ, target, 1, 0, block.toLong())
            shouldThrow<IOException> { file.send(crooked).future.outcome() }
            file.closeFile()
        }

        test("/dev/zero, /dev/null and /proc work as files").config(enabled = isLinux) {
            val zero = lane.open(Path.of("/dev/zero"), Flag.READ)
            zero.seekable() shouldBe true
            zero.readText(5, 3) shouldBe "\u0000\u0000\u0000"
            zero.closeFile()

            for (mode in
                listOf(
                    arrayOf(Flag.WRITE, Flag.CREATE, Flag.TRUNCATE),
                    arrayOf(Flag.READ, Flag.WRITE, Flag.APPEND, Flag.CREATE),
                )) {
                val sink = lane.open(Path.of("/dev/null"), *mode)
                sink.seekable() shouldBe true
                sink.writeText(
                    "gone",
                    if (Flag.APPEND in mode) Operation.SEQUENTIAL else 7,
                ) shouldBe 4
                sink.run(Opcode.DATA_SYNC) shouldBe 0
                sink.closeFile()
            }

            val proc = Path.of("/proc/self/status")
            val status = lane.open(proc, Flag.READ)
            status.run(Opcode.SIZE) shouldBe 0
            val start = status.readText(0, 1 shl 16)
            start.lineSequence().first() shouldBe proc.readText().lineSequence().first()
            status.readText(start.length.toLong(), 10) shouldBe ""
            status.closeFile()
        }

        test("a file of /proc that refuses pwrite is written all the same").config(
            enabled = isLinux
        ) {
            // The name of the process's first thread, which gets what it has.
            val path = Path.of("/proc/self/comm")
            val comm = path.readText().trimEnd()
            val file = lane.open(path, Flag.WRITE)
            file.writeText(comm, 0) shouldBe comm.length
            file.run(Opcode.DATA_SYNC) shouldBe 0
            file.closeFile()
            path.readText().trimEnd() shouldBe comm
        }

        test("a full device fails the write").config(enabled = isLinux) {
            val full = lane.open(Path.of("/dev/full"), Flag.WRITE)
            shouldThrow<IOException> { full.writeText("x", 0) }
            full.closeFile()
        }

        test("a cancelled operation that waits for a worker never touches its buffer") {
            val gate = CountDownLatch(1)
            val path = lane.file("a", "abc".toByteArray())
            val file = lane.open(path, Flag.READ, Flag.WRITE)
            repeat(2) {
                file.send(TestOperation(Opcode.SIZE, null, 0, 0, 0) { gate.await() })
            }
            val target = direct("...")
            val read = file.readAsync(target, 0)
            val write = file.writeAsync(direct("xyz"), 0)
            file.cancel(read)
            file.cancel(write)
            shouldThrow<CancellationException> { read.future.outcome() }
            shouldThrow<CancellationException> { write.future.outcome() }
            gate.countDown()
            file.run(Opcode.SIZE)
            file.closeFile()
            target.text(3) shouldBe "..."
            path.readText() shouldBe "abc"
        }

        test("an operation after the close fails as closed") {
            val file = lane.open(lane.file("a"), Flag.READ)
            file.closeFile()
            shouldThrow<ClosedChannelException> { file.readText(0, 1) }
            shouldThrow<ClosedChannelException> { file.run(Opcode.SIZE) }
        }

        test("many reads at once on few workers all come to their own bytes") {
            val bytes = ByteArray(1 shl 20) { (it * 31 + it / 257).toByte() }
            val path = lane.file("a", bytes)
            val file: BackendFile = lane.open(path, Flag.READ)
            val seed = System.nanoTime()
            println("many reads: seed $seed")
            val random = java.util.Random(seed)
            val reads =
                List(2_000) {
                    val length = 1 + random.nextInt(5_000)
                    val position = random.nextInt(bytes.size - length)
                    val target = ByteBuffer.allocateDirect(length)
                    Triple(position, target, file.readAsync(target, position.toLong()))
                }
            for ((position, target, read) in reads) {
                val length = read.future.outcome().toInt()
                length shouldBe target.capacity()
                target shouldBe ByteBuffer.wrap(bytes, position, length)
            }
            lane.threads().size shouldBeLessThanOrEqual 2
            file.closeFile()
            path.readBytes() shouldBe bytes
            Files.size(path) shouldBe bytes.size
        }
    })
