package io.aiofile

import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.RealDisk
import io.aiofile.contract.Subject
import io.aiofile.contract.got
import io.aiofile.contract.seed
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Inline
import io.kotest.core.spec.Spec
import java.nio.charset.Charset
import java.nio.file.Path
import kotlin.random.Random

/** The charsets that the tests of text go through, with characters that each of them has. */
internal enum class Script(charsetName: String, val letters: String) {
    UTF_8("UTF-8", "aé€漢\uD83D\uDE00\uFFFD\r"),
    UTF_16("UTF-16", "aé€漢\uD83D\uDE00\u0A0A\u0A00\u000D"),
    UTF_16LE("UTF-16LE", "aé€漢\uD83D\uDE00\u0A0A\u0A00\u000D"),
    UTF_16BE("UTF-16BE", "aé€漢\uD83D\uDE00\u0A0A\u0A00\u000D"),
    UTF_32("UTF-32", "aé€漢\uD83D\uDE00\u0A0A\u0A00\u000D"),
    UTF_32LE("UTF-32LE", "aé€漢\uD83D\uDE00\uFEFF"),
    ISO_2022_JP("ISO-2022-JP", "ab漢字かな"),
    WINDOWS_1252("windows-1252", "aé€\r"),
    SHIFT_JIS("Shift_JIS", "a漢ポソ|ｱ"),
    EUC_JP("EUC-JP", "a漢字ポ|"),
    GB18030("GB18030", "a漢é\uD83D\uDE00|0"),
    EBCDIC("x-IBM930", "AB漢字12");

    val charset: Charset = Charset.forName(charsetName)

    /** A letter or two of it. */
    fun letter(random: Random): String {
        val points = letters.codePoints().toArray()
        return Character.toString(points[random.nextInt(points.size)])
    }

    fun text(random: Random, lettersMax: Int): String =
        (1..random.nextInt(lettersMax + 1)).joinToString("") { letter(random) }
}

/** A random source; its seed is printed. */
internal fun seeded(test: String): Random = Random(seed(test))

/** Files to read and write as text, on one backend, and cleared after the spec. */
internal class TextFiles(spec: Spec, val subject: Subject, val name: String) {
    val context: AioContext
        get() = subject.context

    init {
        spec.beforeSpec { subject.context }
        spec.afterSpec {
            subject.disk.clear()
            subject.close()
        }
    }

    fun path(bytes: ByteArray): Path = subject.put(bytes, "text.txt")

    fun <R> withFile(bytes: ByteArray, mode: String = "rb", use: (AsyncFile) -> R): R =
        subject.withFile(path(bytes), mode, body = use)

    fun <R> withText(
        bytes: ByteArray,
        options: LineOptions,
        mode: String = "r",
        use: (TextFile) -> R,
    ): R = context.openTextAsync(path(bytes), mode, options).got().use(use)

    fun lines(bytes: ByteArray, options: LineOptions): List<String> =
        withFile(bytes) { file ->
            LineReader(file, options).use { reader ->
                generateSequence { reader.readLineAsync().got() }.toList()
            }
        }

    companion object {
        fun java(spec: Spec) =
            TextFiles(
                spec,
                Subject("java", RealDisk()) { AioContext.open(it.withBackend("java")) },
                "java",
            )

        /** In memory, with so much of it done on the caller's thread. */
        fun fake(spec: Spec, inline: Inline, seed: Long = seed("fake")): TextFiles {
            val disk = MemoryDisk()
            val setup = FakeSetup(disk.disk, seed = seed, inline = inline)
            val subject = Subject("fake", disk) { FakeProvider.open(it, setup) }
            return TextFiles(spec, subject, "fake, inline $inline")
        }

        /** Real files, and all that is fetched there at once, and either by chance. */
        fun all(spec: Spec) =
            listOf(java(spec), fake(spec, Inline.ALWAYS), fake(spec, Inline.BY_CHANCE))
    }
}

internal fun bytes(vararg values: Int) = ByteArray(values.size) { values[it].toByte() }
