package io.aiofile.benchmarks.data

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.CRC32

/**
 * What the test files hold: each 8-byte word is a hash of its index, so that a block of the wrong
 * place shows as well as a wrong byte. Little-endian, as the script that speaks for Python has it.
 */
internal object Pattern {
    const val WORD_BYTES = 8

    /** The finalizer of SplitMix64: no two indexes give the same word. */
    fun word(index: Long): Long {
        var z = (index + 1) * -0x61c8864680b583ebL
        z = (z xor (z ushr 30)) * -0x40a7b892e31b1a47L
        z = (z xor (z ushr 27)) * -0x6b2fb644ecceee15L
        return z xor (z ushr 31)
    }

    /** Fills a buffer with what belongs at a position, a multiple of 8; its own position stays. */
    fun fill(target: ByteBuffer, position: Long) {
        require(position % WORD_BYTES == 0L && target.remaining() % WORD_BYTES == 0)
        val words = target.duplicate().order(ByteOrder.LITTLE_ENDIAN)
        var index = position / WORD_BYTES
        while (words.hasRemaining()) {
            words.putLong(word(index++))
        }
    }

    /** The checksum of what belongs at a position. */
    fun crc(position: Long, length: Int): Int {
        val block = ByteBuffer.allocate(length)
        fill(block, position)
        return crc(block)
    }

    /** The checksum of a buffer's remaining bytes, which stay there. */
    fun crc(bytes: ByteBuffer): Int =
        CRC32().run {
            update(bytes.duplicate())
            value.toInt()
        }
}

/**
 * What a round of writes puts in its blocks: the same content in each, but for the first word,
 * which tells the place and the round.
 */
internal class WrittenBlock(private val blockBytes: Int, private val round: Long) {
    /** The block before its place is stamped on it. */
    fun unstamped(): ByteBuffer {
        val block = ByteBuffer.allocate(blockBytes).order(ByteOrder.LITTLE_ENDIAN)
        Pattern.fill(block, round * blockBytes)
        return block
    }

    fun stamp(position: Long): Long = stamp(position, round)

    fun crc(position: Long, unstamped: ByteBuffer): Int {
        unstamped.putLong(0, stamp(position))
        return Pattern.crc(unstamped)
    }

    companion object {
        /** Kept simple: it is also computed in Python. */
        fun stamp(position: Long, round: Long): Long = position * 31 + round
    }
}
