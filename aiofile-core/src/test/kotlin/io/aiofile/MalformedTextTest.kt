package io.aiofile

import io.aiofile.contract.got
import io.aiofile.fake.Inline
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.ByteBuffer
import java.nio.CharBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.Charset
import java.nio.charset.CodingErrorAction
import java.nio.charset.MalformedInputException
import java.nio.charset.UnmappableCharacterException
import kotlin.random.Random

class MalformedTextTest :
    FunSpec({
        val files = TextFiles.fake(this, Inline.BY_CHANCE)

        test("the first bad byte's position is told, wherever chunks begin") {
            for ((charset, bytes, position) in malformed) {
                for (chunkBytes in 1..7) {
                    val options = LineOptions.defaults().withCharset(charset(charset))
                    withClue("$charset, chunks of $chunkBytes, bad at $position") {
                        val failure =
                            shouldThrow<MalformedTextException> {
                                files.lines(bytes, options.withChunkBytes(chunkBytes))
                            }
                        failure.position() shouldBe position
                        failure.inputLength shouldBeGreaterThan 0
                    }
                }
            }
        }

        test("the message names file, position, charset, bytes and what to do") {
            files.withFile("good\nb\u00e4d\n".toByteArray(Charsets.ISO_8859_1)) { file ->
                val failure =
                    shouldThrow<MalformedTextException> { file.lineReader().forEachAsync {}.got() }
                failure.message shouldContain "${file.path()} at 6: not UTF-8: E4"
                failure.message shouldContain "LineOptions.withMalformedInput"
                failure.position() shouldBe 6L
            }
        }

        test("bytes that mean no character are told apart from bytes that are wrong") {
            val options = LineOptions.defaults().withCharset(charset("windows-1252"))
            val bytes = "a\nb".toByteArray() + bytes(0x81) + "c\n".toByteArray()
            val failure = shouldThrow<UnmappableTextException> { files.lines(bytes, options) }
            failure.position() shouldBe 3L
            failure.message shouldContain "windows-1252 maps to no character: 81"
            files.withText(bytes, options) { text ->
                shouldThrow<UnmappableTextException> { text.readAllAsync().got() }
                    .position() shouldBe 3L
            }
        }

        test("on request each bad sequence is one U+FFFD, and a true U+FFFD is no error") {
            val replaced = LineOptions.defaults().withMalformedInput(CodingErrorAction.REPLACE)
            val bytes =
                "a".toByteArray() + bytes(0xE2, 0x82) + "\nb".toByteArray() + bytes(0xFF, 0x0A)
            for (chunkBytes in 1..7) {
                files.lines(bytes, replaced.withChunkBytes(chunkBytes)) shouldBe
                    listOf("a\uFFFD", "b\uFFFD")
                files.lines(
                    "x\uFFFDy\n\uFFFD".toByteArray(),
                    LineOptions.defaults().withChunkBytes(chunkBytes),
                ) shouldBe listOf("x\uFFFDy", "\uFFFD")
            }
        }

        test("reading so many characters fails at the same place, and does not move") {
            for ((charset, bytes, position) in malformed) {
                for (chunkBytes in 1..7) {
                    val options =
                        LineOptions.defaults()
                            .withCharset(charset(charset))
                            .withChunkBytes(chunkBytes)
                    withClue("$charset, chunks of $chunkBytes, bad at $position") {
                        files.withText(bytes, options) { text ->
                            repeat(2) {
                                shouldThrow<MalformedTextException> { text.readAsync(1000).got() }
                                    .position() shouldBe position
                                text.position() shouldBe 0L
                            }
                            shouldThrow<MalformedTextException> { text.readAllAsync().got() }
                                .position() shouldBe position
                        }
                    }
                }
            }
        }

        for (script in Script.entries.filter { it.isPlain }) {
            test(
                "random damage in ${script.charset} is found where a decoder of the whole finds it"
            ) {
                val random = seeded("damage in $script")
                repeat(100) { damage(files, script, random) }
            }
        }
    })

/** Whether whole files and lines decode alike: no marks, no shift states. */
private val Script.isPlain
    get() = charset.name() !in setOf("UTF-16", "UTF-32", "UTF-32LE", "ISO-2022-JP", "x-IBM930")

private fun damage(files: TextFiles, script: Script, random: Random) {
    val bytes = LineModel(LineModel.text(random, script, null), null, false, script).bytes
    if (bytes.isEmpty()) return
    repeat(random.nextInt(1, 4)) {
        bytes[random.nextInt(bytes.size)] = random.nextInt(256).toByte()
    }
    if (hasMark(bytes, script.charset)) return
    val options =
        LineOptions.defaults().withCharset(script.charset).withChunkBytes(random.nextInt(1, 8))
    withClue("$script: ${bytes.joinToString(" ") { "%02X".format(it) }}") {
        val expected = wholeFault(bytes, script.charset)
        // By lines a character that the separator's bytes complete to nonsense is malformed, not
        // unmappable.
        val found = faultOf { files.lines(bytes, options) }
        found?.substringBefore(' ') shouldBe expected?.substringBefore(' ')
        files.withText(bytes, options) { text ->
            faultOf { text.readAllAsync().got() } shouldBe expected
        }
        files.withText(bytes, options) { text ->
            faultOf { pieces(text, random.nextInt(1, 4)) } shouldBe expected
        }
        faultOf { Text.decodeAll(bytes, script.charset) } shouldBe expected
        val replaced = options.withMalformedInput(CodingErrorAction.REPLACE)
        val whole = String(bytes, script.charset)
        files.withText(bytes, replaced) { text -> text.readAllAsync().got() shouldBe whole }
        files.withText(bytes, replaced) { text ->
            pieces(text, 2) shouldBe whole
        }
    }
}

/** All of it, by so many characters at a time. */
private fun pieces(text: TextFile, codePoints: Int) = generateSequence {
    text.readAsync(codePoints).got().ifEmpty { null }
}
    .joinToString("")

private fun hasMark(bytes: ByteArray, charset: Charset) =
    ByteOrderMarks.of(charset).read(bytes, 0, bytes.size, true)!!.markBytes() > 0

/** Position and kind of what a decoder of the JDK stumbles over in all of the bytes. */
private fun wholeFault(bytes: ByteArray, charset: Charset): String? {
    val decoder = charset.newDecoder()
    val source = ByteBuffer.wrap(bytes)
    val target = CharBuffer.allocate(bytes.size * 2 + 16)
    val result = decoder.decode(source, target, true)
    return if (result.isError) "${source.position()} ${result.isMalformed}" else null
}

private fun faultOf(read: () -> Unit): String? =
    try {
        read()
        null
    } catch (e: CharacterCodingException) {
        e.message shouldNotContain "Input length"
        when (e) {
            is MalformedTextException ->
                "${e.position()} ${(e as MalformedInputException).inputLength > 0}"
            is UnmappableTextException ->
                "${e.position()} ${(e as UnmappableCharacterException).inputLength == 0}"
            else -> throw e
        }
    }

/** Charset, bytes, and the position of the first bad one. */
private val malformed =
    listOf(
        Triple("UTF-8", "ab\n".toByteArray() + bytes(0x63, 0xE2, 0x28, 0x0A), 4L),
        Triple("UTF-8", "é\n€".toByteArray() + bytes(0xF0, 0x9F, 0x98), 6L),
        Triple("UTF-8", bytes(0xEF, 0xBB), 0L),
        Triple("UTF-8", bytes(0xEF, 0xBB, 0xBF, 0x61, 0x80), 4L),
        Triple("UTF-8", bytes(0x61, 0xC0, 0x80, 0x0A), 1L),
        Triple("UTF-8", bytes(0x61, 0xED, 0xA0, 0x80, 0x0A), 1L),
        Triple("UTF-16LE", "ab\nc".toByteArray(Charsets.UTF_16LE) + bytes(0x00, 0xDC, 0x0A, 0), 8L),
        Triple("UTF-16LE", "ab\nc".toByteArray(Charsets.UTF_16LE) + bytes(0x61), 8L),
        Triple("UTF-16", "ab\nc".toByteArray(Charsets.UTF_16) + bytes(0xD8, 0x3D, 0, 0x61), 10L),
        Triple("UTF-32", "ab\nc".toByteArray(charset("UTF-32")) + bytes(0, 0x11, 0, 0), 16L),
        Triple("UTF-32LE", "ab\nc".toByteArray(charset("UTF-32LE")) + bytes(0x61, 0), 16L),
        Triple("Shift_JIS", "漢\nポ".toByteArray(charset("Shift_JIS")) + bytes(0x81), 5L),
        Triple("EUC-JP", "漢\n".toByteArray(charset("EUC-JP")) + bytes(0xB0), 3L),
        Triple("ISO-2022-JP", "漢\na".toByteArray(charset("ISO-2022-JP")) + bytes(0xE4), 10L),
        Triple("US-ASCII", "ab\nc".toByteArray() + bytes(0xE9, 0x0A), 4L),
    )
