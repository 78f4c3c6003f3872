package io.aiofile

import io.aiofile.contract.got
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.nio.charset.Charset
import java.nio.file.Path

class TextFileTest :
    FunSpec({ TextFiles.all(this).forEach { include("${it.name}: ", textFile(it)) } })

private fun textFile(files: TextFiles) = funSpec {
    val utf8 = LineOptions.defaults()

    fun <R> onFile(path: Path, mode: String, charset: Charset, use: (TextFile) -> R): R =
        files.context.openTextAsync(path, mode, utf8.withCharset(charset)).got().use(use)

    test("so many characters are read, and the position counts their bytes") {
        val bytes = "aé€\uD83D\uDE00z".toByteArray()
        for (chunkBytes in 1..7) {
            files.withText(bytes, utf8.withChunkBytes(chunkBytes)) { text ->
                text.readAsync(0).got() shouldBe ""
                text.readAsync(2).got() shouldBe "aé"
                text.position() shouldBe 3L
                text.readAsync(2).got() shouldBe "€\uD83D\uDE00"
                text.position() shouldBe 10L
                text.readAsync(2).got() shouldBe "z"
                text.readAsync(2).got() shouldBe ""
                text.position() shouldBe 11L
            }
        }
    }

    test("characters, lines and the rest are read one behind the other") {
        for (script in Script.entries.filter { it != Script.EBCDIC }) {
            val mark = if (script == Script.UTF_16) 2 else 0
            val letter = if (script == Script.WINDOWS_1252) "é" else "漢"
            if (script == Script.ISO_2022_JP) continue
            val content = "1$letter\n2$letter\r\n\n3$letter\n".repeat(2)
            for (chunkBytes in 1..7) {
                val options = utf8.withCharset(script.charset).withChunkBytes(chunkBytes)
                fun size(text: String) =
                    (text.toByteArray(script.charset).size.toLong()).coerceAtLeast(0)
                withClue("$script, chunks of $chunkBytes, mark $mark") {
                    files.withText(content.toByteArray(script.charset), options) { text ->
                        text.readAsync(1).got() shouldBe "1"
                        text.position() shouldBe size("1")
                        text.readLineAsync().got() shouldBe letter
                        text.position() shouldBe size("1$letter\n")
                        text.readLineAsync().got() shouldBe "2$letter"
                        text.position() shouldBe size("1$letter\n2$letter\r\n")
                        text.readLineAsync().got() shouldBe ""
                        text.readAsync(2).got() shouldBe "3$letter"
                        text.readAllAsync().got() shouldBe
                            "\n" + content.substring(content.length / 2)
                        text.position() shouldBe size(content)
                        text.readAllAsync().got() shouldBe ""
                        text.readLineAsync().got() shouldBe null
                    }
                }
            }
        }
    }

    test("in a charset with shift states reading goes on in the state it ended in") {
        val charset = charset("ISO-2022-JP")
        val content = "ab漢字c仮名\n名前d\nx漢"
        for (chunkBytes in 1..7) {
            for (step in 1..5) {
                val options = utf8.withCharset(charset).withChunkBytes(chunkBytes)
                files.withText(content.toByteArray(charset), options) { text ->
                    generateSequence { text.readAsync(step).got().ifEmpty { null } }
                        .joinToString("") shouldBe content
                    text.position() shouldBe content.toByteArray(charset).size.toLong()
                }
            }
            val options = utf8.withCharset(charset).withChunkBytes(chunkBytes)
            files.withText(content.toByteArray(charset), options) { text ->
                text.readAsync(3).got() shouldBe "ab漢"
                text.readLineAsync().got() shouldBe "字c仮名"
                text.readAsync(1).got() shouldBe "名"
                text.readAllAsync().got() shouldBe "前d\nx漢"
            }
            files.withText(content.toByteArray(charset), options.withSeparator("d")) { text ->
                text.readAsync(3).got() shouldBe "ab漢"
                text.readLineAsync().got() shouldBe "字c仮名\n名前"
                text.readLineAsync().got() shouldBe "\nx漢"
            }
        }
    }

    test("one character of the charset that is two of Unicode's is not torn apart") {
        // JIS X 0213 has か with a semi-voiced sound mark; Unicode composes it of two.
        val options = utf8.withCharset(charset("x-SJIS_0213"))
        val bytes = "\u304B\u309Aa".toByteArray(options.charset())
        bytes.size shouldBe 3
        for (chunkBytes in 1..3) {
            files.withText(bytes, options.withChunkBytes(chunkBytes)) { text ->
                text.readAsync(1).got() shouldBe "\u304B\u309A"
                text.position() shouldBe 2L
                text.readAsync(1).got() shouldBe "a"
            }
        }
    }

    test("a byte-order mark is dropped each time the cursor comes from the start") {
        val bytes = "\uFEFFab\n".toByteArray()
        files.withText(bytes, utf8.withChunkBytes(1)) { text ->
            text.position() shouldBe 0L
            text.readAsync(1).got() shouldBe "a"
            text.position() shouldBe 4L
            text.seek(0)
            text.readLineAsync().got() shouldBe "ab"
            text.seek(0)
            text.readAllAsync().got() shouldBe "ab\n"
        }
        files.withText(bytes, utf8.withByteOrderMarkKept()) { text ->
            text.readAsync(2).got() shouldBe "\uFEFFa"
        }
    }

    test("seek takes its place in the calls' order") {
        files.withText("0123456789".toByteArray(), utf8) { text ->
            val first = text.readAsync(2)
            text.seek(5)
            val second = text.readAsync(2)
            text.seek(1)
            val third = text.readLineAsync()
            first.got() shouldBe "01"
            second.got() shouldBe "56"
            third.got() shouldBe "123456789"
            shouldThrow<IllegalArgumentException> { text.seek(-1) }
            text.seek(100)
            text.readAsync(1).got() shouldBe ""
            text.position() shouldBe 100L
        }
    }

    test("what is read is what is in the file by then") {
        files.withText("one\ntwo\n".toByteArray(), utf8, "r+") { text ->
            text.readLineAsync().got() shouldBe "one"
            text.file().writeStringAsync("TWO\nthree", 4).got()
            text.writeAsync("T").got() shouldBe 1
            text.readLineAsync().got() shouldBe "WO"
            text.readLineAsync().got() shouldBe "three"
            text.file().writeStringAsync("\nfour", 13).got()
            text.readAllAsync().got() shouldBe "\nfour"
        }
    }

    test("text is written at the cursor, in bytes of the charset") {
        val path = files.path(ByteArray(0))
        onFile(path, "w+", Charsets.UTF_8) { text ->
            text.writeAsync("").got() shouldBe 0
            text.writeAsync("aé€").got() shouldBe 6
            text.position() shouldBe 6L
            text.writeAsync("\uD83D\uDE00").got() shouldBe 4
            text.seek(1)
            text.readAsync(1).got() shouldBe "é"
            text.writeAsync("EUR").got() shouldBe 3
            text.flushAsync().got()
            text.readAsync(1).got() shouldBe "\uD83D\uDE00"
        }
        String(files.subject.disk.bytes(path)) shouldBe "aéEUR\uD83D\uDE00"
    }

    test("a text that is changed after the call is written as it was") {
        val path = files.path(ByteArray(0))
        onFile(path, "w", Charsets.UTF_16) { text ->
            val builder = StringBuilder("before")
            val written = text.writeAsync(builder)
            builder.setLength(0)
            written.got()
        }
        files.subject.disk.bytes(path) shouldBe "before".toByteArray(Charsets.UTF_16)
    }

    test("what the charset does not have is not written, nor what is before it") {
        val path = files.path(ByteArray(0))
        onFile(path, "w", Charsets.ISO_8859_1) { text ->
            text.writeAsync("é").got() shouldBe 1
            val failure = shouldThrow<UnmappableTextException> { text.writeAsync("abc€").got() }
            failure.position() shouldBe 3L
            failure.message shouldContain "'€' (U+20AC) at index 3: not in ISO-8859-1"
            text.position() shouldBe 1L
            text.writeAsync("z").got() shouldBe 1
        }
        files.subject.disk.bytes(path) shouldBe "éz".toByteArray(Charsets.ISO_8859_1)
        onFile(path, "w", Charsets.UTF_8) { text ->
            val failure = shouldThrow<UnmappableTextException> { text.writeAsync("a\uD83Dz").got() }
            failure.position() shouldBe 1L
            failure.message shouldContain "half of a surrogate pair"
        }
        files.subject.disk.size(path) shouldBe 0L
    }

    test("a byte-order mark is written once, in front, where the charset has one") {
        for ((name, plain, marked) in
            listOf(
                Triple("UTF-16", Charsets.UTF_16BE, true),
                Triple("x-UTF-16LE-BOM", Charsets.UTF_16LE, true),
                Triple("X-UTF-32LE-BOM", charset("UTF-32LE"), true),
                Triple("X-UTF-32BE-BOM", charset("UTF-32BE"), true),
                Triple("UTF-32", charset("UTF-32BE"), false),
                Triple("UTF-16LE", Charsets.UTF_16LE, false),
            )) {
            val expected = (if (marked) "\uFEFFabcdef" else "abcdef").toByteArray(plain)
            for (mode in listOf("w", "w+")) {
                val path = files.path(ByteArray(0))
                onFile(path, mode, charset(name)) { text ->
                    text.writeAsync("").got() shouldBe 0
                    listOf("ab", "cd", "ef").map { text.writeAsync(it) }.forEach { it.got() }
                }
                withClue("$name, $mode") { files.subject.disk.bytes(path) shouldBe expected }
            }
            for (mode in listOf("a", "a+")) {
                val path = files.subject.disk.fresh("text.txt")
                onFile(path, mode, charset(name)) { text -> text.writeAsync("abc").got() }
                onFile(path, mode, charset(name)) { text -> text.writeAsync("def").got() }
                withClue("$name, $mode") { files.subject.disk.bytes(path) shouldBe expected }
            }
        }
    }

    test("text goes into a file in the order of the bytes that it has") {
        for (name in listOf("UTF-16", "UTF-32")) {
            val plain = charset("${name}LE")
            val path = files.path("\uFEFFone\ntwo\n".toByteArray(plain))
            val unit = plain.newEncoder().averageBytesPerChar().toLong()
            onFile(path, "r+", charset(name)) { text ->
                text.seek(unit * 5)
                text.writeAsync("2").got() shouldBe unit.toInt()
                text.seek(0)
                text.readAllAsync().got() shouldBe "one\n2wo\n"
                text.writeAsync("é\uD83D\uDE00").got()
            }
            onFile(path, "a+", charset(name)) { text -> text.writeAsync("!").got() }
            withClue(name) {
                files.subject.disk.bytes(path) shouldBe
                    "\uFEFFone\n2wo\né\uD83D\uDE00!".toByteArray(plain)
            }
        }
    }

    test("in a file opened for append text goes to the end, and the cursor stays") {
        val path = files.path("one\n".toByteArray())
        onFile(path, "a+", Charsets.UTF_8) { text ->
            text.writeAsync("two\n").got() shouldBe 4
            text.position() shouldBe 0L
            text.readLineAsync().got() shouldBe "one"
            text.writeAsync("three\n").got()
            text.readAllAsync().got() shouldBe "two\nthree\n"
        }
    }

    test("readers start at the cursor, which stays") {
        files.withText("é\none\ntwo\n".toByteArray(), utf8.withSeparator("e")) { text ->
            text.readAsync(2).got() shouldBe "é\n"
            text.lineReader().use { reader ->
                reader.readLineAsync().got() shouldBe "on"
                reader.position() shouldBe 6L
            }
            text.chunkReader(4).use { it.readChunkAsync().got() shouldBe "one\n".toByteArray() }
            text.position() shouldBe 3L
            text.charset() shouldBe Charsets.UTF_8
        }
    }

    test("a duplicate has a cursor of its own") {
        files.withText("one\ntwo\n".toByteArray(), utf8) { text ->
            text.readLineAsync().got() shouldBe "one"
            text.duplicate().use { twin ->
                twin.position() shouldBe 0L
                twin.readLineAsync().got() shouldBe "one"
                text.close()
                twin.readLineAsync().got() shouldBe "two"
            }
            shouldThrow<ClosedChannelException> { text.duplicate() }
        }
    }

    test("close refuses further calls after those before are done") {
        val path = files.path("one\n".toByteArray())
        val text = files.context.openTextAsync(path, "r+").got()
        val read = text.readLineAsync()
        val write = text.writeAsync("two\n")
        val closed = text.closeAsync()
        read.got() shouldBe "one"
        write.got() shouldBe 4
        closed.got()
        text.close()
        shouldThrow<ClosedChannelException> { text.readAsync(1).got() }
        shouldThrow<ClosedChannelException> { text.readAllAsync().got() }
        shouldThrow<ClosedChannelException> { text.readLineAsync().got() }
        shouldThrow<ClosedChannelException> { text.writeAsync("x").got() }
        shouldThrow<ClosedChannelException> { text.flushAsync().got() }
        String(files.subject.disk.bytes(path)) shouldBe "one\ntwo\n"
    }

    test("calls that the mode or the arguments forbid are refused at once") {
        val path = files.path(ByteArray(0))
        onFile(path, "w", Charsets.UTF_8) { text ->
            shouldThrow<NonReadableChannelException> { text.readAsync(1) }
            shouldThrow<NonReadableChannelException> { text.readAllAsync() }
            shouldThrow<NonReadableChannelException> { text.readLineAsync() }
        }
        onFile(path, "r", Charsets.UTF_8) { text ->
            shouldThrow<NonWritableChannelException> { text.writeAsync("x") }
            shouldThrow<IllegalArgumentException> { text.readAsync(-1) }
        }
    }

    test("a line longer than the limit is an error, and the rest can still be read") {
        files.withText("123456\n".toByteArray(), utf8.withLineBytesMax(5)) { text ->
            val failure = shouldThrow<FileIoException> { text.readLineAsync().got() }
            failure.position() shouldBe 0L
            text.readAsync(100).got() shouldBe "123456\n"
        }
    }
}
