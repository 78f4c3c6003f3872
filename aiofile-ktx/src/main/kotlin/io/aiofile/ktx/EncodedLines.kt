package io.aiofile.ktx

import io.aiofile.SequentialWriter
import java.nio.ByteBuffer
import java.nio.CharBuffer
import java.nio.charset.Charset
import java.nio.charset.CoderResult
import java.nio.charset.CodingErrorAction

/**
 * Encodes lines as one text, and collects whole ones until a batch is full.
 *
 * One encoder for all of them: one a batch would put a byte-order mark into the middle of UTF-16,
 * and begin the shifts of ISO-2022 anew.
 */
internal class EncodedLines(charset: Charset, private val separator: String) {
    private val encoder =
        charset
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)

    private var bytes = ByteBuffer.allocate(BATCH_BYTES + BATCH_BYTES / 4)

    val isBatchFull: Boolean
        get() = bytes.position() >= BATCH_BYTES

    /**
     * Encodes a line and its separator; if it can't be, the batch is as it was, and of no more use.
     */
    fun add(line: String) {
        encode(line)
        encode(separator)
    }

    /** Writes what was added since the last call. */
    suspend fun writeTo(writer: SequentialWriter) {
        writer.write(bytes.flip())
        bytes.clear()
    }

    /** Encodes what the charset needs behind the last line. */
    fun end() {
        val nothing = CharBuffer.allocate(0)
        repeatWithRoom { encoder.encode(nothing, bytes, true) }
        repeatWithRoom { encoder.flush(bytes) }
    }

    private fun encode(text: String) {
        val chars = CharBuffer.wrap(text)
        repeatWithRoom { encoder.encode(chars, bytes, false) }
        if (chars.hasRemaining()) {
            // Half a surrogate pair, for which the encoder would wait.
            CoderResult.malformedForLength(chars.remaining()).throwException()
        }
    }

    private inline fun repeatWithRoom(step: () -> CoderResult) {
        var result = step()
        while (result.isOverflow) {
            bytes = ByteBuffer.allocate(Math.multiplyExact(bytes.capacity(), 2)).put(bytes.flip())
            result = step()
        }
        if (result.isError) {
            result.throwException()
        }
    }

    private companion object {
        const val BATCH_BYTES: Int = 64 shl 10
    }
}
