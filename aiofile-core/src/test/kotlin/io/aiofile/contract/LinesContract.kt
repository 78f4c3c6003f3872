package io.aiofile.contract

import io.aiofile.FileIoException
import io.aiofile.LineOptions
import io.aiofile.LineReader
import io.aiofile.MalformedTextException
import io.aiofile.spi.LaneThread
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.charset.Charset
import java.nio.charset.CodingErrorAction
import java.nio.file.Path
import java.util.SplittableRandom

/** Lines: any charset, any separator, whatever chunks the bytes come in. */
internal fun linesContract(subject: Subject) = funSpec {
    fun linesOf(path: Path, options: LineOptions): List<String> =
        subject.withFile(path, "r") { file ->
            file.lineReader(options).use { reader ->
                generateSequence { reader.readLineAsync().got() }.toList()
            }
        }

    fun linesOf(text: String, options: LineOptions = LineOptions.defaults()): List<String> =
        linesOf(subject.put(text.toByteArray(options.charset())), options)

    test(
        "a line ends with a newline, with a carriage return before it or without, or with the file"
    ) {
        linesOf("") shouldBe emptyList()
        linesOf("\n") shouldBe listOf("")
        linesOf("a") shouldBe listOf("a")
        linesOf("a\n") shouldBe listOf("a")
        linesOf("a\nb") shouldBe listOf("a", "b")
        linesOf("a\r\nb\r\n\r\nc\rd\n") shouldBe listOf("a", "b", "", "c\rd")
        linesOf("\n\n\n") shouldBe listOf("", "", "")
        linesOf("a\r") shouldBe listOf("a\r")
    }

    test("a separator that is given is matched exactly, and kept when asked for") {
        val options = LineOptions.defaults()
        linesOf("a\r\nb\n", options.withSeparator("\n")) shouldBe listOf("a\r", "b")
        linesOf("a\r\nb\nc\r\n", options.withSeparator("\r\n")) shouldBe listOf("a", "b\nc")
        linesOf("a\u0000b", options.withSeparator("\u0000")) shouldBe listOf("a", "b")
        linesOf("a--b---c", options.withSeparator("--")) shouldBe listOf("a", "b", "-c")
        linesOf("aabaab|aabaaab", options.withSeparator("aab")) shouldBe listOf("", "", "|", "a")
        linesOf("ä→ö→", options.withSeparator("→")) shouldBe listOf("ä", "ö")
        linesOf("a\r\nb\nc", options.withSeparatorKept()) shouldBe listOf("a\r\n", "b\n", "c")
        linesOf("a;b;", options.withSeparator(";").withSeparatorKept()) shouldBe listOf("a;", "b;")
    }

    for (name in
        listOf(
            "UTF-8",
            "UTF-16LE",
            "UTF-16BE",
            "UTF-32LE",
            "UTF-32BE",
            "UTF-16",
            "ISO-2022-JP",
            "windows-1252",
            "Shift_JIS",
            "GB18030",
            "IBM037",
        )) {
        test("lines in $name are the same in chunks of any size") {
            val charset = Charset.forName(name)
            val random = SplittableRandom(seed("lines in $name"))
            val lines = List(60) { randomLine(random, charset) }
            val separators =
                if (name == "IBM037") listOf("\n", "->") else listOf("\n", "\r\n", "->", "aba")
            for (separator in separators) {
                val clean = lines.map { it.replace("aba", "xyz").replace("->", "xx") }
                val path =
                    subject.put((clean.joinToString(separator) + separator).toByteArray(charset))
                for (chunkBytes in listOf(1, 2, 3, 7, 64, 65_536)) {
                    val options =
                        LineOptions.defaults().withCharset(charset).withSeparator(separator)
                    withClue("separator ${separator.map { it.code }}, chunks of $chunkBytes") {
                        linesOf(path, options.withChunkBytes(chunkBytes)) shouldBe clean
                    }
                }
            }
        }
    }

    test("in UTF-16 and UTF-32 a separator is found on whole code units only") {
        // U+0A00 and U+000A: the bytes of a newline, across two characters.
        for (charset in listOf(Charsets.UTF_16LE, Charsets.UTF_16BE, Charsets.UTF_32LE)) {
            val options = LineOptions.defaults().withCharset(charset)
            linesOf("a\u0A0Ab\u0A00\u000Ac\u0D0D\u0A00", options) shouldBe
                listOf("a\u0A0Ab\u0A00", "c\u0D0D\u0A00")
        }
    }

    test("position() is where the next line starts, and a reader can start there") {
        val text = "grüße\n世界\r\n\n🌍"
        val path = subject.putText(text)
        val starts = listOf(0L, 8L, 16L, 17L, 21L)
        subject.withFile(path, "r") { file ->
            LineReader(file, LineOptions.defaults()).use { reader ->
                for (start in starts) {
                    reader.position() shouldBe start
                    reader.readLineAsync().got()
                }
            }
            starts.forEachIndexed { index, start ->
                val options = LineOptions.defaults().withStartPosition(start)
                file.lineReader(options).use { reader ->
                    generateSequence { reader.readLineAsync().got() }.toList() shouldBe
                        listOf("grüße", "世界", "", "🌍").drop(index)
                }
            }
        }
    }

    test("a byte-order mark is no part of the first line, unless it is asked for") {
        linesOf("\uFEFFa\n\uFEFFb\n") shouldBe listOf("a", "\uFEFFb")
        linesOf("\uFEFFa\n", LineOptions.defaults().withByteOrderMarkKept()) shouldBe
            listOf("\uFEFFa")
    }

    test("a line longer than the limit is an error that says where, and is not passed over") {
        val path = subject.putText("short\n" + "x".repeat(1000) + "\nend\n", "long.txt")
        subject.withFile(path, "r") { file ->
            for (chunkBytes in listOf(1, 100, 65_536)) {
                val options =
                    LineOptions.defaults().withLineBytesMax(999).withChunkBytes(chunkBytes)
                file.lineReader(options).use { reader ->
                    reader.readLineAsync().got() shouldBe "short"
                    repeat(2) {
                        reader.readLineAsync().fails<FileIoException>("long.txt", "at 6", "999")
                        reader.position() shouldBe 6
                    }
                }
                file.lineReader(options.withLineBytesMax(1000)).use {
                    it.readLinesAsync(1).got() shouldBe listOf("short")
                    it.readLineAsync().got() shouldBe "x".repeat(1000)
                }
            }
        }
    }

    test("bytes that are no text are reported at their position, or replaced on request") {
        val bytes =
            "gut\nnoch gut\nb".toByteArray() +
                byteArrayOf(0xE2.toByte(), 0x28) +
                "se\nrest".toByteArray()
        val path = subject.put(bytes, "broken.txt")
        for (chunkBytes in listOf(1, 3, 65_536)) {
            val options = LineOptions.defaults().withChunkBytes(chunkBytes)
            subject.withFile(path, "r") { file ->
                file.lineReader(options).use { reader ->
                    reader.readLineAsync().got() shouldBe "gut"
                    reader.readLineAsync().got() shouldBe "noch gut"
                    repeat(2) {
                        reader
                            .readLineAsync()
                            .fails<MalformedTextException>("broken.txt")
                            .position() shouldBe 14
                        reader.position() shouldBe 13
                    }
                }
            }
            linesOf(path, options.withMalformedInput(CodingErrorAction.REPLACE)) shouldBe
                listOf("gut", "noch gut", "b\uFFFD(se", "rest")
        }
        // A character that the end of the file cuts off.
        val cut = subject.put("ende 世".toByteArray().copyOf(7))
        subject.withFile(cut, "r") { file ->
            file.lineReader().use {
                it.readLineAsync().fails<MalformedTextException>().position() shouldBe 5
            }
        }
        linesOf(cut, LineOptions.defaults().withMalformedInput(CodingErrorAction.REPLACE)) shouldBe
            listOf("ende \uFFFD")
    }

    test("readLinesAsync brings lines up to its number, and none at the end") {
        subject.withFile(subject.putText((0 until 1000).joinToString("\n")), "r") { file ->
            file.lineReader().use { reader ->
                val all = ArrayList<String>()
                while (true) {
                    val some = reader.readLinesAsync(7).got().ifEmpty { null } ?: break
                    (some.size in 1..7) shouldBe true
                    all += some
                }
                all shouldBe (0 until 1000).map { "$it" }
                refuses<IllegalArgumentException>("0") { reader.readLinesAsync(0) }
            }
        }
    }

    test(
        "forEachAsync gives each line to the consumer, one at a time, off the completion threads"
    ) {
        val lines = List(20_000) { "line $it" }
        subject.withFile(subject.putText(lines.joinToString("\n")), "r") { file ->
            val seen = ArrayList<String>()
            var onLane = false
            file.lineReader().use { reader ->
                reader
                    .forEachAsync {
                        onLane = onLane || LaneThread.isCurrent()
                        seen += it
                    }
                    .got() shouldBe lines.size
            }
            seen shouldBe lines
            onLane shouldBe false
            file.lineReader().use { reader ->
                reader
                    .forEachAsync { if (it == "line 7") throw IllegalStateException("enough") }
                    .fails<IllegalStateException>("enough")
                reader.readLineAsync().got() shouldBe "line 8"
            }
        }
    }

    test("forEachAsync can be cancelled, and the reader goes on behind the last line") {
        val lines = List(50_000) { "line $it" }
        subject.withFile(subject.putText(lines.joinToString("\n")), "r") { file ->
            file.lineReader(LineOptions.defaults().withChunkBytes(512)).use { reader ->
                val seen = ArrayList<String>()
                val loop = reader.forEachAsync { seen += it }
                eventually("some lines came") { loop.isDone || reader.position() > 0 }
                loop.cancel(false)
                loop.ended()
                val next = reader.readLineAsync().got()
                if (loop.isCancelled) next shouldBe lines.getOrNull(seen.size)
                else next shouldBe null
                seen shouldBe lines.take(seen.size)
            }
        }
    }

    test("cancelled calls take no line away from the next one") {
        val lines = List(2000) { "line $it" }
        subject.withFile(subject.putText(lines.joinToString("\n")), "r") { file ->
            file.lineReader(LineOptions.defaults().withChunkBytes(100)).use { reader ->
                val calls = List(2500) { reader.readLineAsync() }
                calls.forEachIndexed { index, call -> if (index % 4 == 1) call.cancel(false) }
                calls.forEach { it.ended() }
                val seen = calls.filterNot { it.isCancelled }.mapNotNull { it.got() }
                seen + generateSequence { reader.readLineAsync().got() } shouldBe lines
            }
        }
    }

    test("a closed line reader refuses calls and leaves the file open") {
        subject.withFile(subject.putText("a\nb\n"), "r") { file ->
            val reader = file.lineReader()
            reader.readLineAsync().got() shouldBe "a"
            reader.close()
            reader.close()
            reader.readLineAsync().fails<ClosedChannelException>()
            reader.readLinesAsync(3).fails<ClosedChannelException>()
            reader.forEachAsync {}.fails<ClosedChannelException>()
            file.lineReader().use { it.readLineAsync().got() shouldBe "a" }
        }
        subject.withFile(subject.disk.fresh(), "w") { file ->
            refuses<NonReadableChannelException> { file.lineReader() }
        }
    }

    test("lines of a FIFO come as they arrive") {
        val path = subject.disk.fresh("pipe")
        subject.disk.fifo(path).use { fifo ->
            subject.context.openTextAsync(path, "r").got().use { file ->
                file.lineReader().use { reader ->
                    val first = reader.readLineAsync()
                    fifo.put("grü".toByteArray().copyOf(3))
                    first.cancel(false)
                    first.ended()
                    fifo.put("grüße\nzw".toByteArray().drop(3).toByteArray())
                    reader.readLineAsync().got() shouldBe "grüße"
                    fifo.put("ei".toByteArray())
                    val last = reader.readLineAsync()
                    fifo.close()
                    last.got() shouldBe "zwei"
                    reader.readLineAsync().got() shouldBe null
                }
            }
        }
    }
}

private fun randomLine(random: SplittableRandom, charset: Charset): String {
    val characters = sample(charset).replace("\u0000", "").codePoints().toArray()
    val count = random.nextInt(40)
    return List(count) { Character.toString(characters[random.nextInt(characters.size)]) }
        .joinToString("")
}
