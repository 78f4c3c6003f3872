package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.BinaryFile
import io.aiofile.FileIoException
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.nio.file.Path

/** The cursor for bytes: calls in their order, a position that is exact. */
internal fun binaryFileContract(subject: Subject) = funSpec {
    fun <T> withBinary(path: Path, mode: String, body: (BinaryFile) -> T): T =
        subject.context.openBinaryAsync(path, mode).got().use(body)

    test("write, seek, read, readLine") {
        withBinary(subject.disk.fresh(), "wb+") { file ->
            file.writeAsync("hello\nworld\r\nlast".toByteArray()).got() shouldBe 17
            file.position() shouldBe 17
            file.readAsync(10).got().size shouldBe 0
            file.seek(0)
            String(file.readAsync(3).got()) shouldBe "hel"
            String(file.readLineAsync().got()!!) shouldBe "lo"
            file.position() shouldBe 6
            String(file.readLineAsync().got()!!) shouldBe "world\r"
            String(file.readLineAsync().got()!!) shouldBe "last"
            file.position() shouldBe 17
            file.readLineAsync().got() shouldBe null
            file.seek(6)
            String(file.readAllAsync().got()) shouldBe "world\r\nlast"
            file.readAllAsync().got().size shouldBe 0
        }
    }

    test("calls that are not awaited are served in their order") {
        val path = subject.disk.fresh()
        withBinary(path, "wb+") { file ->
            val writes = (0 until 100).map { file.writeAsync(pattern(100 + it, it)) }
            file.seek(0)
            val reads = (0 until 100).map { file.readAsync(100 + it) }
            file.seek(3)
            val last = file.readAsync(2)
            writes.forEachIndexed { index, write -> write.got() shouldBe 100 + index }
            reads.forEachIndexed { index, read ->
                read.got() shouldEqual pattern(100 + index, index)
            }
            last.got() shouldEqual pattern(100, 0).copyOfRange(3, 5)
            file.position() shouldBe 5
        }
    }

    test("buffers of every kind are written from") {
        val path = subject.disk.fresh()
        withBinary(path, "wb") { file ->
            for (kind in BufferKind.entries) {
                val source = kind.of(pattern(300))
                file.writeAsync(source).got() shouldBe 300
                source.hasRemaining() shouldBe false
            }
            file.flushAsync().got()
            subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
        }
        val once = pattern(300).asList()
        subject.disk.bytes(path) shouldEqual
            List(BufferKind.entries.size) { once }.flatten().toByteArray()
    }

    test("seek beyond the end is allowed: reads find the end, a write leaves zeros") {
        val path = subject.put(pattern(10))
        withBinary(path, "rb+") { file ->
            file.seek(100)
            file.readAsync(5).got().size shouldBe 0
            file.position() shouldBe 100
            file.writeAsync(pattern(5)).got()
            file.position() shouldBe 105
            refuses<IllegalArgumentException>("-1") { file.seek(-1) }
        }
        subject.disk.bytes(path) shouldEqual pattern(10) + ByteArray(90) + pattern(5)
    }

    test("a failed call leaves the cursor where it was, and the next ones go on") {
        val path = subject.put(pattern(10))
        subject.withContext(AioOptions.defaults().withLineBytesMax(4)) { context ->
            context.openBinaryAsync(path, "rb").got().use { file ->
                file.readAsync(3).got()
                file.readLineAsync().fails<FileIoException>("4")
                file.position() shouldBe 3
                file.readAsync(3).got() shouldEqual pattern(10).copyOfRange(3, 6)
            }
        }
    }

    test("a file opened for append is read by the cursor and written at its end") {
        val path = subject.put(pattern(10))
        withBinary(path, "ab+") { file ->
            file.seek(2)
            file.writeAsync(pattern(5)).got()
            file.readAsync(3).got() shouldEqual pattern(10).copyOfRange(2, 5)
            file.writeAsync(pattern(5)).got()
            file.readAllAsync().got() shouldEqual
                pattern(10).copyOfRange(5, 10) + pattern(5) + pattern(5)
        }
        subject.disk.bytes(path) shouldEqual pattern(10) + pattern(5) + pattern(5)
    }

    test("a duplicate has a cursor of its own, and a descriptor in common") {
        val path = subject.put(pattern(100))
        withBinary(path, "rb+") { first ->
            first.readAsync(10).got()
            val second = first.duplicate()
            second.position() shouldBe 0
            second.readAsync(5).got() shouldEqual pattern(100).copyOf(5)
            first.position() shouldBe 10
            first.close()
            second.readAsync(5).got() shouldEqual pattern(100).copyOfRange(5, 10)
            second.close()
        }
    }

    test("close waits for the calls before it, and refuses those after it") {
        val path = subject.disk.fresh()
        val file = subject.context.openBinaryAsync(path, "wb").got()
        val writes = (0 until 50).map { file.writeAsync(pattern(1000, it)) }
        val close = file.closeAsync()
        val late = file.writeAsync(ByteArray(1))
        close.got()
        writes.forEach { it.got() shouldBe 1000 }
        late.fails<ClosedChannelException>()
        file.closeAsync().got()
        file.close()
        refuses<ClosedChannelException> { file.duplicate() }
        subject.disk.size(path) shouldBe 50_000
    }

    test("cancelled calls in the line do not hold up or displace the others") {
        withBinary(subject.put(pattern(100_000)), "rb") { file ->
            val reads = List(300) { file.readAsync(100) }
            reads.forEachIndexed { index, read -> if (index % 2 == 0) read.cancel(false) }
            reads.forEach { it.ended() }
            // What was not cancelled is what a cursor would have read.
            var position = 0
            for (read in reads.filterNot { it.isCancelled }) {
                val bytes = read.got()
                bytes shouldEqual pattern(100_000).copyOfRange(position, position + bytes.size)
                position += bytes.size
            }
            eventually("the cursor says so") { file.position() == position.toLong() }
        }
    }

    test("wrong modes and arguments are refused by the call") {
        withBinary(subject.put(pattern(10)), "rb") { file ->
            refuses<NonWritableChannelException> { file.writeAsync(ByteArray(1)) }
            refuses<NonWritableChannelException> { file.writeAsync(ByteBuffer.allocate(1)) }
            refuses<IllegalArgumentException>("-1") { file.readAsync(-1) }
            file.readAsync(0).got().size shouldBe 0
        }
        withBinary(subject.disk.fresh(), "wb") { file ->
            refuses<NonReadableChannelException> { file.readAsync(1) }
            refuses<NonReadableChannelException> { file.readAllAsync() }
            refuses<NonReadableChannelException> { file.readLineAsync() }
        }
    }

    test("lines of any length are found, across the steps of the search") {
        val lines = listOf(0, 1, 4095, 4096, 4097, 100_000, 3).map { "x".repeat(it) }
        withBinary(subject.putText(lines.joinToString("\n")), "rb") { file ->
            for (line in lines) String(file.readLineAsync().got()!!) shouldBe line
            file.readLineAsync().got() shouldBe null
        }
    }
}
