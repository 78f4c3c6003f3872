package io.aiofile.contract

import io.aiofile.LineOptions
import io.aiofile.MalformedTextException
import io.aiofile.TextFile
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.nio.charset.Charset
import java.nio.charset.CodingErrorAction
import java.nio.charset.UnmappableCharacterException
import java.nio.file.Path

/** The cursor for text: characters counted as code points, positions exact in bytes. */
internal fun textFileContract(subject: Subject) = funSpec {
    fun <T> withText(
        path: Path,
        mode: String,
        options: LineOptions = LineOptions.defaults(),
        body: (TextFile) -> T,
    ): T = subject.context.openTextAsync(path, mode, options).got().use(body)

    test("write, seek, read, readLine") {
        withText(subject.disk.fresh(), "w+") { file ->
            file.writeAsync("grüße\n").got() shouldBe 8
            file.writeAsync("世界 🌍\r\n").got() shouldBe 13
            file.position() shouldBe 21
            file.readAsync(1).got() shouldBe ""
            file.seek(0)
            file.readAsync(3).got() shouldBe "grü"
            file.position() shouldBe 4
            file.readLineAsync().got() shouldBe "ße"
            file.position() shouldBe 8
            file.readLineAsync().got() shouldBe "世界 🌍"
            file.readLineAsync().got() shouldBe null
            file.seek(8)
            file.readAllAsync().got() shouldBe "世界 🌍\r\n"
            file.readAllAsync().got() shouldBe ""
        }
    }

    for (name in
        listOf(
            "UTF-8",
            "UTF-16LE",
            "UTF-16BE",
            "UTF-32LE",
            "ISO-2022-JP",
            "windows-1252",
            "Shift_JIS",
            "GB18030",
        )) {
        test("read(n) counts code points in $name, and position() stays exact in bytes") {
            val charset = Charset.forName(name)
            val text = sample(charset)
            withText(
                subject.put(text.toByteArray(charset)),
                "r",
                LineOptions.defaults().withCharset(charset),
            ) { file ->
                val codePoints = text.codePoints().toArray()
                var at = 0
                var step = 1
                while (at < codePoints.size) {
                    val wanted = String(codePoints, at, minOf(step, codePoints.size - at))
                    file.readAsync(step).got() shouldBe wanted
                    at += step
                    step = 1 + step % 7
                    // In a charset with shift states the bytes of a prefix depend on where it is
                    // cut.
                    if (name != "ISO-2022-JP") {
                        val read = String(codePoints, 0, minOf(at, codePoints.size))
                        file.position() shouldBe read.toByteArray(charset).size
                    }
                }
                file.readAsync(1).got() shouldBe ""
                file.position() shouldBe text.toByteArray(charset).size
            }
        }
    }

    test("calls that are not awaited are served in their order") {
        withText(subject.disk.fresh(), "w+") { file ->
            val writes = (0 until 50).map { file.writeAsync("zeile ä $it\n") }
            file.seek(0)
            val lines = (0 until 51).map { file.readLineAsync() }
            writes.forEach { it.got() }
            lines.map { it.got() } shouldBe (0 until 50).map { "zeile ä $it" } + null
        }
    }

    test("a byte-order mark is dropped, unless it is asked for") {
        val path = subject.putText("\uFEFFabc\n")
        withText(path, "r") { file ->
            file.readAsync(1).got() shouldBe "a"
            file.position() shouldBe 4
            file.seek(0)
            file.readLineAsync().got() shouldBe "abc"
        }
        withText(path, "r", LineOptions.defaults().withByteOrderMarkKept()) { file ->
            file.readAllAsync().got() shouldBe "\uFEFFabc\n"
        }
        subject.context.files().readStringAsync(path).got() shouldBe "abc\n"
    }

    for (order in listOf("UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE")) {
        test("the byte-order mark of $order tells the order of the bytes") {
            val general = LineOptions.defaults().withCharset(Charset.forName(order.dropLast(2)))
            val text = "eins ä\nzwei 🌍\n"
            withText(
                subject.put("\uFEFF$text".toByteArray(Charset.forName(order))),
                "r",
                general,
            ) { file ->
                file.readLineAsync().got() shouldBe "eins ä"
                file.readAllAsync().got() shouldBe "zwei 🌍\n"
            }
        }
    }

    test("text in UTF-16 begins with one byte-order mark, however many writes there are") {
        val path = subject.disk.fresh()
        val utf16 = LineOptions.defaults().withCharset(Charsets.UTF_16)
        withText(path, "w", utf16) { file ->
            file.writeAsync("ab").got()
            file.writeAsync("cd").got()
        }
        subject.disk.bytes(path) shouldEqual "\uFEFFabcd".toByteArray(Charsets.UTF_16BE)
        withText(path, "a", utf16) { it.writeAsync("ef").got() shouldBe 4 }
        withText(path, "r", utf16) { it.readAllAsync().got() shouldBe "abcdef" }
    }

    test(
        "bytes that are no text are reported at their position, and the cursor stays before them"
    ) {
        val bytes =
            "grüße ".toByteArray() + byteArrayOf(0xE2.toByte(), 0x28) + " rest".toByteArray()
        val path = subject.put(bytes, "broken.txt")
        withText(path, "r") { file ->
            file.readAsync(4).got() shouldBe "grüß"
            file.readAllAsync().fails<MalformedTextException>("broken.txt", "8").position() shouldBe
                8
            file.position() shouldBe 6
            file.readLineAsync().fails<MalformedTextException>()
            file.readAsync(2).got() shouldBe "e "
            file.readAsync(1).fails<MalformedTextException>().position() shouldBe 8
            file.seek(10)
            file.readAllAsync().got() shouldBe " rest"
        }
        val replacing = LineOptions.defaults().withMalformedInput(CodingErrorAction.REPLACE)
        withText(path, "r", replacing) { it.readAllAsync().got() shouldBe "grüße \uFFFD( rest" }
        withText(subject.put("abc".toByteArray() + 0xE4.toByte()), "r") { file ->
            file.readAllAsync().fails<MalformedTextException>("3")
        }
    }

    test("a character that the charset lacks is an error, and nothing is written") {
        val path = subject.put(byteArrayOf())
        withText(path, "r+", LineOptions.defaults().withCharset(Charsets.ISO_8859_1)) { file ->
            file.writeAsync("ab世").fails<UnmappableCharacterException>("世")
            file.writeAsync("äb").got() shouldBe 2
        }
        subject.disk.bytes(path) shouldEqual byteArrayOf(0xE4.toByte(), 'b'.code.toByte())
    }

    test("a write forgets what was fetched ahead of it") {
        val path = subject.putText("aaaa\nbbbb\ncccc\n")
        withText(path, "r+") { file ->
            file.readLineAsync().got() shouldBe "aaaa"
            file.writeAsync("BBBB").got() shouldBe 4
            file.readLineAsync().got() shouldBe ""
            file.seek(0)
            file.readAllAsync().got() shouldBe "aaaa\nBBBB\ncccc\n"
        }
    }

    test("a file opened for append is read by the cursor and written at its end") {
        withText(subject.putText("eins\n"), "a+") { file ->
            file.seek(0)
            file.writeAsync("zwei\n").got()
            file.readLineAsync().got() shouldBe "eins"
            file.writeAsync("drei\n").got()
            file.readAllAsync().got() shouldBe "zwei\ndrei\n"
        }
    }

    test("views and duplicates have cursors of their own") {
        withText(subject.putText("eins\nzwei\ndrei\n"), "r") { file ->
            file.readLineAsync().got()
            file.lineReader().use { it.readLinesAsync(10).got() shouldBe listOf("zwei", "drei") }
            file.chunkReader(100).use {
                String(it.readChunkAsync().got()!!) shouldBe "zwei\ndrei\n"
            }
            file.duplicate().use { it.readLineAsync().got() shouldBe "eins" }
            file.readLineAsync().got() shouldBe "zwei"
        }
    }

    test("cancelled calls lose no text") {
        val lines = List(400) { "zeile $it ä" }
        withText(subject.putText(lines.joinToString("\n")), "r") { file ->
            val calls = List(500) { file.readLineAsync() }
            calls.forEachIndexed { index, call -> if (index % 3 == 0) call.cancel(false) }
            calls.forEach { it.ended() }
            val seen = calls.filterNot { it.isCancelled }.mapNotNull { it.got() }
            val rest = generateSequence { file.readLineAsync().got() }.toList()
            seen + rest shouldBe lines
        }
    }

    test("close waits for the calls before it; wrong modes and arguments are refused") {
        val path = subject.disk.fresh()
        val file = subject.context.openTextAsync(path, "w").got()
        val writes = (0 until 50).map { file.writeAsync("zeile\n") }
        val close = file.closeAsync()
        file.writeAsync("late").fails<ClosedChannelException>()
        close.got()
        writes.forEach { it.got() shouldBe 6 }
        subject.disk.size(path) shouldBe 300
        withText(path, "r") { reader ->
            refuses<NonWritableChannelException> { reader.writeAsync("x") }
            refuses<IllegalArgumentException>("-1") { reader.readAsync(-1) }
            refuses<IllegalArgumentException>("-1") { reader.seek(-1) }
            reader.readAsync(0).got() shouldBe ""
        }
        withText(path, "a") { writer ->
            refuses<NonReadableChannelException> { writer.readAsync(1) }
            refuses<NonReadableChannelException> { writer.readLineAsync() }
            refuses<NonReadableChannelException> { writer.readAllAsync() }
        }
        refuses<IllegalArgumentException>("IGNORE") {
            LineOptions.defaults().withMalformedInput(CodingErrorAction.IGNORE)
        }
    }
}

/** Text of every kind that the charset has. */
internal fun sample(charset: Charset): String {
    val encoder = charset.newEncoder()
    val all = "Hello, wörld! é€ 日本語 テキスト\u0000 🌍𝄞 Ωμέγα\tend"
    return all.codePoints()
        .toArray()
        .map { Character.toString(it) }
        .filter { encoder.canEncode(it) }
        .joinToString("")
}
