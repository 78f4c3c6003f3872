package io.aiofile.ktx

import io.aiofile.AioFiles
import io.aiofile.OpenMode
import java.nio.charset.Charset
import java.nio.file.Path

/**
 * Reads a file.
 *
 * @param path of the file
 * @return its bytes
 * @throws java.io.IOException if opening or reading fails
 */
public suspend fun AioFiles.readBytes(path: Path): ByteArray = awaiting { readBytesAsync(path) }

/**
 * Reads a file as UTF-8 text; a byte-order mark is dropped.
 *
 * @param path of the file
 * @return its text
 * @throws io.aiofile.MalformedTextException where it is none
 * @throws java.io.IOException if opening or reading fails
 */
public suspend fun AioFiles.readString(path: Path): String = awaiting { readStringAsync(path) }

/**
 * Reads a file as text; a byte-order mark is dropped.
 *
 * @param path of the file
 * @param charset of the text
 * @return its text
 * @throws io.aiofile.MalformedTextException where it is none
 * @throws java.io.IOException if opening or reading fails
 */
public suspend fun AioFiles.readString(path: Path, charset: Charset): String = awaiting {
    readStringAsync(path, charset)
}

/**
 * Writes a file, durably: created if it is missing, cut to length 0 before if it exists.
 *
 * @param path of the file
 * @param bytes to write
 * @return the bytes written
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun AioFiles.writeBytes(path: Path, bytes: ByteArray): Int = awaiting {
    writeBytesAsync(path, bytes)
}

/**
 * Writes a file as UTF-8 text, as [writeBytes] does.
 *
 * @param path of the file
 * @param text to write
 * @return the bytes written
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun AioFiles.writeString(path: Path, text: CharSequence): Int = awaiting {
    writeStringAsync(path, text)
}

/**
 * Writes a file as text, as [writeBytes] does.
 *
 * @param path of the file
 * @param text to write
 * @param charset to write it in
 * @return the bytes written
 * @throws io.aiofile.UnmappableTextException where the charset has no such character; the file is
 *   untouched
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun AioFiles.writeString(path: Path, text: CharSequence, charset: Charset): Int =
    awaiting {
        writeStringAsync(path, text, charset)
    }

/**
 * Appends UTF-8 text to a file, which is created if it is missing.
 *
 * @param path of the file
 * @param text to write
 * @return the bytes written
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun AioFiles.appendString(path: Path, text: CharSequence): Int = awaiting {
    appendStringAsync(path, text)
}

/**
 * Appends text to a file, which is created if it is missing.
 *
 * @param path of the file
 * @param text to write
 * @param charset to write it in
 * @return the bytes written
 * @throws io.aiofile.UnmappableTextException where the charset has no such character; the file is
 *   untouched
 * @throws java.io.IOException if opening, writing or closing fails
 */
public suspend fun AioFiles.appendString(path: Path, text: CharSequence, charset: Charset): Int =
    awaiting {
        appendStringAsync(path, text, charset)
    }

/**
 * Copies a file's content, durably: created if it is missing, cut to length 0 before if it exists.
 *
 * @param source to read
 * @param target to write; not the same file
 * @return the bytes copied
 * @throws java.io.IOException if opening, reading, writing or closing fails
 */
public suspend fun AioFiles.copy(source: Path, target: Path): Long = awaiting {
    copyAsync(source, target)
}

/**
 * Copies a file's content. A copy that fails or is cancelled leaves a part behind.
 *
 * @param source to read
 * @param target to write; not the same file
 * @param targetMode how the target is opened, such as `OpenMode.CREATE_NEW`
 * @return the bytes copied
 * @throws java.io.IOException if opening, reading, writing or closing fails
 */
public suspend fun AioFiles.copy(source: Path, target: Path, targetMode: OpenMode): Long =
    awaiting {
        copyAsync(source, target, targetMode)
    }
