package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.LineOptions
import io.aiofile.OpenMode
import io.aiofile.SequentialWriter
import io.aiofile.TextFile
import io.aiofile.WriterOptions
import java.nio.charset.Charset
import java.nio.file.Path
import kotlinx.coroutines.flow.Flow

/**
 * Writes the arrays of this flow one behind the other, by way of a few buffers that are written
 * behind the flow ([WriterOptions]). Each is taken before the next one is asked for, and may then
 * be changed by whoever emitted it.
 *
 * When the flow fails, or the coroutine is cancelled, what came before is in the file; when a write
 * fails, a part of that. A failing write ends the flow at its next element or its end.
 *
 * @param file open for writing; in one opened for append the bytes go to the end; one opened with
 *   O_DIRECT takes whole units only, as [SequentialWriter] says
 * @param position of the first byte, 0 or more
 * @return the bytes written
 * @throws java.io.IOException if writing fails
 */
public suspend fun Flow<ByteArray>.writeTo(file: AsyncFile, position: Long = 0): Long {
    val writer = SequentialWriter(file, WriterOptions.defaults().withStartPosition(position))
    writer.use { collect { bytes -> it.write(bytes) } }
    return writer.position() - position
}

/**
 * Writes the arrays of this flow at the cursor, one behind the other. Each is written before the
 * next one is asked for, since the cursor may have other users; see the other [writeTo].
 *
 * @param file open for writing
 * @return the bytes written
 * @throws java.io.IOException if writing fails
 */
public suspend fun Flow<ByteArray>.writeTo(file: BinaryFile): Long {
    var bytes = 0L
    collect { bytes += file.write(it) }
    return bytes
}

/**
 * Opens a file, writes the arrays of this flow into it, one behind the other, and closes it,
 * durably. See the other [writeTo].
 *
 * @param path of the file
 * @param mode how to open it; by default it is created if it is missing, and cut to length 0
 * @param context that opens it; the shared one
 * @return the bytes written
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun Flow<ByteArray>.writeTo(
    path: Path,
    mode: OpenMode = OpenMode.WRITE,
    context: AioContext = AioContext.shared(),
): Long = context.openFile(path, mode) { writeTo(it) }

/**
 * Writes the strings of this flow, and a separator behind each. They are collected until there are
 * some 64 KiB, or the flow ends, and then written at once: what a slow flow emits is not in the
 * file yet.
 *
 * When the flow fails, the coroutine is cancelled, or a line can't be encoded, there are whole
 * lines in the file, the first ones of the flow.
 *
 * @param file open for writing; in one opened for append the lines go to the end
 * @param position of the first byte, 0 or more
 * @param charset to write them in, as one text: with the byte-order mark of UTF-16 before the first
 *   line only
 * @param separator of one or more characters
 * @return the bytes written
 * @throws java.nio.charset.CharacterCodingException where the charset has no such character
 * @throws java.io.IOException if writing fails
 */
public suspend fun Flow<String>.writeLinesTo(
    file: AsyncFile,
    position: Long = 0,
    charset: Charset = Charsets.UTF_8,
    separator: String = "\n",
): Long {
    checkSeparator(separator)
    val writer = SequentialWriter(file, position)
    val lines = EncodedLines(charset, separator)
    collect {
        lines.add(it)
        if (lines.isBatchFull) {
            lines.writeTo(writer)
        }
    }
    lines.end()
    lines.writeTo(writer)
    return writer.position() - position
}

/**
 * Writes the strings of this flow at the cursor, in the file's charset, and a separator behind
 * each, in batches. See the other [writeLinesTo].
 *
 * @param file open for writing
 * @param separator of one or more characters
 * @return the bytes written
 * @throws io.aiofile.UnmappableTextException where the charset has no such character
 * @throws java.io.IOException if writing fails
 */
public suspend fun Flow<String>.writeLinesTo(file: TextFile, separator: String = "\n"): Long {
    checkSeparator(separator)
    var bytes = 0L
    val batch = StringBuilder()
    collect {
        batch.append(it).append(separator)
        if (batch.length >= BATCH_CHARS) {
            bytes += file.write(batch)
            batch.setLength(0)
        }
    }
    if (batch.isNotEmpty()) {
        bytes += file.write(batch)
    }
    return bytes
}

/**
 * Opens a file, writes the strings of this flow into it, a separator behind each, and closes it,
 * durably. See the other [writeLinesTo].
 *
 * @param path of the file
 * @param mode how to open it; by default it is created if it is missing, and cut to length 0
 * @param charset to write them in; a byte-order mark of UTF-16 goes to the start of the file only
 * @param separator of one or more characters
 * @param context that opens it; the shared one
 * @return the bytes written
 * @throws java.nio.charset.CharacterCodingException where the charset has no such character
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun Flow<String>.writeLinesTo(
    path: Path,
    mode: OpenMode = OpenMode.WRITE,
    charset: Charset = Charsets.UTF_8,
    separator: String = "\n",
    context: AioContext = AioContext.shared(),
): Long {
    checkSeparator(separator)
    val options = LineOptions.defaults().withCharset(charset)
    return context.openText(path, mode, options) { writeLinesTo(it, separator) }
}

private const val BATCH_CHARS: Int = 32 shl 10

/** Before anything is opened, or cut to length 0. */
private fun checkSeparator(separator: String) {
    require(separator.isNotEmpty()) { "the separator must have one or more characters" }
}
