package io.aiofile

import io.aiofile.contract.scaled
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.charset.Charset

/** The short way must give what the long one would, or leave a line to it; and not leave many. */
class AsciiLinesTest :
    FunSpec({
        test("lines are those of a search byte by byte, up to the first that goes the long way") {
            val random = seeded("ASCII lines")
            repeat(scaled(20_000)) {
                val bytes = ByteArray(random.nextInt(80)) { letters.random(random).toByte() }
                val first = random.nextInt(bytes.size + 1)
                val to = random.nextInt(first, bytes.size + 1)
                val separator = listOf(null, "\n", "a").random(random)
                val max = random.nextInt(1, 40)
                val kept = random.nextBoolean()
                val enough = random.nextInt(1, 10)
                val model = Model(bytes, to, separator, kept, max)
                withClue("${bytes.toList()} $first..$to by $separator, kept $kept, $max, $enough") {
                    var options = LineOptions.defaults().withLineBytesMax(max)
                    if (kept) options = options.withSeparatorKept()
                    val lines = AsciiLines(Encoding.of(Charsets.UTF_8, separator), options)
                    val found = ArrayList<Pair<String, Int>>()
                    val end =
                        lines.each(bytes, first, to) { line, next ->
                            found += line to next
                            found.size < enough
                        }
                    val expected = model.lines(first).take(enough)
                    found shouldBe expected
                    val behind = expected.lastOrNull()?.second ?: first
                    end shouldBe if (expected.size == enough) behind.inv() else behind
                }
            }
        }

        test("other charsets and separators have no short way") {
            val bytes = "line\nline\nline\nline\n".toByteArray()
            val short =
                listOf("UTF-8", "US-ASCII", "ISO-8859-1", "windows-1251", "GBK", "Shift_JIS")
            for (name in short + listOf("UTF-16LE", "UTF-32BE", "ISO-2022-JP", "IBM037")) {
                withClue(name) {
                    taken(bytes, Charset.forName(name), null) shouldBe (name in short)
                }
            }
            taken(bytes, Charsets.UTF_8, "\r\n") shouldBe false
            taken(bytes, Charsets.UTF_8, "i") shouldBe true
            // In those it may be a part of another character.
            taken(bytes, charset("Shift_JIS"), "i") shouldBe false
            taken(bytes, charset("GB18030"), "i") shouldBe false
        }
    })

/** Separators and near misses: one more, one less, and with the high bit; and no ASCII. */
private val letters =
    List(12) { 'x'.code } + "\n\n\n\r\u000B\taab".map { it.code } + listOf(0x8A, 0xC3, 0xFF, 0x00)

private fun taken(bytes: ByteArray, charset: Charset, separator: String?): Boolean {
    var any = false
    AsciiLines(Encoding.of(charset, separator), LineOptions.defaults()).each(
        bytes,
        0,
        bytes.size,
    ) { _, _ ->
        any = true
        true
    }
    return any
}

private class Model(
    val bytes: ByteArray,
    val to: Int,
    separator: String?,
    val kept: Boolean,
    val max: Int,
) {
    val separator = (separator ?: "\n")[0].code.toByte()
    val withReturn = separator == null

    fun lines(first: Int): List<Pair<String, Int>> {
        val lines = ArrayList<Pair<String, Int>>()
        var line = first
        while (true) {
            val at = (line until to).firstOrNull { bytes[it] == separator } ?: return lines
            // The word that the separator is in must be there as a whole.
            val isWordThere = line + (at - line) / 8 * 8 + 8 <= to
            val isAscii = (line..at).all { bytes[it] >= 0 }
            if (!isWordThere || !isAscii || at - line > max) return lines
            val isReturn = withReturn && at > line && bytes[at - 1] == '\r'.code.toByte()
            val end = if (kept) at + 1 else if (isReturn) at - 1 else at
            lines += String(bytes, line, end - line, Charsets.ISO_8859_1) to at + 1
            line = at + 1
        }
    }
}
