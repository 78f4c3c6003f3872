package io.aiofile.contract

import io.aiofile.AsyncFile
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.comparables.shouldBeBetween
import io.kotest.matchers.shouldBe
import java.io.EOFException
import java.nio.ByteBuffer
import java.nio.ReadOnlyBufferException
import java.nio.channels.NonReadableChannelException
import java.nio.charset.MalformedInputException
import java.util.SplittableRandom

/** Positional reads: what comes back, where it lands, and what is said at the end of the file. */
internal fun readsContract(subject: Subject) = funSpec {
    val data = pattern(300_000)

    for (kind in BufferKind.entries) {
        test("reads into a $kind buffer, between its position and its limit only") {
            subject.withFile(subject.put(data), "rb") { file ->
                for (position in listOf(0L, 1L, 511L, 4095L, 65_537L)) {
                    readsExactly(file, kind.empty(5000), data, position)
                }
            }
        }
    }

    test("a read that reaches the end brings what there is") {
        subject.withFile(subject.put(data), "rb") { file ->
            val target = ByteBuffer.allocateDirect(1000)
            file.readAsync(target, data.size - 10L).got() shouldBe 10
            target.position() shouldBe 10
            target.flip().remainingBytes() shouldEqual data.copyOfRange(data.size - 10, data.size)
        }
    }

    test("at the end and past it a read says -1 and leaves the target alone") {
        subject.withFile(subject.put(data), "rb") { file ->
            for (position in
                listOf(data.size.toLong(), data.size + 1L, 1L shl 40, Long.MAX_VALUE)) {
                val target = ByteBuffer.allocate(100).position(3)
                withClue("at $position") { file.readAsync(target, position).got() shouldBe -1 }
                target.position() shouldBe 3
            }
        }
    }

    test("an empty file is at its end from the start") {
        subject.withFile(subject.put(ByteArray(0)), "rb") { file ->
            file.readAsync(ByteBuffer.allocate(1), 0).got() shouldBe -1
            file.readBytesAsync(0, 10).got().size shouldBe 0
            file.readAllBytesAsync().got().size shouldBe 0
            file.readStringAsync().got() shouldBe ""
        }
    }

    test("a target without room reads 0 bytes, inside the file and past its end") {
        subject.withFile(subject.put(data), "rb") { file ->
            for (kind in BufferKind.entries) {
                file.readAsync(kind.empty(0), 0).got() shouldBe 0
                file.readAsync(kind.empty(0), data.size + 5L).got() shouldBe 0
                file.readFullyAsync(kind.empty(0), data.size + 5L).got() shouldBe 0
            }
        }
    }

    test("readFullyAsync fills the target, in several transfers if need be") {
        val large = pattern(5 * 1024 * 1024 + 7)
        subject.withFile(subject.put(large), "rb") { file ->
            for (target in
                listOf(ByteBuffer.allocate(large.size), ByteBuffer.allocateDirect(large.size))) {
                file.readFullyAsync(target, 0).got() shouldBe large.size
                target.flip().remainingBytes() shouldEqual large
            }
        }
    }

    test("readFullyAsync at the end says what was wanted and what there was") {
        subject.withFile(subject.put(data), "rb") { file ->
            val target = ByteBuffer.allocate(100)
            val position = data.size - 30L
            file.readFullyAsync(target, position).fails<EOFException>("100", "30")
            target.position() shouldBe 30
            target.flip().remainingBytes() shouldEqual data.copyOfRange(data.size - 30, data.size)
        }
    }

    test("readBytesAsync brings fewer bytes at the end only") {
        subject.withFile(subject.put(data), "rb") { file ->
            file.readBytesAsync(0, data.size).got() shouldEqual data
            file.readBytesAsync(7, 100_001).got() shouldEqual data.copyOfRange(7, 100_008)
            file.readBytesAsync(data.size - 3L, 10).got() shouldEqual
                data.copyOfRange(data.size - 3, data.size)
            file.readBytesAsync(data.size + 1L, 10).got().size shouldBe 0
            file.readBytesAsync(5, 0).got().size shouldBe 0
            // What is asked for is not what is allocated.
            file.readBytesAsync(0, Int.MAX_VALUE - 100).got() shouldEqual data
        }
    }

    test("readAllBytesAsync reads to the end that it sees") {
        for (size in listOf(1, 4095, 4096, 65_536, 65_537, 3 * 1024 * 1024 + 1)) {
            val content = pattern(size)
            subject.withFile(subject.put(content), "rb") { file ->
                file.readAllBytesAsync().got() shouldEqual content
            }
        }
    }

    test("readStringAsync decodes, and says at which byte it can't") {
        val text = "grüße, 世界 🌍\r\n"
        for (charset in listOf(Charsets.UTF_8, Charsets.UTF_16LE, Charsets.UTF_32BE)) {
            subject.withFile(subject.put(text.toByteArray(charset)), "r") { file ->
                file.readStringAsync(charset).got() shouldBe text
            }
        }
        subject.withFile(subject.putText(text), "r") { it.readStringAsync().got() shouldBe text }
        val broken = "abc".toByteArray() + 0xFF.toByte()
        subject.withFile(subject.put(broken), "r") { file ->
            file.readStringAsync().fails<MalformedInputException>("3")
        }
    }

    test("hundreds of reads at once, each its own range") {
        val random = SplittableRandom(seed("concurrent reads"))
        subject.withFile(subject.put(data), "rb") { file ->
            val reads =
                List(600) {
                    val position = random.nextInt(data.size)
                    val kind = BufferKind.entries[random.nextInt(BufferKind.entries.size)]
                    val target = kind.empty(1 + random.nextInt(9000))
                    Triple(
                        position,
                        target.duplicate(),
                        file.readFullyAsync(target, position.toLong()),
                    )
                }
            for ((position, target, read) in reads) {
                val wanted = minOf(target.remaining(), data.size - position)
                if (wanted < target.remaining()) read.fails<EOFException>() else read.got()
                target.limit(target.position() + wanted)
                target.remainingBytes() shouldEqual data.copyOfRange(position, position + wanted)
            }
        }
    }

    test("positions beyond 2 GiB and 4 GiB are read and written where they say") {
        val path = subject.disk.fresh("sparse.bin")
        val places = listOf((1L shl 31) - 5, (1L shl 32) - 5, 5L shl 30)
        subject.withFile(path, "wb+") { file ->
            places.forEachIndexed { index, position ->
                file.writeBytesAsync(pattern(10_000, index), position).got() shouldBe 10_000
            }
            file.sizeAsync().got() shouldBe places.last() + 10_000
            places.forEachIndexed { index, position ->
                file.readBytesAsync(position, 10_000).got() shouldEqual pattern(10_000, index)
            }
            file.readBytesAsync(1L shl 30, 100).got() shouldEqual ByteArray(100)
            file.readBytesAsync(places.last() + 9_000, 2_000).got().size shouldBe 1_000
            file.truncateAsync(0).got()
        }
        subject.disk.size(path) shouldBe 0
    }

    test("reading a file that was opened for writing only is refused") {
        subject.withFile(subject.disk.fresh(), "wb") { file ->
            refuses<NonReadableChannelException> { file.readAsync(ByteBuffer.allocate(1), 0) }
            refuses<NonReadableChannelException> { file.readBytesAsync(0, 1) }
            refuses<NonReadableChannelException> { file.readAllBytesAsync() }
            refuses<NonReadableChannelException> { file.readStringAsync() }
        }
    }

    test("argument errors are thrown by the call") {
        subject.withFile(subject.put(data), "rb") { file ->
            refuses<IllegalArgumentException>("-1") { file.readAsync(ByteBuffer.allocate(1), -1) }
            refuses<IllegalArgumentException>("-1") {
                file.readFullyAsync(ByteBuffer.allocate(1), -1)
            }
            refuses<IllegalArgumentException>("-7") { file.readBytesAsync(-7, 1) }
            refuses<IllegalArgumentException>("-1") { file.readBytesAsync(0, -1) }
            for (readOnly in listOf(ByteBuffer.allocate(1), ByteBuffer.allocateDirect(1))) {
                refuses<ReadOnlyBufferException> { file.readAsync(readOnly.asReadOnlyBuffer(), 0) }
                refuses<ReadOnlyBufferException> {
                    file.readFullyAsync(readOnly.asReadOnlyBuffer(), 0)
                }
            }
        }
    }
}

private fun readsExactly(file: AsyncFile, target: ByteBuffer, data: ByteArray, position: Long) {
    val start = target.position()
    val limit = target.limit()
    val around = target.duplicate().clear().remainingBytes()
    // A single read may be short anywhere: the kernel's word, not the library's.
    var done = 0
    while (target.hasRemaining()) {
        val count = file.readAsync(target, position + done).got()
        count.shouldBeBetween(1, limit - start - done)
        done += count
        target.position() shouldBe start + done
    }
    target.limit() shouldBe limit
    data.copyInto(around, start, position.toInt(), position.toInt() + done)
    target.duplicate().clear().remainingBytes() shouldEqual around
}
