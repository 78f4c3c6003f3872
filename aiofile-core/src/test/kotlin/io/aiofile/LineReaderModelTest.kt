package io.aiofile

import io.aiofile.contract.got
import io.aiofile.contract.scaled
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlin.random.Random

/** Every charset, separator and way of reading, in chunks so small that everything is split. */
class LineReaderModelTest :
    FunSpec({
        for (files in TextFiles.all(this)) {
            for (script in Script.entries) {
                test("random lines in ${script.charset}, ${files.name}") {
                    val random = seeded("lines in $script, ${files.name}")
                    repeat(100) { compare(files, script, random, Mix.SHORT) }
                }
                test("lines of ASCII, with others between, in ${script.charset}, ${files.name}") {
                    val random = seeded("ASCII lines in $script, ${files.name}")
                    repeat(scaled(20)) { compare(files, script, random, Mix.ASCII) }
                }
            }
        }
    })

private fun separators(script: Script): List<String?> =
    listOf(null, "\n", "\r\n") +
        when (script) {
            Script.EBCDIC -> listOf("A", "1A", "11")
            Script.ISO_2022_JP -> listOf("a", "aab", "||", "4A")
            Script.WINDOWS_1252 -> listOf("a", "aab", "||", "€")
            Script.SHIFT_JIS,
            Script.EUC_JP -> listOf("a", "aab", "|", "||", "漢")
            else -> listOf("a", "aab", "||", "漢", "\u0A0A", "€a€a").filter { encodes(script, it) }
        }

private fun encodes(script: Script, text: String) = script.charset.newEncoder().canEncode(text)

/** What the lines are. */
private enum class Mix {
    SHORT,
    ASCII,
}

private fun mixed(random: Random, script: Script, separator: String?) =
    List(random.nextInt(40)) {
            val line =
                if (random.nextInt(6) == 0) script.text(random, 9)
                else String(CharArray(random.nextInt(60)) { ('B'..'Z').random(random) })
            line + (separator ?: if (random.nextInt(4) == 0) "\r\n" else "\n")
        }
        .joinToString("")
        .dropLast(random.nextInt(2))

private fun compare(files: TextFiles, script: Script, random: Random, mix: Mix) {
    val separator = separators(script).random(random)
    val kept = random.nextBoolean()
    val text =
        if (mix == Mix.SHORT) LineModel.text(random, script, separator)
        else mixed(random, script, separator)
    val model = LineModel(text, separator, kept, script)
    val chunkBytes =
        when {
            mix == Mix.ASCII -> random.nextInt(20, 600)
            random.nextInt(5) == 0 -> 64
            else -> random.nextInt(1, 8)
        }
    var options =
        LineOptions.defaults()
            .withCharset(script.charset)
            .withChunkBytes(chunkBytes)
            .withReadAhead(random.nextInt(3))
    if (separator != null) options = options.withSeparator(separator)
    if (kept) options = options.withSeparatorKept()
    withClue("$script, separator ${escaped(separator)}, chunks of $chunkBytes: ${escaped(text)}") {
        files.withFile(model.bytes) { file ->
            LineReader(file, options).use { reader ->
                val found = ArrayList<String>()
                val ends = ArrayList<Long>()
                while (readSome(reader, random, found)) {
                    while (ends.size < found.size - 1) ends += model.ends[ends.size]
                    ends += reader.position()
                }
                found shouldBe model.lines
                ends shouldBe model.ends
            }
        }
    }
}

/** Reads in one of the three ways; false at the end. */
private fun readSome(reader: LineReader, random: Random, found: MutableList<String>): Boolean =
    when (random.nextInt(12)) {
        0 -> reader.forEachAsync { found += it }.got() > 0
        in 1..4 -> {
            val max = random.nextInt(1, 5)
            val some = reader.readLinesAsync(max).got()
            check(some.size <= max)
            found += some
            some.isNotEmpty()
        }
        else -> reader.readLineAsync().got()?.let { found += it } != null
    }

internal fun escaped(text: String?): String =
    text?.map { if (it in ' '..'~') "$it" else "\\u%04X".format(it.code) }?.joinToString("")
        ?: "default"
