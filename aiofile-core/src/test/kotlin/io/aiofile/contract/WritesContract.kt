package io.aiofile.contract

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.NonWritableChannelException
import java.nio.charset.UnmappableCharacterException
import java.util.SplittableRandom
import java.util.concurrent.atomic.AtomicBoolean

/** Positional writes, and what changes a file's size. */
internal fun writesContract(subject: Subject) = funSpec {
    for (kind in BufferKind.entries) {
        test("writes what a $kind buffer has between its position and its limit") {
            val path = subject.disk.fresh()
            val data = pattern(5000)
            subject.withFile(path, "wb") { file ->
                val source = kind.of(data)
                val start = source.position()
                file.writeAsync(source, 11).got() shouldBe 5000
                source.position() shouldBe start + 5000
                source.hasRemaining() shouldBe false
                // A source may be read-only, a target may not.
                val again = kind.of(data).asReadOnlyBuffer()
                file.writeAsync(again, 5011).got() shouldBe 5000
                again.hasRemaining() shouldBe false
            }
            subject.disk.bytes(path) shouldEqual ByteArray(11) + data + data
        }
    }

    test("a write of many transfers arrives whole") {
        val path = subject.disk.fresh()
        val large = pattern(5 * 1024 * 1024 + 7)
        subject.withFile(path, "wb") { file ->
            file.writeAsync(ByteBuffer.wrap(large), 3).got() shouldBe large.size
            file.writeAsync(direct(large), 3L + large.size).got() shouldBe large.size
        }
        subject.disk.bytes(path) shouldEqual ByteArray(3) + large + large
    }

    test("writing nothing writes nothing") {
        val path = subject.put(pattern(100))
        subject.withFile(path, "rb+") { file ->
            for (kind in BufferKind.entries) file.writeAsync(kind.empty(0), 5000).got() shouldBe 0
            file.writeBytesAsync(ByteArray(0), 5000).got() shouldBe 0
            file.writeStringAsync("", 5000).got() shouldBe 0
        }
        subject.disk.bytes(path) shouldEqual pattern(100)
    }

    test("a write past the end leaves zeros in between") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb+") { it.writeBytesAsync(pattern(10), 100_000).got() }
        subject.disk.bytes(path) shouldEqual pattern(10) + ByteArray(99_990) + pattern(10)
    }

    test("writeStringAsync encodes, in UTF-8 unless told otherwise") {
        val text = "grüße, 世界 🌍\n"
        val path = subject.disk.fresh()
        subject.withFile(path, "w") { file ->
            file.writeStringAsync(text, 0).got() shouldBe text.toByteArray().size
        }
        subject.disk.bytes(path) shouldEqual text.toByteArray()
        subject.withFile(path, "w") { file ->
            file.writeStringAsync(text, Charsets.UTF_16LE, 4).got() shouldBe text.length * 2
        }
        subject.disk.bytes(path) shouldEqual ByteArray(4) + text.toByteArray(Charsets.UTF_16LE)
    }

    test("a character that the charset lacks is an error, and nothing is written") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "r+") { file ->
            file
                .writeStringAsync("ab世", Charsets.ISO_8859_1, 0)
                .fails<UnmappableCharacterException>()
        }
        subject.disk.bytes(path) shouldEqual pattern(10)
    }

    test("hundreds of writes at once, each its own range") {
        val random = SplittableRandom(seed("concurrent writes"))
        val path = subject.disk.fresh()
        val whole = pattern(600_000)
        subject.withFile(path, "wb") { file ->
            val starts = generateSequence(0) { it + 1 + random.nextInt(3000) }
            val cuts = starts.takeWhile { it < whole.size }.toList() + whole.size
            val pieces = cuts.zipWithNext().shuffled(java.util.Random(random.nextLong()))
            val writes = pieces.map { (from, to) ->
                val kind = BufferKind.entries[random.nextInt(BufferKind.entries.size)]
                file.writeAsync(kind.of(whole.copyOfRange(from, to)), from.toLong())
            }
            writes.zip(pieces).forEach { (write, piece) ->
                write.got() shouldBe piece.second - piece.first
            }
        }
        subject.disk.bytes(path) shouldEqual whole
    }

    test("what was written is read, also by another handle, once the write was awaited") {
        val path = subject.disk.fresh()
        subject.withFile(path, "wb") { writer ->
            subject.withFile(path, "rb") { reader ->
                for (round in 0 until 50) {
                    writer.writeBytesAsync(pattern(700, round), round * 700L).got()
                    reader.readBytesAsync(round * 700L, 1000).got() shouldEqual pattern(700, round)
                }
            }
        }
    }

    test("writing a file that was opened for reading only is refused") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb") { file ->
            refuses<NonWritableChannelException> { file.writeAsync(ByteBuffer.allocate(1), 0) }
            refuses<NonWritableChannelException> { file.writeBytesAsync(ByteArray(1), 0) }
            refuses<NonWritableChannelException> { file.writeStringAsync("x", 0) }
            refuses<NonWritableChannelException> { file.truncateAsync(0) }
            refuses<NonWritableChannelException> { file.allocateAsync(0, 100) }
        }
        subject.disk.bytes(path) shouldEqual pattern(10)
    }

    test("argument errors are thrown by the call, and nothing is written") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb+") { file ->
            refuses<IllegalArgumentException>("-1") { file.writeAsync(ByteBuffer.allocate(1), -1) }
            refuses<IllegalArgumentException>("-2") { file.writeBytesAsync(ByteArray(1), -2) }
            refuses<IllegalArgumentException>("-3") { file.writeStringAsync("x", -3) }
            refuses<IllegalArgumentException>("-4") { file.truncateAsync(-4) }
            refuses<IllegalArgumentException>("-5") { file.allocateAsync(-5, 10) }
            refuses<IllegalArgumentException>("0") { file.allocateAsync(0, 0) }
            refuses<IllegalArgumentException> { file.writeBytesAsync(ByteArray(2), Long.MAX_VALUE) }
        }
        subject.disk.bytes(path) shouldEqual pattern(10)
    }

    test("truncateAsync cuts and extends, sizeAsync says so") {
        val path = subject.put(pattern(10_000))
        subject.withFile(path, "rb+") { file ->
            file.sizeAsync().got() shouldBe 10_000
            file.truncateAsync(4097).got()
            file.sizeAsync().got() shouldBe 4097
            file.truncateAsync(6000).got()
            file.sizeAsync().got() shouldBe 6000
            file.truncateAsync(6000).got()
        }
        subject.disk.bytes(path) shouldEqual pattern(10_000).copyOf(4097).copyOf(6000)
        subject.withFile(path, "rb+") { it.truncateAsync(0).got() }
        subject.disk.size(path) shouldBe 0
    }

    test("allocateAsync makes room, and leaves what is there") {
        val path = subject.put(pattern(1000))
        subject.withFile(path, "rb+") { file ->
            file.allocateAsync(500, 4500).got()
            file.sizeAsync().got() shouldBe 5000
            file.allocateAsync(0, 100).got()
            file.sizeAsync().got() shouldBe 5000
        }
        subject.disk.bytes(path) shouldEqual pattern(1000).copyOf(5000)
    }

    test("a truncate under a reader shortens what it reads, and nothing worse") {
        val full = pattern(400_000)
        val path = subject.put(full)
        subject.withFile(path, "rb+") { writer ->
            subject.withFile(path, "rb") { reader ->
                val stop = AtomicBoolean()
                val cutter = Thread {
                    for (round in 0 until 60) {
                        writer.truncateAsync(if (round % 2 == 0) 1000L else 400_000L).got()
                    }
                    stop.set(true)
                }
                cutter.start()
                var reads = 0
                while (!stop.get() || reads < 10) {
                    val bytes = reader.readBytesAsync(0, 400_000).got()
                    bytes.size.toLong() shouldBeLessThanOrEqual 400_000
                    // What was cut off comes back as zeros, and the first 1,000 bytes stay.
                    val kept = minOf(1000, bytes.size)
                    withClue("round $reads") { kept shouldBe 1000 }
                    bytes.copyOf(kept) shouldEqual full.copyOf(kept)
                    bytes.indices.all { bytes[it] == full[it] || bytes[it] == 0.toByte() } shouldBe
                        true
                    reads++
                }
                cutter.join()
            }
        }
    }
}
