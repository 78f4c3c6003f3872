package io.aiofile.fake

import java.nio.ByteBuffer

/**
 * The contents of one in-memory file, up to 2^63-1 bytes: a page that was never written takes no
 * memory and reads as zeros.
 *
 * Not thread-safe: its [FakeNode.Regular] guards it.
 */
internal class SparseBytes {
    private val pages = HashMap<Long, ByteArray>()

    var size = 0L
        private set

    /** Copies up to [length] bytes into [target] from [index] on; answers how many there were. */
    fun read(position: Long, target: ByteBuffer, index: Int, length: Int): Int {
        if (position >= size) return 0
        val transferred = minOf(length.toLong(), size - position).toInt()
        forEachPage(position, transferred) { number, offset, done, count ->
            val page = pages[number]
            if (page == null) target.put(index + done, ByteArray(count))
            else target.put(index + done, page, offset, count)
        }
        return transferred
    }

    fun write(position: Long, source: ByteBuffer, index: Int, length: Int) {
        forEachPage(position, length) { number, offset, done, count ->
            source.get(index + done, page(number), offset, count)
        }
        if (length > 0) size = maxOf(size, position + length)
    }

    fun truncate(newSize: Long) {
        if (newSize < size) {
            val kept = newSize / PAGE_BYTES
            pages.keys.removeIf { it > kept }
            pages[kept]?.fill(0, (newSize % PAGE_BYTES).toInt())
        }
        size = newSize
    }

    fun toByteArray(): ByteArray {
        val all = ByteArray(Math.toIntExact(size))
        read(0, ByteBuffer.wrap(all), 0, all.size)
        return all
    }

    private fun page(number: Long) = pages.getOrPut(number) { ByteArray(PAGE_BYTES) }

    private inline fun forEachPage(
        position: Long,
        length: Int,
        action: (number: Long, offset: Int, done: Int, count: Int) -> Unit,
    ) {
        var done = 0
        while (done < length) {
            val at = position + done
            val offset = (at % PAGE_BYTES).toInt()
            val count = minOf(length - done, PAGE_BYTES - offset)
            action(at / PAGE_BYTES, offset, done, count)
            done += count
        }
    }

    private companion object {
        const val PAGE_BYTES = 16 * 1024
    }
}
