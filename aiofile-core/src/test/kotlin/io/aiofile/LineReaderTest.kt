package io.aiofile

import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.spi.LaneThread
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeSameInstanceAs
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.charset.CodingErrorAction
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference

class LineReaderTest :
    FunSpec({ TextFiles.all(this).forEach { include("${it.name}: ", lineReader(it)) } })

private fun lineReader(files: TextFiles) = funSpec {
    val byOne = LineOptions.defaults().withChunkBytes(1)

    test("lines end with a newline, with a carriage return or without, or with the file") {
        val text = "one\r\ntwo\n\n\r\nthree\r"
        for (chunkBytes in 1..7) {
            files.lines(
                text.toByteArray(),
                LineOptions.defaults().withChunkBytes(chunkBytes),
            ) shouldBe listOf("one", "two", "", "", "three\r")
        }
    }

    test("an explicit newline is matched exactly, and kept separators are as in the file") {
        val bytes = "one\r\ntwo\nthree".toByteArray()
        files.lines(bytes, byOne.withSeparator("\n")) shouldBe listOf("one\r", "two", "three")
        files.lines(bytes, byOne.withSeparatorKept()) shouldBe listOf("one\r\n", "two\n", "three")
        files.lines(bytes, byOne.withSeparator("\r\n")) shouldBe listOf("one", "two\nthree")
    }

    test("separators whose beginning repeats inside them") {
        val bytes = "xaaab|||aab||aaaabaab".toByteArray()
        for (chunkBytes in 1..7) {
            val options = LineOptions.defaults().withChunkBytes(chunkBytes)
            files.lines(bytes, options.withSeparator("aab")) shouldBe
                listOf("xa", "|||", "||aa", "")
            files.lines(bytes, options.withSeparator("||")) shouldBe
                listOf("xaaab", "|aab", "aaaabaab")
        }
    }

    test("an empty file has no lines, and the end is told again and again") {
        files.withFile(ByteArray(0)) { file ->
            file.lineReader().use { reader ->
                reader.readLineAsync().got() shouldBe null
                reader.readLinesAsync(3).got().shouldBeEmpty()
                reader.forEachAsync { error("no line") }.got() shouldBe 0L
                reader.readLineAsync().got() shouldBe null
                reader.position() shouldBe 0L
            }
        }
        files.lines("\n".toByteArray(), byOne) shouldBe listOf("")
    }

    test("bytes that look like a separator inside other characters are none") {
        // In Shift_JIS "ポ" is 83 7C, and 7C is "|"; in UTF-16 U+0A0A and U+0A00 are full of 0A.
        val shiftJis = LineOptions.defaults().withCharset(charset("Shift_JIS")).withSeparator("||")
        val utf16 = LineOptions.defaults().withCharset(Charsets.UTF_16LE)
        for (chunkBytes in 1..7) {
            val text = "ポ|a||ポポ||b"
            files.lines(
                text.toByteArray(shiftJis.charset()),
                shiftJis.withChunkBytes(chunkBytes),
            ) shouldBe listOf("ポ|a", "ポポ", "b")
            val units = "\u0A0A\u0A00\n\u0A00\u000A\u0A0A"
            files.lines(
                units.toByteArray(Charsets.UTF_16LE),
                utf16.withChunkBytes(chunkBytes),
            ) shouldBe listOf("\u0A0A\u0A00", "\u0A00", "\u0A0A")
        }
    }

    test("the separator of a charset that begins with a header is found without it") {
        val options = LineOptions.defaults().withCharset(charset("ISO-2022-KR"))
        files.lines("가나\n다\n".toByteArray(options.charset()), options) shouldBe listOf("가나", "다")
    }

    test("byte-order marks are dropped, or kept, and tell the order") {
        for ((charset, mark, plain) in marks) {
            val bytes = mark + "é\n漢".toByteArray(plain)
            val options = byOne.withCharset(charset(charset))
            withClue("$charset, marked") {
                files.lines(bytes, options) shouldBe listOf("é", "漢")
                files.lines(bytes, options.withByteOrderMarkKept()) shouldBe listOf("\uFEFFé", "漢")
                files.lines(mark, options).shouldBeEmpty()
                files.lines(mark + "\n".toByteArray(plain), options) shouldBe listOf("")
            }
        }
        for ((charset, plain) in unmarked) {
            withClue("$charset, unmarked") {
                files.lines("é\n漢".toByteArray(plain), byOne.withCharset(charset(charset))) shouldBe
                    listOf("é", "漢")
            }
        }
    }

    test("only at the start of the file is it a mark") {
        for ((charset, mark, plain) in marks) {
            val bytes = mark + "a\n\uFEFFb\n".toByteArray(plain)
            withClue(charset) {
                files.lines(bytes, byOne.withCharset(charset(charset))) shouldBe
                    listOf("a", "\uFEFFb")
            }
        }
    }

    test("the start of the file tells the order of the bytes to a reader that starts later") {
        for ((charset, mark, plain) in marks) {
            val bytes = mark + "one\ntwo\n".toByteArray(plain)
            val second = mark.size + "one\n".toByteArray(plain).size
            val options = byOne.withCharset(charset(charset)).withStartPosition(second.toLong())
            withClue(charset) { files.lines(bytes, options) shouldBe listOf("two") }
        }
    }

    test("calls that are not awaited are served in their order") {
        val text = (1..500).joinToString("\n")
        files.withFile(text.toByteArray()) { file ->
            LineReader(file, LineOptions.defaults().withChunkBytes(7)).use { reader ->
                val calls = (1..500).map { reader.readLineAsync() }
                calls.map { it.got() } shouldBe (1..500).map { "$it" }
            }
        }
    }

    test("some lines at once are those that are there") {
        files.withFile("1\n2\n3\n4\n5".toByteArray()) { file ->
            LineReader(file, LineOptions.defaults().withChunkBytes(6)).use { reader ->
                reader.readLinesAsync(2).got() shouldBe listOf("1", "2")
                reader.readLinesAsync(100).got() shouldBe listOf("3")
                reader.position() shouldBe 6L
                reader.readLinesAsync(1).got() shouldBe listOf("4")
                reader.readLinesAsync(1).got() shouldBe listOf("5")
                reader.readLinesAsync(1).got().shouldBeEmpty()
                shouldThrow<IllegalArgumentException> { reader.readLinesAsync(0) }
            }
        }
    }

    test("every line goes to the consumer, never on a thread that completes operations") {
        val lines = (1..20_000).map { "line $it" }
        files.withFile(lines.joinToString("\n").toByteArray()) { file ->
            val seen = ArrayList<String>()
            val onLanes = AtomicInteger()
            file.lineReader().use { reader ->
                reader
                    .forEachAsync {
                        seen += it
                        if (LaneThread.isCurrent()) onLanes.incrementAndGet()
                    }
                    .got() shouldBe 20_000L
            }
            seen shouldBe lines
            onLanes.get() shouldBe 0
        }
    }

    test("a consumer that throws fails the future, and the reader goes on behind that line") {
        files.withFile("1\n2\n3\n".toByteArray()) { file ->
            file.lineReader().use { reader ->
                val thrown = IllegalStateException("enough")
                shouldThrow<IllegalStateException> {
                    reader.forEachAsync { if (it == "2") throw thrown }.got()
                } shouldBeSameInstanceAs thrown
                reader.position() shouldBe 4L
                reader.readLineAsync().got() shouldBe "3"
            }
        }
    }

    test("a cancelled for-each ends behind the line that its consumer is at") {
        val lines = (1..400_000).map { "line $it" }
        files.withFile(lines.joinToString("\n").toByteArray()) { file ->
            file.lineReader().use { reader ->
                val call = AtomicReference<AioFuture<Long>>()
                val seen = ArrayList<String>()
                call.set(
                    reader.forEachAsync {
                        seen += it
                        if (seen.size >= 1000) call.get()?.cancel(false)
                    }
                )
                shouldThrow<CancellationException> { call.get().got() }
                seen.size shouldBeLessThan lines.size
                seen shouldBe lines.take(seen.size)
                reader.readLineAsync().got() shouldBe lines[seen.size]
            }
        }
    }

    test("a line of the longest length is read, a longer one is an error that says where") {
        val limited = LineOptions.defaults().withLineBytesMax(4)
        for (chunkBytes in 1..9) {
            val options = limited.withChunkBytes(chunkBytes)
            files.lines("1234\r\n1234\n1234".toByteArray(), options) shouldBe
                listOf("1234", "1234", "1234")
            for (tail in listOf("", "\n", "\r\n", "678901234")) {
                files.withFile("1\n12345$tail".toByteArray()) { file ->
                    LineReader(file, options).use { reader ->
                        reader.readLineAsync().got() shouldBe "1"
                        repeat(2) {
                            val failure =
                                shouldThrow<FileIoException> { reader.readLineAsync().got() }
                            failure.operation() shouldBe "read line"
                            failure.position() shouldBe 2L
                            failure.length() shouldBe 4L
                            failure.hint() shouldContain "LineOptions.withLineBytesMax"
                            reader.position() shouldBe 2L
                        }
                        shouldThrow<FileIoException> { reader.forEachAsync {}.got() }
                    }
                }
            }
        }
    }

    test("of a line that is too long no more is read than the limit and the chunks fetched") {
        val bytes = ByteArray(1 shl 20) { 'x'.code.toByte() }
        val options =
            LineOptions.defaults().withLineBytesMax(10_000).withChunkBytes(4096).withReadAhead(1)
        files.withFile(bytes) { file ->
            val before = files.context.metrics().bytesRead()
            LineReader(file, options).use { reader ->
                shouldThrow<FileIoException> { reader.readLineAsync().got() }
            }
            val read = files.context.metrics().bytesRead() - before
            read shouldBeLessThan 10_000L + 3 * 4096
        }
    }

    test("bytes that are no text are told where they are, behind any number of lines of ASCII") {
        for (count in listOf(1, 7, 300)) {
            val before = List(count) { "line $it of those before" }
            val good = (before.joinToString("\n") + "\n").toByteArray()
            val broken = "a line that is ".toByteArray() + bytes(0xC3) + "broken\n".toByteArray()
            val behind = ("good\r\n".repeat(50)).toByteArray()
            val at = good.size + 15L
            for (chunkBytes in listOf(100, 65_536)) {
                val options = LineOptions.defaults().withChunkBytes(chunkBytes)
                files.withFile(good + broken + behind) { file ->
                    LineReader(file, options).use { reader ->
                        val seen = ArrayList<String>()
                        val loop = reader.forEachAsync(seen::add)
                        loop.fails<MalformedTextException>().position() shouldBe at
                        seen shouldBe before
                        reader.position() shouldBe good.size
                        reader.readLinesAsync(2).fails<MalformedTextException>().position() shouldBe
                            at
                        reader.readLineAsync().fails<MalformedTextException>().position() shouldBe
                            at
                    }
                }
                val replaced =
                    files.lines(
                        good + broken + behind,
                        options.withMalformedInput(CodingErrorAction.REPLACE),
                    )
                replaced shouldBe before + "a line that is \uFFFDbroken" + List(50) { "good" }
            }
        }
    }

    test("lines before one that fails are given first") {
        files.withFile("1\n2\n\u00e9\n3\n".toByteArray(Charsets.ISO_8859_1)) { file ->
            file.lineReader().use { reader ->
                reader.readLinesAsync(10).got() shouldBe listOf("1", "2")
                repeat(2) {
                    shouldThrow<MalformedTextException> { reader.readLinesAsync(10).got() }
                        .position() shouldBe 4L
                }
                reader.position() shouldBe 4L
            }
        }
    }

    test("close refuses further calls, and leaves the file open") {
        files.withFile("1\n2\n".toByteArray()) { file ->
            val reader = file.lineReader()
            reader.readLineAsync().got() shouldBe "1"
            reader.close()
            reader.close()
            shouldThrow<ClosedChannelException> { reader.readLineAsync().got() }
            shouldThrow<ClosedChannelException> { reader.readLinesAsync(1).got() }
            shouldThrow<ClosedChannelException> { reader.forEachAsync {}.got() }
            file.isOpen shouldBe true
            file.readBytesAsync(0, 1).got().toList() shouldContainExactly listOf(0x31)
        }
    }

    test("a closed file fails the call, and one that is not open for reading the constructor") {
        files.withFile("1\n2\n".toByteArray()) { file ->
            val reader = LineReader(file, byOne.withReadAhead(0))
            reader.readLineAsync().got() shouldBe "1"
            file.close()
            shouldThrow<ClosedChannelException> { reader.readLineAsync().got() }
        }
        files.withFile(ByteArray(0), "wb") { file ->
            shouldThrow<NonReadableChannelException> { file.lineReader() }
        }
    }
}

/** Charset, mark, and the charset of what is behind it. */
private val marks =
    listOf(
        Triple("UTF-8", bytes(0xEF, 0xBB, 0xBF), Charsets.UTF_8),
        Triple("UTF-16", bytes(0xFE, 0xFF), Charsets.UTF_16BE),
        Triple("UTF-16", bytes(0xFF, 0xFE), Charsets.UTF_16LE),
        Triple("UTF-16BE", bytes(0xFE, 0xFF), Charsets.UTF_16BE),
        Triple("UTF-16LE", bytes(0xFF, 0xFE), Charsets.UTF_16LE),
        Triple("x-UTF-16LE-BOM", bytes(0xFF, 0xFE), Charsets.UTF_16LE),
        Triple("x-UTF-16LE-BOM", bytes(0xFE, 0xFF), Charsets.UTF_16BE),
        Triple("UTF-32", bytes(0, 0, 0xFE, 0xFF), charset("UTF-32BE")),
        Triple("UTF-32", bytes(0xFF, 0xFE, 0, 0), charset("UTF-32LE")),
        Triple("UTF-32BE", bytes(0, 0, 0xFE, 0xFF), charset("UTF-32BE")),
        Triple("UTF-32LE", bytes(0xFF, 0xFE, 0, 0), charset("UTF-32LE")),
        Triple("X-UTF-32LE-BOM", bytes(0xFF, 0xFE, 0, 0), charset("UTF-32LE")),
        Triple("X-UTF-32BE-BOM", bytes(0, 0, 0xFE, 0xFF), charset("UTF-32BE")),
    )

/** Charset, and what it is in a file without a mark. */
private val unmarked =
    listOf(
        "UTF-8" to Charsets.UTF_8,
        "UTF-16" to Charsets.UTF_16BE,
        "UTF-16BE" to Charsets.UTF_16BE,
        "UTF-16LE" to Charsets.UTF_16LE,
        "x-UTF-16LE-BOM" to Charsets.UTF_16LE,
        "UTF-32" to charset("UTF-32BE"),
        "UTF-32BE" to charset("UTF-32BE"),
        "UTF-32LE" to charset("UTF-32LE"),
        "X-UTF-32LE-BOM" to charset("UTF-32LE"),
        "X-UTF-32BE-BOM" to charset("UTF-32BE"),
    )
