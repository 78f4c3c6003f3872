package io.aiofile.threads

import io.aiofile.spi.Alignment
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.io.FileOutputStream
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.APPEND
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.concurrent.CancellationException

class WrapTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane() }
        afterEach { lane.close() }

        test("works on the owner's channel, whose position stays, and leaves it open") {
            FileChannel.open(lane.file("a", "abcdef".toByteArray()), READ, WRITE).use { channel ->
                channel.position(4)
                val file = lane.backend.wrap(channel)
                file.seekable() shouldBe true
                file.alignment() shouldBe Alignment.NONE
                file.writeText("B", 1) shouldBe 1
                file.readText(0, 9) shouldBe "aBcdef"
                file.run(Opcode.SIZE) shouldBe 6
                file.run(Opcode.DATA_SYNC) shouldBe 0
                file.closeFile()
                channel.isOpen shouldBe true
                channel.position() shouldBe 4
            }
        }

        test("an owner that closes the channel fails the operations, and not the close") {
            val channel = FileChannel.open(lane.file("a", "abc".toByteArray()), READ)
            val file = lane.backend.wrap(channel)
            channel.close()
            shouldThrow<ClosedChannelException> { file.readText(0, 1) }
            shouldThrow<ClosedChannelException> { file.run(Opcode.SIZE) }
            file.closeFile()
            val late = lane.backend.wrap(channel)
            shouldThrow<ClosedChannelException> { late.readText(0, 1) }
            late.closeFile()
        }

        test("devices and /proc are seekable where they are").config(enabled = isLinux) {
            for (name in
                listOf("/dev/zero", "/proc/cpuinfo", "/sys/kernel/mm/transparent_hugepage")) {
                val path =
                    Path.of(name).let { if (it.toFile().isDirectory) it.resolve("enabled") else it }
                if (!path.toFile().exists()) continue
                FileChannel.open(path, READ).use { channel ->
                    val file = lane.backend.wrap(channel)
                    file.seekable() shouldBe true
                    file.readText(0, 4).length shouldBe 4
                    file.closeFile()
                }
            }
        }

        test("a FIFO is known as one, opened for reading, writing or append").config(
            enabled = isLinux
        ) {
            val path = lane.fifo("f")
            FileChannel.open(path, READ, WRITE).use { both ->
                lane.backend.wrap(both).run {
                    seekable() shouldBe false
                    closeFile()
                }
                for (option in listOf(READ, WRITE, APPEND)) {
                    FileChannel.open(path, option).use { channel ->
                        val file = lane.backend.wrap(channel)
                        file.seekable() shouldBe false
                        file.closeFile()
                    }
                }
                FileOutputStream(path.toFile(), true).use { stream ->
                    val file = lane.backend.wrap(stream.channel)
                    file.seekable() shouldBe false
                    file.writeText("log", Operation.SEQUENTIAL) shouldBe 3
                    file.closeFile()
                }
                both.read(ByteBuffer.allocate(9)) shouldBe 3
            }
        }

        test("an empty file for append is not taken for a FIFO") {
            FileChannel.open(lane.file("a"), APPEND).use { channel ->
                val file = lane.backend.wrap(channel)
                file.seekable() shouldBe true
                file.writeText("abc", Operation.SEQUENTIAL) shouldBe 3
                file.closeFile()
            }
        }

        test("a read that waits in a wrapped FIFO can be cancelled, and what comes is kept").config(
            enabled = isLinux
        ) {
            FileChannel.open(lane.fifo("f"), READ, WRITE).use { both ->
                val file = lane.backend.wrap(both)
                val first = file.readAsync(ByteBuffer.allocateDirect(10), Operation.SEQUENTIAL)
                eventually("a reading thread") { lane.threads("read").size == 1 }
                file.cancel(first)
                shouldThrow<CancellationException> { first.future.outcome() }
                // From another descriptor: this one's lock is held by the read that waits.
                FileChannel.open(lane.path("f"), WRITE).use { it.write(direct("late")) }
                file.readText(Operation.SEQUENTIAL, 10) shouldBe "late"
                file.closeFile()
            }
        }

        test("closing returns at once while a read waits, and the owner's close ends its thread")
            .config(enabled = isLinux) {
                val both = FileChannel.open(lane.fifo("f"), READ, WRITE)
                val file = lane.backend.wrap(both)
                val read = file.readAsync(ByteBuffer.allocateDirect(10), Operation.SEQUENTIAL)
                eventually("a reading thread") { lane.threads("read").size == 1 }
                file.cancel(read)
                file.closeFile()
                both.isOpen shouldBe true
                both.close()
                eventually("the end of the thread") { lane.threads("read").isEmpty() }
            }
    })
