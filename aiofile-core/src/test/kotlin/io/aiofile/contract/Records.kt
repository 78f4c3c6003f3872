package io.aiofile.contract

import java.nio.ByteBuffer
import java.util.SplittableRandom
import java.util.zip.CRC32C

/** A record that was found whole: its number, where it starts, and how long it is. */
class Record(val number: Long, val position: Int, val length: Int)

/**
 * Checksummed records, as a journal has them: what a crash left of a file can be told from what it
 * did not.
 *
 * The contents follow from the number, so that a record which is a mixture of others is found out
 * even if its checksum were right.
 */
object Records {
    /** Magic, checksum, number, length. */
    const val HEADER_BYTES = 20
    private const val MAGIC = 0x6A6F_7572
    private const val LENGTH_MAX = 1 shl 20

    fun of(number: Long, length: Int): ByteArray {
        require(length >= HEADER_BYTES) { "no room for a header in $length bytes" }
        val record = ByteArray(length)
        contents(number, length - HEADER_BYTES).copyInto(record, HEADER_BYTES)
        val header = ByteBuffer.wrap(record).putInt(MAGIC).putInt(0).putLong(number).putInt(length)
        header.putInt(4, checksum(record, 0, length))
        return record
    }

    /** The record that starts there; null if there is no whole one. */
    fun at(bytes: ByteArray, position: Int): Record? {
        if (position > bytes.size - HEADER_BYTES) return null
        val header = ByteBuffer.wrap(bytes)
        if (header.getInt(position) != MAGIC) return null
        val length = header.getInt(position + 16)
        if (length !in HEADER_BYTES..minOf(LENGTH_MAX, bytes.size - position)) return null
        if (header.getInt(position + 4) != checksum(bytes, position, length)) return null
        val number = header.getLong(position + 8)
        val found = bytes.copyOfRange(position + HEADER_BYTES, position + length)
        check(found.contentEquals(contents(number, length - HEADER_BYTES))) {
            "a torn record is read as whole: number $number at $position"
        }
        return Record(number, position, length)
    }

    /** All whole records, whatever is between them. */
    fun scan(bytes: ByteArray): List<Record> {
        val found = ArrayList<Record>()
        var position = 0
        while (position <= bytes.size - HEADER_BYTES) {
            val record = at(bytes, position)
            if (record != null) found += record
            position += record?.length ?: 1
        }
        return found
    }

    private fun checksum(bytes: ByteArray, position: Int, length: Int): Int {
        val checksum = CRC32C()
        checksum.update(bytes, position + 8, length - 8)
        return checksum.value.toInt()
    }

    private fun contents(number: Long, length: Int): ByteArray =
        ByteArray(length).also { SplittableRandom(number).nextBytes(it) }
}
