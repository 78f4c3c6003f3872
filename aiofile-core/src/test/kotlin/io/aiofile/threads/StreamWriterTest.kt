package io.aiofile.threads

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
import java.nio.file.Files
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.concurrent.CancellationException

/** Writing to FIFOs, also full ones. */
class StreamWriterTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane(workers = 1) }
        afterEach { lane.close() }

        context("a FIFO of Linux").config(enabled = isLinux) {
            test("a write to a full one waits, and goes on when it is read") {
                val path = lane.fifo("f")
                FileChannel.open(path, READ, WRITE).use { other ->
                    val capacity = fill(other)
                    val file = lane.open(path, Flag.WRITE)
                    val write = file.writeAsync(direct("abc"), SEQUENTIAL)
                    eventually("a waiting write") { lane.isInWrite() }
                    drain(other, capacity)
                    write.future.outcome() shouldBe 3
                    drain(other, 3) shouldBe "abc"
                    file.closeFile()
                }
            }

            test(
                "a write that waits is given up at once, nothing of it goes out, and the file goes on"
            ) {
                val path = lane.fifo("f")
                val reader = lane.openAsync(path, Flag.READ)
                for (flags in listOf(arrayOf(Flag.WRITE), arrayOf(Flag.READ, Flag.WRITE))) {
                    val file = lane.open(path, *flags)
                    val other = FileChannel.open(path, READ)
                    val capacity = fill(FileChannel.open(path, WRITE), andClose = true)
                    repeat(3) {
                        val write = file.writeAsync(direct("given up"), SEQUENTIAL)
                        eventually("a waiting write") { lane.isInWrite() }
                        write.state() shouldBe Operation.State.IN_KERNEL
                        file.cancel(write)
                        shouldThrow<CancellationException> { write.future.outcome() }
                    }
                    drain(other, capacity)
                    file.writeText("after", SEQUENTIAL) shouldBe 5
                    drain(other, 5) shouldBe "after"
                    file.closeFile()
                    other.close()
                }
                reader.future.outcome().closeFile()
                eventually("the end of the threads") { lane.threads("cancel").isEmpty() }
            }

            test("a long write that is given up says exactly how much went out") {
                val path = lane.fifo("f")
                FileChannel.open(path, READ, WRITE).use { other ->
                    val capacity = fill(other)
                    drain(other, 8192)
                    val file = lane.open(path, Flag.WRITE)
                    val bytes = ByteArray(20_000) { (it % 251).toByte() }
                    val write = file.writeAsync(direct(bytes), SEQUENTIAL)
                    eventually("a waiting write") { lane.isInWrite() }
                    file.cancel(write)
                    val gone = write.future.outcome()
                    gone shouldBe 8192
                    drain(other, capacity - 8192)
                    file.writeText("!", SEQUENTIAL)
                    val got = drain(other, 8193)
                    got shouldBe String(bytes, 0, 8192, Charsets.ISO_8859_1) + "!"
                    file.closeFile()
                }
            }

            test("giving up a write keeps the reader from seeing an end") {
                val path = lane.fifo("f")
                val opening = lane.openAsync(path, Flag.READ)
                val file = lane.open(path, Flag.WRITE)
                val reader = opening.future.outcome()
                val capacity = fill(FileChannel.open(path, WRITE), andClose = true)
                val write = file.writeAsync(direct("given up"), SEQUENTIAL)
                eventually("a waiting write") { lane.isInWrite() }
                file.cancel(write)
                shouldThrow<CancellationException> { write.future.outcome() }
                var left = capacity
                while (left > 0) {
                    val target = ByteBuffer.allocateDirect(left)
                    left -= reader.readAsync(target, SEQUENTIAL).future.outcome().toInt()
                }
                val next = reader.read()
                eventually("a waiting read") { lane.isInRead() }
                file.writeText("on", SEQUENTIAL)
                next.future.outcome() shouldBe 2
                file.closeFile()
                reader.closeFile()
            }

            test(
                "a write is given up also where the path is gone or another FIFO; then writing is over, and says why"
            ) {
                for (replaced in listOf(false, true)) {
                    val path = lane.fifo("f$replaced")
                    FileChannel.open(path, READ, WRITE).use { other ->
                        fill(other)
                        val file = lane.open(path, Flag.WRITE)
                        val write = file.writeAsync(direct("abc"), SEQUENTIAL)
                        eventually("a waiting write") { lane.isInWrite() }
                        Files.move(path, lane.path("moved$replaced"))
                        if (replaced) lane.fifo("f$replaced")
                        file.cancel(write)
                        shouldThrow<CancellationException> { write.future.outcome() }
                        shouldThrow<IOException> { file.writeText("x", SEQUENTIAL) }
                            .message shouldContain "give up a write"
                        file.closeFile()
                    }
                }
            }

            test("closing ends a write that waits") {
                val path = lane.fifo("f")
                FileChannel.open(path, READ, WRITE).use { other ->
                    fill(other)
                    val file = lane.open(path, Flag.WRITE)
                    val write = file.writeAsync(direct("abc"), SEQUENTIAL)
                    eventually("a waiting write") { lane.isInWrite() }
                    file.closeFile()
                    shouldThrow<ClosedChannelException> { write.future.outcome() }
                }
            }

            test("a write without a reader fails, and does not end the process") {
                val path = lane.fifo("f")
                val other = FileChannel.open(path, READ, WRITE)
                val file = lane.open(path, Flag.WRITE)
                other.close()
                shouldThrow<IOException> { file.writeText("x", SEQUENTIAL) }
                file.closeFile()
            }
        }
    })
