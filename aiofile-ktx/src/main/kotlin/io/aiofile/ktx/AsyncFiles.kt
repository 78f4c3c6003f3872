package io.aiofile.ktx

import io.aiofile.AsyncFile
import java.nio.ByteBuffer
import java.nio.charset.Charset

// Each is the method of the same name and Async behind it, by way of awaitRelease.

/**
 * Reads once into a buffer, which is the caller's again when this returns or throws.
 *
 * @param target writable; its remaining bytes are asked for
 * @param position 0 or more
 * @return the bytes read, which may be fewer than asked for; -1 at or past the end of the file; 0
 *   only if the target has no room
 * @throws java.io.IOException if reading fails
 */
public suspend fun AsyncFile.read(target: ByteBuffer, position: Long): Int = awaiting {
    readAsync(target, position)
}

/**
 * Fills a buffer, which is the caller's again when this returns or throws.
 *
 * @param target writable; its remaining bytes are asked for
 * @param position 0 or more
 * @return the bytes read, always all
 * @throws java.io.EOFException if the file ends before; it tells how many were wanted and got
 * @throws java.io.IOException if reading fails
 */
public suspend fun AsyncFile.readFully(target: ByteBuffer, position: Long): Int = awaiting {
    readFullyAsync(target, position)
}

/**
 * Reads bytes into an array of its own.
 *
 * @param position 0 or more
 * @param length 0 or more
 * @return the bytes: fewer than asked for only at the end of the file
 * @throws java.io.IOException if reading fails
 */
public suspend fun AsyncFile.readBytes(position: Long, length: Int): ByteArray = awaiting {
    readBytesAsync(position, length)
}

/**
 * Reads from the start until the end is seen, which for a file of `/proc` is not where its size
 * says.
 *
 * @return all bytes
 * @throws java.io.IOException if reading fails
 */
public suspend fun AsyncFile.readAllBytes(): ByteArray = awaiting { readAllBytesAsync() }

/**
 * Reads all of it as UTF-8; a byte-order mark at the start is dropped.
 *
 * @return the text
 * @throws io.aiofile.MalformedTextException where bytes are not of that charset
 * @throws java.io.IOException if reading fails
 */
public suspend fun AsyncFile.readString(): String = awaiting { readStringAsync() }

/**
 * Reads all of it as text; a byte-order mark at the start is dropped.
 *
 * @param charset of the text
 * @return the text
 * @throws io.aiofile.MalformedTextException where bytes are not of that charset
 * @throws java.io.IOException if reading fails
 */
public suspend fun AsyncFile.readString(charset: Charset): String = awaiting {
    readStringAsync(charset)
}

/**
 * Writes all of a buffer, which is the caller's again when this returns or throws.
 *
 * @param source its remaining bytes
 * @param position 0 or more; beyond the end of the file leaves a gap of zeros
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.write(source: ByteBuffer, position: Long): Int = awaiting {
    writeAsync(source, position)
}

/**
 * Writes all of an array, which may be changed again when this returns or throws.
 *
 * @param source to write
 * @param position 0 or more
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.writeBytes(source: ByteArray, position: Long): Int = awaiting {
    writeBytesAsync(source, position)
}

/**
 * Writes text as UTF-8.
 *
 * @param text to write
 * @param position 0 or more
 * @return the bytes written
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.writeString(text: CharSequence, position: Long): Int = awaiting {
    writeStringAsync(text, position)
}

/**
 * Writes text.
 *
 * @param text to write
 * @param charset to write it in
 * @param position 0 or more
 * @return the bytes written
 * @throws io.aiofile.UnmappableTextException where the charset has no such character; nothing is
 *   written
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.writeString(
    text: CharSequence,
    charset: Charset,
    position: Long,
): Int = awaiting { writeStringAsync(text, charset, position) }

/**
 * Writes all of a buffer at the end of the file, wherever that is by then; the buffer is the
 * caller's again when this returns or throws.
 *
 * @param source its remaining bytes
 * @return the bytes written, always all
 * @throws IllegalStateException if the file is not opened for append
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.append(source: ByteBuffer): Int = awaiting { appendAsync(source) }

/**
 * Writes all of an array at the end of the file.
 *
 * @param source to write
 * @return the bytes written, always all
 * @throws IllegalStateException if the file is not opened for append
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.appendBytes(source: ByteArray): Int = awaiting {
    appendBytesAsync(source)
}

/**
 * Writes text as UTF-8 at the end of the file.
 *
 * @param text to write
 * @return the bytes written
 * @throws IllegalStateException if the file is not opened for append
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.appendString(text: CharSequence): Int = awaiting {
    appendStringAsync(text)
}

/**
 * Writes text at the end of the file.
 *
 * @param text to write
 * @param charset to write it in
 * @return the bytes written
 * @throws io.aiofile.UnmappableTextException where the charset has no such character; nothing is
 *   written
 * @throws IllegalStateException if the file is not opened for append
 * @throws java.io.IOException if writing fails
 */
public suspend fun AsyncFile.appendString(text: CharSequence, charset: Charset): Int = awaiting {
    appendStringAsync(text, charset)
}

/**
 * Makes data and metadata durable (fsync): every write submitted before this call, on any handle of
 * this descriptor.
 *
 * @throws java.io.IOException if the device fails
 */
public suspend fun AsyncFile.sync(): Unit = awaitingDone { syncAsync() }

/**
 * Makes data durable, and the metadata needed to read it back (fdatasync): every write submitted
 * before this call, on any handle of this descriptor.
 *
 * @throws java.io.IOException if the device fails
 */
public suspend fun AsyncFile.dataSync(): Unit = awaitingDone { dataSyncAsync() }

/**
 * Sets the size: what is beyond is cut, what is missing reads as zeros.
 *
 * @param size in bytes, 0 or more
 * @throws java.io.IOException if it can't be set
 */
public suspend fun AsyncFile.truncate(size: Long): Unit = awaitingDone { truncateAsync(size) }

/**
 * Reserves room on the device, so that writes there don't run out of it; extends the file if the
 * range ends beyond it. The `java` backend can only extend.
 *
 * @param position 0 or more
 * @param length 1 or more
 * @throws java.io.IOException if there is no room
 */
public suspend fun AsyncFile.allocate(position: Long, length: Long): Unit = awaitingDone {
    allocateAsync(position, length)
}

/**
 * Asks for the size.
 *
 * @return bytes; 0 for many files of `/proc` that are not empty
 * @throws java.io.IOException if it can't be told
 */
public suspend fun AsyncFile.size(): Long = awaiting { sizeAsync() }

/**
 * Closes this handle: refuses new operations, waits for those in flight, makes durable what was
 * written through it unless it was opened without sync on close, and closes the descriptor if it is
 * the last handle.
 *
 * The counterpart of [AsyncFile.closeAsync], under another name than `close`, which blocks: in
 * Kotlin a member wins over an extension. Cancelling the coroutine does not cut it short, nor keep
 * it from starting, so that it works in a `finally`; it never throws `CancellationException`.
 *
 * @throws java.io.IOException if the sync or the close failed, the file being closed all the same
 */
public suspend fun AsyncFile.closeAndAwait() {
    closeAsync().awaitUncancelled()
}
