package io.aiofile

import io.aiofile.contract.got
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlin.random.Random

/** Random calls on a cursor against a list of characters, with the position after each. */
class TextFileModelTest :
    FunSpec({
        for (files in TextFiles.all(this)) {
            for (script in Script.entries) {
                test("a cursor in ${script.charset}, ${files.name}") {
                    val random = seeded("cursor in $script, ${files.name}")
                    repeat(60) { walk(files, script, random) }
                }
            }
        }
    })

/** What the file holds, and where the cursor is: an index of its characters. */
private class CursorModel(val script: Script, var points: MutableList<Int>, val markBytes: Int) {
    var cursor = 0

    fun text(from: Int, to: Int) =
        points.subList(from, to).joinToString("") { Character.toString(it) }

    fun bytes(from: Int, to: Int): ByteArray = text(from, to).toByteArray(plain())

    fun position(at: Int) = markBytes + bytes(0, at).size.toLong()

    /** Where the next line ends, and the next but one begins. */
    fun line(): Pair<Int, Int> {
        val newline = (cursor until points.size).firstOrNull { points[it] == '\n'.code }
        if (newline == null) return points.size to points.size
        val end = if (newline > cursor && points[newline - 1] == '\r'.code) newline - 1 else newline
        return end to newline + 1
    }

    private fun plain() = if (script == Script.UTF_16) Charsets.UTF_16BE else script.charset
}

private val Script.hasShifts
    get() = this == Script.ISO_2022_JP || this == Script.EBCDIC

private fun walk(files: TextFiles, script: Script, random: Random) {
    val text = LineModel.text(random, script, null).trimStart('\uFEFF')
    val bytes = text.toByteArray(script.charset)
    val mark = if (script == Script.UTF_16) 2 else 0
    val model = CursorModel(script, text.codePoints().toArray().toMutableList(), mark)
    val options =
        LineOptions.defaults().withCharset(script.charset).withChunkBytes(random.nextInt(1, 12))
    val calls = ArrayList<String>()
    withClue({ "$script, chunks of ${options.chunkBytes()}, \"${escaped(text)}\": $calls" }) {
        files.withText(bytes, options, "r+") { file ->
            repeat(12) {
                step(file, model, random, calls)
                // Behind the last character of a shifted run the way back is not read yet.
                if (!script.hasShifts && model.cursor > 0) {
                    file.position() shouldBe model.position(model.cursor)
                }
            }
        }
    }
}

private fun step(file: TextFile, model: CursorModel, random: Random, calls: MutableList<String>) {
    val size = model.points.size
    val from = model.cursor
    when (random.nextInt(if (model.script.hasShifts) 7 else 10)) {
        in 0..2 -> {
            val count = random.nextInt(5)
            calls += "read $count"
            val to = minOf(size, from + count)
            file.readAsync(count).got() shouldBe model.text(from, to)
            model.cursor = to
        }
        in 3..4 -> {
            calls += "line"
            val (end, next) = model.line()
            file.readLineAsync().got() shouldBe if (from == size) null else model.text(from, end)
            model.cursor = next
        }
        5 -> {
            calls += "all"
            file.readAllAsync().got() shouldBe model.text(from, size)
            model.cursor = size
        }
        6 -> {
            calls += "seek 0"
            file.seek(0)
            model.cursor = 0
        }
        7 -> {
            // A mark is only looked for at 0, so 0 it is, or behind a character.
            val target = random.nextInt(size + 1)
            calls += "seek $target"
            file.seek(if (target == 0) 0 else model.position(target))
            model.cursor = target
        }
        else -> write(file, model, random, calls)
    }
}

/** Writes the characters that are there in another order, or new ones at the end. */
private fun write(file: TextFile, model: CursorModel, random: Random, calls: MutableList<String>) {
    val size = model.points.size
    if (model.cursor == 0 && model.markBytes > 0) return // would write the mark again
    val count = random.nextInt(size - model.cursor + 1)
    var points = model.points.subList(model.cursor, model.cursor + count).shuffled(random)
    if (model.cursor + count == size) {
        points = points + model.script.letter(random).codePoints().toArray().toList()
    }
    if (model.cursor == 0 && points.firstOrNull() == 0xFEFF) return
    val text = points.joinToString("") { Character.toString(it) }
    calls += "write ${escaped(text)}"
    val before = model.position(model.cursor)
    val length = file.writeAsync(text).got()
    repeat(count) { model.points.removeAt(model.cursor) }
    model.points.addAll(model.cursor, points)
    model.cursor += points.size
    before + length shouldBe model.position(model.cursor)
}
