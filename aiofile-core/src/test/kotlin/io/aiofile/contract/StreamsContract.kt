package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.ChunkOptions
import io.aiofile.ChunkReader
import io.aiofile.DirectChunkReader
import io.aiofile.OpenMode
import io.aiofile.SequentialWriter
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.nio.ByteOrder
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.nio.file.FileAlreadyExistsException
import java.nio.file.FileSystemException
import java.nio.file.NoSuchFileException

/** Chunks, the sequential writer, and the one-liners. */
internal fun streamsContract(subject: Subject) = funSpec {
    val data = pattern(300_000)

    for (readAhead in listOf(0, 1, 3)) {
        test("chunks come in order and whole, the last one short, $readAhead fetched ahead") {
            subject.withFile(subject.put(data), "rb") { file ->
                for (chunkBytes in listOf(1000, 65_536, 300_000, 1_000_000)) {
                    val options =
                        ChunkOptions.defaults().withChunkBytes(chunkBytes).withReadAhead(readAhead)
                    val reader = ChunkReader(file, options)
                    var seen = 0
                    while (true) {
                        val chunk = reader.readChunkAsync().got() ?: break
                        chunk.size shouldBe minOf(chunkBytes, data.size - seen)
                        chunk shouldEqual data.copyOfRange(seen, seen + chunk.size)
                        seen += chunk.size
                        reader.position() shouldBe seen
                    }
                    seen shouldBe data.size
                    reader.readChunkAsync().got() shouldBe null
                    reader.close()
                }
            }
        }

        test("chunks that are asked for at once come in order, $readAhead fetched ahead") {
            subject.withFile(subject.put(data), "rb") { file ->
                ChunkReader(
                        file,
                        ChunkOptions.defaults().withChunkBytes(7000).withReadAhead(readAhead),
                    )
                    .use {
                        val chunks =
                            List(45) { _ -> it.readChunkAsync() }.map { chunk -> chunk.got() }
                        chunks.drop(43) shouldBe listOf(null, null)
                        chunks.filterNotNull().reduce(ByteArray::plus) shouldEqual data
                    }
            }
        }

        test("a cancelled chunk is the next call's, $readAhead fetched ahead") {
            subject.withFile(subject.put(data), "rb") { file ->
                ChunkReader(
                        file,
                        ChunkOptions.defaults().withChunkBytes(5000).withReadAhead(readAhead),
                    )
                    .use {
                        var seen = ByteArray(0)
                        var round = 0
                        while (seen.size < data.size) {
                            val chunk = it.readChunkAsync()
                            if (round++ % 3 > 0) chunk.cancel(false)
                            chunk.ended()
                            if (!chunk.isCancelled) seen += chunk.got()!!
                        }
                        seen shouldEqual data
                    }
            }
        }
    }

    test("a range of a file is read in chunks") {
        subject.withFile(subject.put(data), "rb") { file ->
            val range =
                ChunkOptions.defaults()
                    .withChunkBytes(1000)
                    .withStartPosition(777)
                    .withEndPosition(5555)
            ChunkReader(file, range).use { reader ->
                var seen = ByteArray(0)
                reader.forEachAsync { seen += it }.got() shouldBe 5555 - 777
                seen shouldEqual data.copyOfRange(777, 5555)
                reader.position() shouldBe 5555
            }
        }
    }

    test("forEachAsync visits every chunk, one at a time, and ends with the consumer's failure") {
        subject.withFile(subject.put(data), "rb") { file ->
            var seen = ByteArray(0)
            file.chunkReader(10_000).use { it.forEachAsync { seen += it }.got() shouldBe 300_000 }
            seen shouldEqual data
            val failing = file.chunkReader(10_000)
            var visits = 0
            failing
                .forEachAsync { if (++visits == 3) throw IllegalStateException("enough") }
                .fails<IllegalStateException>("enough")
            visits shouldBe 3
            failing.close()
        }
    }

    for (readAhead in listOf(0, 1, 3)) {
        test("lent chunks are direct, whole and in order, $readAhead fetched ahead") {
            for (mode in listOf(OpenMode.READ, OpenMode.READ.withDirect())) {
                val opened = subject.context.openFileAsync(subject.put(data), mode)
                opened.ended()
                // Not everywhere, see the contract of O_DIRECT.
                if (mode.direct() && opened.isCompletedExceptionally) continue
                opened.got().use { file ->
                    for ((chunkBytes, start) in listOf(1000 to 0L, 4096 to 4096L, 65_536 to 777L)) {
                        val options =
                            ChunkOptions.defaults()
                                .withChunkBytes(chunkBytes)
                                .withReadAhead(readAhead)
                                .withStartPosition(start)
                        val seen = ByteArrayOutputStream()
                        DirectChunkReader(file, options).use { reader ->
                            val all = reader.forEachAsync {
                                it.isDirect shouldBe true
                                it.remaining() shouldBe
                                    minOf(chunkBytes, data.size - start.toInt() - seen.size())
                                it.order() shouldBe ByteOrder.BIG_ENDIAN
                                seen.write(it.remainingBytes())
                                // What a consumer may do to it.
                                it.order(ByteOrder.LITTLE_ENDIAN).position(1).limit(1).mark()
                            }
                            all.got() shouldBe data.size - start
                            reader.position() shouldBe data.size
                            reader.forEachAsync { error("behind the end") }.got() shouldBe 0
                            reader.readChunkAsync().got() shouldBe null
                        }
                        seen.toByteArray() shouldEqual data.copyOfRange(start.toInt(), data.size)
                    }
                }
            }
        }
    }

    test("a range is lent, to a consumer who gives up and one who goes on behind that") {
        subject.withFile(subject.put(data), "rb") { file ->
            val options =
                ChunkOptions.defaults().withChunkBytes(1000).withReadAhead(2).withEndPosition(9500)
            DirectChunkReader(file, options).use { reader ->
                var visits = 0
                reader
                    .forEachAsync { if (++visits == 3) throw IllegalStateException("enough") }
                    .fails<IllegalStateException>("enough")
                reader.position() shouldBe 3000
                val seen = ByteArrayOutputStream()
                seen.write(reader.readChunkAsync().got()!!.remainingBytes())
                reader.forEachAsync { seen.write(it.remainingBytes()) }.got() shouldBe 5500
                seen.toByteArray() shouldEqual data.copyOfRange(3000, 9500)
                reader.close()
                reader.forEachAsync {}.fails<ClosedChannelException>()
            }
        }
        subject.withFile(subject.disk.fresh(), "wb") { file ->
            refuses<NonReadableChannelException> {
                DirectChunkReader(file, ChunkOptions.defaults())
            }
        }
    }

    test("a closed chunk reader leaves the file open, and nothing in flight") {
        subject.withFile(subject.put(data), "rb") { file ->
            repeat(50) {
                val reader =
                    ChunkReader(file, ChunkOptions.defaults().withChunkBytes(5000).withReadAhead(8))
                reader.readChunkAsync().got()
                reader.close()
                reader.close()
                reader.readChunkAsync().fails<ClosedChannelException>()
            }
            file.readBytesAsync(0, 10).got().size shouldBe 10
        }
        subject.withFile(subject.disk.fresh(), "wb") { file ->
            refuses<NonReadableChannelException> { file.chunkReader(10) }
        }
    }

    test("a sequential writer puts one write behind the other") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb+") { file ->
            val writer = SequentialWriter(file, 5)
            val writes = (0 until 100).map { writer.writeAsync(pattern(500, it)) }
            writer.flushAsync().got()
            subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
            writer.position() shouldBe 50_005
            writes.forEach { it.got() shouldBe 500 }
            for (kind in BufferKind.entries) writer.writeAsync(kind.of(pattern(10))).got() shouldBe
                10
            writer.close()
            writer.writeAsync(ByteArray(1)).fails<ClosedChannelException>()
            writer.closeAsync().got()
            file.isOpen shouldBe true
        }
        val blocks = (0 until 100).flatMap { pattern(500, it).asList() }.toByteArray()
        val tail = BufferKind.entries.flatMap { pattern(10).asList() }.toByteArray()
        subject.disk.bytes(path) shouldEqual pattern(10).copyOf(5) + blocks + tail
    }

    test("a sequential writer of a file opened for append writes at its end") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "ab") { file ->
            SequentialWriter(file, 10).use { writer ->
                writer.writeAsync(pattern(3))
                writer.writeAsync(pattern(4)).got()
                writer.position() shouldBe 17
            }
        }
        subject.disk.bytes(path) shouldEqual pattern(10) + pattern(3) + pattern(4)
        subject.withFile(path, "rb") { file ->
            refuses<NonWritableChannelException> { SequentialWriter(file, 0) }
        }
        subject.withFile(path, "rb+") { file ->
            refuses<IllegalArgumentException>("-1") { SequentialWriter(file, -1) }
        }
    }

    test("whole files in one call") {
        val files = subject.context.files()
        val path = subject.disk.fresh()
        files.writeBytesAsync(path, data).got() shouldBe data.size
        subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
        files.readBytesAsync(path).got() shouldEqual data
        files.writeStringAsync(path, "grüße\n").got() shouldBe 8
        files.appendStringAsync(path, "世界\n").got() shouldBe 7
        files.readStringAsync(path).got() shouldBe "grüße\n世界\n"
        files.writeStringAsync(path, "ÄÖ", Charsets.ISO_8859_1).got() shouldBe 2
        files.appendStringAsync(path, "Ü", Charsets.ISO_8859_1).got() shouldBe 1
        files.readStringAsync(path, Charsets.ISO_8859_1).got() shouldBe "ÄÖÜ"
        subject.disk.bytes(path).size shouldBe 3
    }

    test("copyAsync copies, of any size, and never a file onto itself") {
        val files = subject.context.files()
        for (size in listOf(0, 1, 65_536, 3_000_001)) {
            val source = subject.put(pattern(size))
            val target = subject.put(pattern(100), "target.bin")
            files.copyAsync(source, target).got() shouldBe size
            subject.disk.bytes(target) shouldEqual pattern(size)
        }
        val source = subject.put(data)
        val there = subject.put(pattern(3))
        files.copyAsync(source, there, OpenMode.CREATE_NEW).fails<FileAlreadyExistsException>()
        subject.disk.bytes(there) shouldEqual pattern(3)
        if (subject.disk.isReal) {
            files.copyAsync(source, source).fails<FileSystemException>()
            val link = source.resolveSibling("link").also { subject.disk.link(it, source) }
            files.copyAsync(source, link).fails<FileSystemException>()
        }
        subject.disk.bytes(source) shouldEqual data
        val missing = subject.disk.fresh("missing.bin")
        files.copyAsync(missing, there).fails<NoSuchFileException>("missing.bin")
        subject.disk.bytes(there) shouldEqual pattern(3)
    }

    test("one-liners that fail or are cancelled leave no file open") {
        subject.withContext(AioOptions.defaults().withMaxRequests(2)) { context ->
            val files = context.files()
            val source = subject.put(pattern(2_000_000))
            files
                .readBytesAsync(subject.disk.fresh("missing.txt"))
                .fails<NoSuchFileException>("missing")
            files
                .readStringAsync(subject.put(byteArrayOf(-1)))
                .fails<java.nio.charset.MalformedInputException>()
            repeat(60) { round ->
                val calls =
                    listOf(
                        files.readBytesAsync(source),
                        files.copyAsync(source, subject.disk.fresh()),
                        files.writeBytesAsync(subject.disk.fresh(), data),
                    )
                repeat(round * 50) { Thread.onSpinWait() }
                calls.forEach { it.cancel(false) }
                calls.forEach { it.ended() }
            }
            eventually("every file closed") { context.metrics().openFiles() == 0 }
        }
    }
}
