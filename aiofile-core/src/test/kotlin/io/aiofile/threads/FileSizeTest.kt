package io.aiofile.threads

import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.AccessDeniedException
import java.nio.file.FileSystemException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption
import java.util.Random
import kotlin.io.path.readText
import kotlin.io.path.writeText

class FileSizeTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane(workers = 4) }
        afterEach { lane.close() }

        val modes =
            mapOf(
                "r+" to arrayOf(Flag.READ, Flag.WRITE),
                "write-only" to arrayOf(Flag.WRITE),
                "a" to arrayOf(Flag.WRITE, Flag.APPEND),
                "a+" to arrayOf(Flag.READ, Flag.WRITE, Flag.APPEND),
            )

        for ((mode, flags) in modes) {
            test("truncate cuts and extends by zeros, opened as $mode") {
                val path = lane.file("a", "abcdef".toByteArray())
                val file = lane.open(path, *flags)
                file.run(Opcode.TRUNCATE, 3) shouldBe 0
                path.readText() shouldBe "abc"
                file.run(Opcode.TRUNCATE, 3) shouldBe 0
                path.readText() shouldBe "abc"
                file.run(Opcode.TRUNCATE, 6) shouldBe 0
                path.readText() shouldBe "abc\u0000\u0000\u0000"
                file.run(Opcode.TRUNCATE, 0) shouldBe 0
                file.run(Opcode.SIZE) shouldBe 0
                file.run(Opcode.TRUNCATE, 1L shl 33) shouldBe 0
                file.run(Opcode.SIZE) shouldBe (1L shl 33)
                file.closeFile()
            }

            test("allocate makes the file large enough, never smaller, opened as $mode") {
                val path = lane.file("a", "abcdef".toByteArray())
                val file = lane.open(path, *flags)
                file.run(Opcode.ALLOCATE, position = 1, length = 3) shouldBe 0
                path.readText() shouldBe "abcdef"
                file.run(Opcode.ALLOCATE, position = 4, length = 4) shouldBe 0
                path.readText() shouldBe "abcdef\u0000\u0000"
                file.closeFile()
            }
        }

        test("a file opened with O_DIRECT is extended to any size").config(enabled = isLinux) {
            for (flags in
                listOf(
                    arrayOf(Flag.READ, Flag.WRITE, Flag.DIRECT),
                    arrayOf(Flag.WRITE, Flag.DIRECT),
                    arrayOf(Flag.WRITE, Flag.APPEND, Flag.DIRECT),
                )) {
                val path = lane.file("a", "abc".toByteArray())
                val file = lane.open(path, *flags)
                file.run(Opcode.TRUNCATE, 10_001)
                Files.size(path) shouldBe 10_001
                file.run(Opcode.ALLOCATE, length = 20_003)
                Files.size(path) shouldBe 20_003
                path.readText().trimEnd('\u0000') shouldBe "abc"
                file.closeFile()
            }
        }

        test("a renamed file is cut and extended all the same, but not by the path alone") {
            val path = lane.file("a", "abc".toByteArray())
            val positional = lane.open(path, Flag.WRITE)
            val appending = lane.open(path, Flag.WRITE, Flag.APPEND)
            val both = lane.open(path, Flag.READ, Flag.WRITE, Flag.APPEND)
            val moved = Files.move(path, lane.path("moved"))
            path.writeText("another")
            positional.run(Opcode.TRUNCATE, 5)
            Files.size(moved) shouldBe 5
            both.run(Opcode.TRUNCATE, 9)
            Files.size(moved) shouldBe 9
            appending.run(Opcode.TRUNCATE, 4)
            Files.size(moved) shouldBe 4
            shouldThrow<IOException> { appending.run(Opcode.TRUNCATE, 99) }.message shouldContain
                "renamed or replaced"
            path.readText() shouldBe "another"
            listOf(positional, appending, both).forEach { it.closeFile() }
        }

        test("a wrapped channel is extended by zeros, also one for append") {
            for (options in
                listOf(
                    setOf(StandardOpenOption.READ, StandardOpenOption.WRITE),
                    setOf(StandardOpenOption.WRITE),
                    setOf(StandardOpenOption.APPEND),
                )) {
                val path = lane.file("a", "abc".toByteArray())
                FileChannel.open(path, options).use { channel ->
                    val file = lane.backend.wrap(channel)
                    file.run(Opcode.TRUNCATE, 200_000)
                    Files.size(path) shouldBe 200_000
                    path.readText().trimEnd('\u0000') shouldBe "abc"
                    file.closeFile()
                }
            }
        }

        test("sizes that overflow, and a file that can't be written, fail") {
            val path = lane.file("a", "abc".toByteArray())
            val file = lane.open(path, Flag.READ, Flag.WRITE)
            shouldThrow<ArithmeticException> {
                file.run(Opcode.ALLOCATE, position = Long.MAX_VALUE, length = 1)
            }
            shouldThrow<IOException> { file.run(Opcode.TRUNCATE, Long.MAX_VALUE) }
            file.closeFile()
            val readOnly = lane.open(path, Flag.READ)
            for (size in listOf(1L, 9L)) {
                shouldThrow<Exception> { readOnly.run(Opcode.TRUNCATE, size) }
            }
            readOnly.closeFile()
            path.readText() shouldBe "abc"
        }

        test("a file that may not be read is extended too, but not with O_DIRECT").config(
            enabled = isLinux
        ) {
            val path = lane.file("a", "abc".toByteArray())
            val files = HookedFiles {
                if (StandardOpenOption.READ in it) throw AccessDeniedException("$path")
            }
            val file = lane.open(files.path(path), Flag.WRITE)
            file.run(Opcode.TRUNCATE, 5)
            path.readText() shouldBe "abc\u0000\u0000"
            file.closeFile()
            val direct = lane.open(files.path(path), Flag.WRITE, Flag.DIRECT)
            shouldThrow<IOException> { direct.run(Opcode.TRUNCATE, 9) }.message shouldContain
                "without permission to read"
            direct.closeFile()
        }

        test("a file that may only be appended to is read, but not extended by zeros") {
            val path = lane.file("a", "abc".toByteArray())
            val files = HookedFiles {
                if (StandardOpenOption.APPEND !in it && StandardOpenOption.WRITE in it) {
                    throw FileSystemException("$path", null, "Operation not permitted")
                }
            }
            val file = lane.open(files.path(path), Flag.READ, Flag.WRITE, Flag.APPEND)
            file.writeText("d", Operation.SEQUENTIAL)
            file.readText(1, 9) shouldBe "bcd"
            for (opcode in listOf(Opcode.TRUNCATE, Opcode.ALLOCATE)) {
                shouldThrow<IOException> { file.run(opcode, 9) }.message shouldContain
                    "only be appended"
            }
            file.closeFile()
            path.readText() shouldBe "abcd"
        }

        for (opcode in listOf(Opcode.TRUNCATE, Opcode.ALLOCATE)) {
            test("a write that comes when $opcode has just asked for the size is not lost") {
                val path = lane.file("a")
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE).use {
                    lateinit var file: BackendFile
                    val write = TestOperation(Opcode.WRITE, direct("X"), 0, 9, 1)
                    val stale =
                        StaleSizeChannel(it) {
                            if (write.state() == Operation.State.QUEUED) {
                                file.submit(write)
                                eventually("the write, or its waiting for the size change") {
                                    write.future.isDone ||
                                        lane.threads().any { it.isWaitingForSizeLock() }
                                }
                            }
                        }
                    file = lane.backend.wrap(stale)
                    file.run(opcode, 10)
                    write.future.outcome() shouldBe 1
                    file.closeFile()
                }
                path.readText() shouldBe "\u0000".repeat(9) + "X"
            }
        }

        // Whatever the order of the two, the byte that was written is there afterwards.
        for (opcode in listOf(Opcode.TRUNCATE, Opcode.ALLOCATE)) {
            for ((mode, flags) in modes.filterKeys { it != "a" && it != "a+" }) {
                test("$opcode beside a write to the last place keeps what was written, $mode") {
                    race(lane, flags) { file, random ->
                        val size = 1L + random.nextInt(10_000)
                        val extend = TestOperation(opcode, null, 0, 0, size)
                        val write = TestOperation(Opcode.WRITE, direct("X"), 0, size - 1, 1)
                        both(file, random, extend, write);
                        { path: Path ->
                            Files.size(path) shouldBe size
                            path.readText().last() shouldBe 'X'
                        }
                    }
                }
            }
        }

        for ((mode, flags) in modes) {
            test("ALLOCATE beside a write beyond it cuts nothing off, $mode") {
                race(lane, flags) { file, random ->
                    val size = 100L + random.nextInt(10_000)
                    val append = Flag.APPEND in flags
                    val text = "Y".repeat(50)
                    val position = if (append) Operation.SEQUENTIAL else size + 10
                    val allocate = TestOperation(Opcode.ALLOCATE, null, 0, 0, size)
                    val write = TestOperation(Opcode.WRITE, direct(text), 0, position, 50)
                    both(file, random, allocate, write);
                    { path: Path ->
                        path.readText().count { it == 'Y' } shouldBe 50
                    }
                }
            }
        }
    })

private fun Thread.isWaitingForSizeLock(): Boolean =
    state == Thread.State.WAITING &&
        stackTrace.any { it.className.contains("ReentrantReadWriteLock") }

private fun both(file: BackendFile, random: Random, vararg pair: TestOperation) {
    if (random.nextBoolean()) pair.reverse()
    pair.forEach(file::submit)
    pair.forEach { it.future.outcome() }
}

/** Rounds on an empty file each, and what must hold after each. */
private fun race(
    lane: Lane,
    flags: Array<Flag>,
    round: (BackendFile, Random) -> (Path) -> Unit,
) {
    val seed = System.nanoTime()
    println("race: seed $seed")
    val random = Random(seed)
    val path = lane.file("race")
    val file = lane.open(path, *flags)
    repeat(300) {
        file.run(Opcode.TRUNCATE, 0)
        val check = round(file, random)
        withClue("seed $seed, round $it") { check(path) }
    }
    file.closeFile()
}
