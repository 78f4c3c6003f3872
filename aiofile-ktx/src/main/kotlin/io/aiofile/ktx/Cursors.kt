package io.aiofile.ktx

import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.SequentialWriter
import io.aiofile.TextFile
import java.nio.ByteBuffer

/**
 * Reads bytes at the cursor.
 *
 * @param length 0 or more
 * @return the bytes: fewer than asked for only at the end, where there are none, or if the file is
 *   not seekable
 * @throws java.io.IOException if reading fails
 */
public suspend fun BinaryFile.read(length: Int): ByteArray = awaiting { readAsync(length) }

/**
 * Reads from the cursor until the end is seen.
 *
 * @return all those bytes
 * @throws java.io.IOException if reading fails
 */
public suspend fun BinaryFile.readAll(): ByteArray = awaiting { readAllAsync() }

/**
 * Reads up to the next newline.
 *
 * @return the bytes before it, a carriage return in front of it included; null at the end
 * @throws java.io.IOException if reading fails, or the line is longer than the context allows
 */
public suspend fun BinaryFile.readLine(): ByteArray? = awaiting { readLineAsync() }

/**
 * Writes all of an array at the cursor.
 *
 * @param source to write
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails
 */
public suspend fun BinaryFile.write(source: ByteArray): Int = awaiting { writeAsync(source) }

/**
 * Writes all of a buffer at the cursor; the buffer is the caller's again when this returns or
 * throws.
 *
 * @param source its remaining bytes
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails
 */
public suspend fun BinaryFile.write(source: ByteBuffer): Int = awaiting { writeAsync(source) }

/**
 * Makes durable what was written before (fdatasync).
 *
 * @throws java.io.IOException if the device fails
 */
public suspend fun BinaryFile.flush(): Unit = awaitingDone { flushAsync() }

/**
 * Refuses further calls and closes the file after those before, as [AsyncFile.closeAndAwait] does.
 *
 * @throws java.io.IOException if the sync or the close failed, the file being closed all the same
 */
public suspend fun BinaryFile.closeAndAwait() {
    closeAsync().awaitUncancelled()
}

/**
 * Reads text at the cursor.
 *
 * @param codePoints 0 or more
 * @return so many code points; fewer only at the end, where there are none
 * @throws io.aiofile.MalformedTextException where bytes are not of the file's charset
 * @throws java.io.IOException if reading fails
 */
public suspend fun TextFile.read(codePoints: Int): String = awaiting { readAsync(codePoints) }

/**
 * Reads text from the cursor until the end is seen.
 *
 * @return all that text
 * @throws io.aiofile.MalformedTextException where bytes are not of the file's charset
 * @throws java.io.IOException if reading fails
 */
public suspend fun TextFile.readAll(): String = awaiting { readAllAsync() }

/**
 * Reads the next line.
 *
 * @return the line, without its separator unless the file's options keep it; null at the end
 * @throws io.aiofile.MalformedTextException where bytes are not of the file's charset
 * @throws java.io.IOException if reading fails, or the line is longer than the options allow
 */
public suspend fun TextFile.readLine(): String? = awaiting { readLineAsync() }

/**
 * Writes text at the cursor.
 *
 * @param text to write
 * @return the bytes written
 * @throws io.aiofile.UnmappableTextException where the charset has no such character; nothing is
 *   written
 * @throws java.io.IOException if writing fails
 */
public suspend fun TextFile.write(text: CharSequence): Int = awaiting { writeAsync(text) }

/**
 * Makes durable what was written before (fdatasync).
 *
 * @throws java.io.IOException if the device fails
 */
public suspend fun TextFile.flush(): Unit = awaitingDone { flushAsync() }

/**
 * Refuses further calls and closes the file after those before, as [AsyncFile.closeAndAwait] does.
 *
 * @throws java.io.IOException if the sync or the close failed, the file being closed all the same
 */
public suspend fun TextFile.closeAndAwait() {
    closeAsync().awaitUncancelled()
}

/**
 * Writes all of an array behind what was written before.
 *
 * @param source to write
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails
 */
public suspend fun SequentialWriter.write(source: ByteArray): Int = awaiting { writeAsync(source) }

/**
 * Writes all of a buffer behind what was written before; the buffer is the caller's again when this
 * returns or throws.
 *
 * @param source its remaining bytes
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails
 */
public suspend fun SequentialWriter.write(source: ByteBuffer): Int = awaiting {
    writeAsync(source)
}

/**
 * Makes durable what was written before (fdatasync).
 *
 * @throws java.io.IOException if the device fails
 */
public suspend fun SequentialWriter.flush(): Unit = awaitingDone { flushAsync() }

/**
 * Refuses further calls and waits for those before, whether they worked or not; the file stays
 * open. Cancelling the coroutine does not cut it short.
 */
public suspend fun SequentialWriter.closeAndAwait() {
    closeAsync().awaitUncancelled()
}
