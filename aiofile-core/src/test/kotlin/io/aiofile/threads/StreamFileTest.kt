package io.aiofile.threads

import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.aiofile.spi.Operation.SEQUENTIAL
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.FileChannel
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.concurrent.CancellationException
import kotlin.concurrent.thread

/**
 * Files without positions: reading, closing, both directions. /dev/ptmx is the one that is no FIFO.
 */
class StreamFileTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane(workers = 1) }
        afterEach { lane.close() }

        /** A FIFO as another process would hold it, and the file that reads it. */
        fun reading(path: Path, body: (FileChannel, BackendFile) -> Unit) {
            FileChannel.open(path, READ, WRITE).use { other ->
                val file = lane.open(path, Flag.READ)
                try {
                    body(other, file)
                } finally {
                    file.closeFile()
                }
            }
        }

        context("a FIFO of Linux").config(enabled = isLinux) {
            test("is not seekable, and refuses positions, sizes and the other direction") {
                reading(lane.fifo("f")) { _, file ->
                    file.seekable() shouldBe false
                    shouldThrow<IOException> { file.readText(0, 1) }
                    shouldThrow<NonWritableChannelException> { file.writeText("x", SEQUENTIAL) }
                    shouldThrow<IOException> { file.run(Opcode.TRUNCATE, 1) }
                    shouldThrow<IOException> { file.run(Opcode.ALLOCATE, 1) }
                    file.run(Opcode.SIZE) shouldBe 0
                    file.run(Opcode.SYNC) shouldBe 0
                    val writer = lane.open(lane.path("f"), Flag.WRITE)
                    shouldThrow<NonReadableChannelException> { writer.readText(SEQUENTIAL, 1) }
                    writer.closeFile()
                }
            }

            test("reads what there is, no more than asked for, and leaves the rest in the FIFO") {
                reading(lane.fifo("f")) { other, file ->
                    other.write(direct("abcdef"))
                    file.readText(SEQUENTIAL, 4) shouldBe "abcd"
                    file.readText(SEQUENTIAL, 0) shouldBe ""
                    val rest = ByteBuffer.allocate(9)
                    other.read(rest) shouldBe 2
                }
            }

            test("waits for data, then reads it") {
                reading(lane.fifo("f")) { other, file ->
                    val read = file.read()
                    eventually("a waiting read") { lane.isInRead() }
                    read.state() shouldBe Operation.State.QUEUED
                    other.write(direct("abc"))
                    read.future.outcome() shouldBe 3
                    read.buffer().text(3) shouldBe "abc"
                }
            }

            test("is at its end when the writers are gone, and goes on when another comes") {
                val path = lane.fifo("f")
                val opening = lane.openAsync(path, Flag.READ)
                val first = FileChannel.open(path, WRITE)
                val file = opening.future.outcome()
                first.write(direct("one"))
                file.readText(SEQUENTIAL, 9) shouldBe "one"
                val waiting = file.read()
                eventually("a waiting read") { lane.isInRead() }
                first.close()
                waiting.future.outcome() shouldBe 0
                file.readText(SEQUENTIAL, 9) shouldBe ""
                FileChannel.open(path, WRITE).use {
                    it.write(direct("two"))
                    file.readText(SEQUENTIAL, 9) shouldBe "two"
                }
                file.closeFile()
            }

            test("a cancelled read is over at once, and what comes later is the next one's") {
                reading(lane.fifo("f")) { other, file ->
                    val target = direct("....")
                    val cancelled = file.readAsync(target, SEQUENTIAL)
                    eventually("a waiting read") { lane.isInRead() }
                    file.cancel(cancelled)
                    cancelled.state() shouldBe Operation.State.DONE
                    shouldThrow<CancellationException> { cancelled.future.outcome() }
                    other.write(direct("abcdef"))
                    eventually("the read's return") { !lane.isInRead() }
                    file.readText(SEQUENTIAL, 3) shouldBe "abc"
                    file.readText(SEQUENTIAL, 9) shouldBe "d"
                    file.readText(SEQUENTIAL, 9) shouldBe "ef"
                    target.text(4) shouldBe "...."
                }
            }

            test("the next read may be waiting already when data comes for a cancelled one") {
                reading(lane.fifo("f")) { other, file ->
                    val cancelled = file.read()
                    eventually("a waiting read") { lane.isInRead() }
                    file.cancel(cancelled)
                    val next = file.read(2)
                    other.write(direct("abc"))
                    next.future.outcome() shouldBe 2
                    file.readText(SEQUENTIAL, 9) shouldBe "c"
                }
            }

            test("closing returns at once, and a read under way then fails as closed") {
                val path = lane.fifo("f")
                FileChannel.open(path, READ, WRITE).use {
                    val file = lane.open(path, Flag.READ)
                    val read = file.read()
                    eventually("a waiting read") { lane.isInRead() }
                    file.closeFile()
                    shouldThrow<ClosedChannelException> { read.future.outcome() }
                    shouldThrow<ClosedChannelException> { file.read().future.outcome() }
                    eventually("the end of the thread") { lane.threads("read").isEmpty() }
                }
            }

            test("64 silent ones hold no worker, and are cancelled and closed at once") {
                val others = List(64) { FileChannel.open(lane.fifo("f$it"), READ, WRITE) }
                val files = List(64) { lane.open(lane.path("f$it"), Flag.READ) }
                val reads = files.map { it.read() }
                eventually("64 waiting reads") { lane.isInRead(64) }
                val regular = lane.open(lane.file("a", "abc".toByteArray()), Flag.READ)
                repeat(100) { regular.readText(0, 9) shouldBe "abc" }
                regular.closeFile()
                files.zip(reads).forEach { (file, read) ->
                    file.cancel(read)
                    read.state() shouldBe Operation.State.DONE
                }
                files.forEach { it.closeFile() }
                others.forEach { it.close() }
                lane.descriptors() shouldBe emptyList()
                eventually("the end of the threads") { lane.threads("read").isEmpty() }
            }

            test("opened for both directions, a waiting read holds up no write") {
                val path = lane.fifo("f")
                for (flags in
                    listOf(
                        arrayOf(Flag.READ, Flag.WRITE),
                        arrayOf(Flag.READ, Flag.WRITE, Flag.APPEND, Flag.CREATE),
                    )) {
                    val file = lane.open(path, *flags)
                    val read = file.read()
                    eventually("a waiting read") { lane.isInRead() }
                    file.writeText("echo", SEQUENTIAL) shouldBe 4
                    read.future.outcome() shouldBe 4
                    read.buffer().text(4) shouldBe "echo"
                    file.closeFile()
                }
            }

            test("operations and cancels at any moment lose no byte and mix none up") {
                val seed = System.nanoTime()
                println("FIFO of cancels: seed $seed")
                val random = java.util.Random(seed)
                val path = lane.fifo("f")
                val bytes = ByteArray(200_000).also(random::nextBytes)
                reading(path) { other, file ->
                    val writer = thread {
                        var at = 0
                        while (at < bytes.size) {
                            val n = minOf(1 + (at * 7) % 3_000, bytes.size - at)
                            other.write(ByteBuffer.wrap(bytes, at, n))
                            at += n
                        }
                    }
                    val got = java.io.ByteArrayOutputStream()
                    while (got.size() < bytes.size) {
                        val read = file.read(1 + random.nextInt(4_000))
                        if (random.nextInt(3) == 0) {
                            if (random.nextBoolean()) Thread.yield()
                            file.cancel(read)
                        }
                        try {
                            val n = read.future.outcome().toInt()
                            got.write(ByteArray(n).also { read.buffer().get(0, it) })
                        } catch (_: CancellationException) {}
                    }
                    writer.join()
                    got.toByteArray().contentEquals(bytes) shouldBe true
                }
            }

            test("a terminal's two directions work at once") {
                if (Files.exists(Path.of("/dev/ptmx"))) {
                    val file = lane.open(Path.of("/dev/ptmx"), Flag.READ, Flag.WRITE)
                    file.seekable() shouldBe false
                    val read = file.read()
                    eventually("a waiting read") { lane.isInRead() }
                    file.cancel(read)
                    file.closeFile()
                }
            }
        }

        test("a thread that can't be started fails the operation, and the file can still be closed")
            .config(enabled = isLinux) {
                Lane(workers = 1, starter = lackingThreads("read", "close")).use { poor ->
                    val path = poor.fifo("f")
                    FileChannel.open(path, READ, WRITE).use {
                        val file = poor.open(path, Flag.READ)
                        repeat(2) {
                            shouldThrow<IOException> { file.read().future.outcome() }
                                .message shouldContain "no thread could be started"
                        }
                        file.closeFile()
                    }
                }
            }
    })
