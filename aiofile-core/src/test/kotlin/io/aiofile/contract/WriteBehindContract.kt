package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.OpenMode
import io.aiofile.SequentialWriter
import io.aiofile.WriterOptions
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonWritableChannelException
import java.util.SplittableRandom

/** The sequential writer that takes bytes into its own buffers, and writes them behind. */
internal fun writeBehindContract(subject: Subject) = funSpec {
    val data = pattern(300_000)
    val small = WriterOptions.defaults().withBufferBytes(1000).withBuffersInFlight(2)

    for (buffers in listOf(1, 2, 5)) {
        for (bufferBytes in listOf(1, 1000, 65_536, 1 shl 20)) {
            test("all bytes in order, $buffers buffers of $bufferBytes") {
                val random = SplittableRandom(seed("write-behind"))
                val total = if (bufferBytes == 1) 500 else data.size
                val path = subject.put(pattern(10))
                subject.withFile(path, "rb+") { file ->
                    val options =
                        WriterOptions.defaults()
                            .withStartPosition(5)
                            .withBufferBytes(bufferBytes)
                            .withBuffersInFlight(buffers)
                    val writer = SequentialWriter(file, options)
                    var done = 0
                    while (done < total) {
                        val count = minOf(total - done, random.nextInt(20_000))
                        val kind = BufferKind.entries[random.nextInt(BufferKind.entries.size)]
                        val source = kind.of(data.copyOfRange(done, done + count))
                        writer.writeAsync(source).got() shouldBe count
                        done += count
                        writer.position() shouldBe 5 + done
                        // The caller's again, and no longer what is written.
                        if (count > 0) source.duplicate().clear().put(0, 77)
                    }
                    writer.close()
                }
                subject.disk.bytes(path) shouldEqual pattern(10).copyOf(5) + data.copyOf(total)
            }
        }
    }

    test("calls need not be awaited, and are served in order") {
        val path = subject.disk.fresh()
        subject.withFile(path, "wb") { file ->
            val writer = SequentialWriter(file, small)
            val writes =
                List(300) { writer.writeAsync(data.copyOfRange(it * 1000, it * 1000 + 1000)) }
            val flushed = writer.flushAsync()
            val more = writer.writeAsync(pattern(10))
            flushed.got()
            subject.disk.bytes(path).copyOf(300_000) shouldEqual data
            writes.forEach { it.got() shouldBe 1000 }
            more.got() shouldBe 10
            writer.close()
        }
        subject.disk.bytes(path) shouldEqual data + pattern(10)
    }

    test("nothing is written before a buffer is full; a flush writes it and makes it durable") {
        val path = subject.disk.fresh()
        subject.withFile(path, "wb") { file ->
            val writer = SequentialWriter(file, WriterOptions.defaults())
            writer.writeAsync(pattern(5000)).got() shouldBe 5000
            subject.disk.size(path) shouldBe 0
            writer.flushAsync().got()
            subject.disk.bytes(path) shouldEqual pattern(5000)
            subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
            writer.flushAsync().got()
            writer.writeAsync(pattern(30)).got()
            subject.disk.size(path) shouldBe 5000
            writer.closeAsync().got()
            subject.disk.bytes(path) shouldEqual pattern(5000) + pattern(30)
            writer.writeAsync(ByteArray(1)).fails<ClosedChannelException>()
            writer.flushAsync().fails<ClosedChannelException>()
            writer.close()
            file.isOpen shouldBe true
        }
    }

    test("a file opened for append, and a FIFO") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "ab") { file ->
            SequentialWriter(file, small.withStartPosition(10)).use { writer ->
                repeat(10) { writer.writeAsync(pattern(700, it)) }
                writer.flushAsync().got()
                writer.position() shouldBe 7010
            }
        }
        subject.disk.bytes(path) shouldEqual
            (0 until 10).fold(pattern(10)) { all, it -> all + pattern(700, it) }
        val fifo = subject.disk.fresh("fifo")
        subject.disk.fifo(fifo).use { end ->
            subject.context.openFileAsync(fifo, "wb").got().use { file ->
                val writer = SequentialWriter(file, small)
                writer.writeAsync(pattern(10)).got()
                writer.flushAsync().got()
                end.take(10) shouldEqual pattern(10)
                // More than a pipe and the buffers hold: the writer has to wait for the reader.
                val write = writer.writeAsync(data)
                end.take(290_000) shouldEqual data.copyOf(290_000)
                write.got() shouldBe 300_000
                val closed = writer.closeAsync()
                end.take(10_000) shouldEqual data.copyOfRange(290_000, 300_000)
                closed.got()
            }
        }
    }

    test("cancelled writes have taken what their sources' positions say, and no byte is lost") {
        val random = SplittableRandom(seed("cancelled write-behind"))
        val own = AioOptions.defaults().withInlineWriteBytes(0).withMaxRequests(1)
        subject.withContext(own) { context ->
            val path = subject.disk.fresh()
            val taken = ByteArrayOutputStream()
            subject.withFile(path, "wb", context) { file ->
                val writer = SequentialWriter(file, small)
                repeat(scaled(40)) { round ->
                    val sources = List(5) { ByteBuffer.wrap(pattern(random.nextInt(9000), round)) }
                    val writes = sources.map { writer.writeAsync(it) }
                    writes.forEach { if (random.nextInt(2) == 0) it.cancel(false) }
                    writes.forEach { it.ended() }
                    sources.forEach { taken.write(it.array(), 0, it.position()) }
                    writer.position() shouldBe taken.size()
                }
                writer.flushAsync().apply { cancel(false) }.ended()
                writer.closeAsync().apply { cancel(false) }.ended()
                writer.closeAsync().got()
            }
            subject.disk.bytes(path) shouldEqual taken.toByteArray()
        }
    }

    test("writers with half-full buffers keep nobody waiting for pooled memory") {
        val own =
            AioOptions.defaults()
                .withPooledBytes(64 shl 10)
                .withInlineReadBytes(0)
                .withInlineWriteBytes(0)
        subject.withContext(own) { context ->
            val path = subject.disk.fresh()
            subject.withFile(path, "wb+", context) { file ->
                val options = WriterOptions.defaults().withBufferBytes(32 shl 10)
                val writers =
                    List(8) { SequentialWriter(file, options.withStartPosition(it * 100_000L)) }
                writers.forEach { it.writeAsync(pattern(33_000)).got() }
                writers.forEach { it.flushAsync().got() }
                writers.forEach { it.writeAsync(pattern(40_000).copyOfRange(33_000, 40_000)).got() }
                file.readBytesAsync(0, 32 shl 10).got() shouldEqual pattern(32 shl 10)
                file.writeBytesAsync(pattern(30_000, 3), 1_000_000).got() shouldBe 30_000
                writers.forEach { it.close() }
                file.readBytesAsync(700_000, 40_000).got() shouldEqual pattern(40_000)
            }
        }
    }

    test("a file that was closed before its writer: each call that tries again is told") {
        val file = subject.context.openFileAsync(subject.disk.fresh(), "wb").got()
        val writer = SequentialWriter(file, small)
        writer.writeAsync(pattern(10)).got()
        file.closeAsync().got()
        writer.flushAsync().fails<ClosedChannelException>()
        writer.writeAsync(pattern(10)).fails<ClosedChannelException>()
        writer.closeAsync().fails<ClosedChannelException>()
        writer.closeAsync().got()
    }

    test("options and files that can't be are refused") {
        refuses<IllegalArgumentException>("position") { small.withStartPosition(-1) }
        refuses<IllegalArgumentException>("bufferBytes") { small.withBufferBytes(0) }
        refuses<IllegalArgumentException>("buffersInFlight") { small.withBuffersInFlight(65) }
        subject.withFile(subject.put(data), "rb") { file ->
            refuses<NonWritableChannelException> { SequentialWriter(file, small) }
        }
    }

    if (whyNotDirect(subject) == null) {
        test(
            "O_DIRECT: whole units are written; a part of one is an error that says so, and stays"
        ) {
            val path = subject.disk.fresh()
            val mode = OpenMode.WRITE.withDirect()
            subject.context.openFileAsync(path, mode).got().use { file ->
                val unit = file.offsetAlignment()
                refuses<IllegalArgumentException>("$unit") {
                    SequentialWriter(file, small.withStartPosition(1))
                }
                val writer = SequentialWriter(file, small)
                writer.writeAsync(data.copyOf(unit * 20 + 7)).got() shouldBe unit * 20 + 7
                writer
                    .flushAsync()
                    .fails<IOException>("the last 7 bytes", "at ${unit * 20}", "multiples of $unit")
                subject.disk.bytes(path) shouldEqual data.copyOf(unit * 20)
                subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
                writer.writeAsync(data.copyOfRange(unit * 20 + 7, unit * 30)).got()
                writer.flushAsync().got()
                subject.disk.bytes(path) shouldEqual data.copyOf(unit * 30)
                writer.writeAsync(data.copyOfRange(unit * 30, unit * 31 + 1)).got()
                writer.closeAsync().fails<IOException>("the last 1 bytes", "at ${unit * 31}")
                writer.close()
            }
            subject.disk.bytes(path).size % 512 shouldBe 0
            subject.disk.bytes(path).asList().take(15_000) shouldContainExactly
                data.asList().take(15_000)
        }
    }
}
