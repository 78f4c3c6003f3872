package io.aiofile.contract

import io.aiofile.AioOptions
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.FileChannel
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.nio.file.StandardOpenOption.APPEND
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE

/** Channels that somebody else opened, on real files whatever the backend is. */
internal fun wrapContract(subject: Subject) = funSpec {
    val disk = subject.realDisk

    test("a wrapped channel is read and written in place, and stays open") {
        subject.withContext { context ->
            val path = disk.put(disk.fresh(), pattern(1000))
            FileChannel.open(path, READ, WRITE).use { channel ->
                channel.position(17)
                context.wrap(channel).use { file ->
                    file.isSeekable shouldBe true
                    file.sizeAsync().got() shouldBe 1000
                    file.readBytesAsync(10, 20).got() shouldEqual pattern(1000).copyOfRange(10, 30)
                    file.writeBytesAsync(ByteArray(10), 0).got() shouldBe 10
                    file.readAsync(ByteBuffer.allocate(10), 1000).got() shouldBe -1
                    file.truncateAsync(500).got()
                    file.syncAsync().got()
                    file.readAllBytesAsync().got() shouldEqual
                        pattern(1000).copyOf(500).also { it.fill(0, 0, 10) }
                }
                channel.isOpen shouldBe true
                channel.position() shouldBe 17
                channel.size() shouldBe 500
            }
        }
    }

    test("a context closes its wrapped files, and not their channels") {
        val path = disk.put(disk.fresh(), pattern(10))
        FileChannel.open(path, READ).use { channel ->
            val context = subject.open()
            val file = context.wrap(channel)
            context.close()
            file.isOpen shouldBe false
            channel.isOpen shouldBe true
            refuses<Exception> { context.wrap(channel) }
        }
    }

    test("what the channel was not opened for is refused") {
        subject.withContext { context ->
            val path = disk.put(disk.fresh(), pattern(10))
            FileChannel.open(path, READ).use { channel ->
                context.wrap(channel).use { file ->
                    val write = runCatching { file.writeBytesAsync(ByteArray(1), 0).got() }
                    (write.exceptionOrNull()?.mentions<NonWritableChannelException>()) shouldBe true
                    file.readAllBytesAsync().got() shouldEqual pattern(10)
                }
            }
            FileChannel.open(path, WRITE).use { channel ->
                context.wrap(channel).use { file ->
                    val read = runCatching { file.readBytesAsync(0, 1).got() }
                    (read.exceptionOrNull()?.mentions<NonReadableChannelException>()) shouldBe true
                }
            }
            disk.bytes(path) shouldEqual pattern(10)
        }
    }

    test("a channel that is closed under the file fails its requests") {
        subject.withContext { context ->
            val channel = FileChannel.open(disk.put(disk.fresh(), pattern(10)), READ)
            context.wrap(channel).use { file ->
                channel.close()
                file.readBytesAsync(0, 1).fails<ClosedChannelException>()
            }
            context.metrics().openFiles() shouldBe 0
            val closed = runCatching { context.wrap(channel).use { it.sizeAsync().got() } }
            closed.isFailure shouldBe true
        }
    }

    test("the position of a wrapped channel that appends is its own business") {
        subject.withContext(AioOptions.defaults()) { context ->
            val path = disk.put(disk.fresh(), pattern(10))
            FileChannel.open(path, APPEND).use { channel ->
                context.wrap(channel).use { file ->
                    // FileChannel.write(buffer, position) on Linux appends whatever the position
                    // says.
                    runCatching { file.writeBytesAsync(pattern(3), 0).got() }
                }
            }
            disk.bytes(path).copyOf(10) shouldEqual pattern(10)
        }
    }
}

private inline fun <reified E : Throwable> Throwable.mentions(): Boolean =
    generateSequence(this) { it.cause }.any { it is E }
