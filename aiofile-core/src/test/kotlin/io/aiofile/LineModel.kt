package io.aiofile

import kotlin.random.Random

/** What a file of lines should read as, worked out the slow and simple way. */
internal class LineModel(val text: String, separator: String?, kept: Boolean, script: Script) {
    /** Each line, as a reader should give it. */
    val lines = ArrayList<String>()

    /** The file's bytes: each line encoded alone, as charsets with shift states want it. */
    val bytes: ByteArray

    /** The position behind each line. */
    val ends = ArrayList<Long>()

    init {
        var file = ByteArray(0)
        // At the file's start it is a byte-order mark.
        var from = if (text.startsWith('\uFEFF')) 1 else 0
        if (from == 1) file = encoded(text.substring(0, 1), script, true)
        while (from < text.length) {
            val found = text.indexOf(separator ?: "\n", from)
            val next = if (found < 0) text.length else found + (separator ?: "\n").length
            var end = if (found < 0) text.length else found
            if (separator == null && found > from && text[found - 1] == '\r') end--
            lines += text.substring(from, if (kept) next else end)
            file += encoded(text.substring(from, next), script, file.isEmpty())
            ends += file.size.toLong()
            from = next
        }
        bytes = file
    }

    private fun encoded(piece: String, script: Script, first: Boolean): ByteArray {
        // An encoder of UTF-16 begins each piece with a mark.
        val name = script.charset.name()
        val plain = if (name == "UTF-16" && !first) Charsets.UTF_16BE else script.charset
        return piece.toByteArray(plain)
    }

    companion object {
        fun text(random: Random, script: Script, separator: String?): String {
            val text = StringBuilder()
            repeat(random.nextInt(8)) {
                text.append(script.text(random, 6))
                // Now and then only a part of a separator.
                val whole = separator ?: if (random.nextBoolean()) "\n" else "\r\n"
                val keep =
                    if (random.nextInt(4) == 0) random.nextInt(whole.length + 1) else whole.length
                text.append(whole, 0, keep)
            }
            if (random.nextBoolean()) text.append(script.text(random, 3))
            return text.toString()
        }
    }
}
