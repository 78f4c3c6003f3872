package io.aiofile.ktx

/**
 * What a thread has been served inline, without a suspension, since a coroutine last gave way.
 *
 * A loop of cached reads never suspends by itself: on `runBlocking`, or a dispatcher of one thread,
 * neither a timeout nor a neighbour would ever get a turn. Counted by thread and not by coroutine,
 * since it is the thread that neighbours wait for; a coroutine that moved to another thread did so
 * by suspending. A suspension in between does not start the count anew: noticing it would cost more
 * than a needless `yield()` in each slice.
 */
internal class InlineSlice private constructor() {
    private var spentBytes = 0L

    companion object {
        /**
         * Inline results after which a coroutine gives way, in bytes: as many as
         * [io.aiofile.AioOptions.sliceBytes] allows the loops of the core by default.
         */
        const val SLICE_BYTES: Long = 256L shl 10

        /** What a result counts at least, in bytes: nothing, too, takes a call to be had. */
        const val RESULT_BYTES_MIN: Long = 1L shl 10

        private val ofThread = ThreadLocal.withInitial(::InlineSlice)

        /** Counts a result; answers whether the slice is used up, and begins a new one if so. */
        fun isUsedUpBy(result: Any?): Boolean {
            val slice = ofThread.get()
            slice.spentBytes += maxOf(RESULT_BYTES_MIN, bytesOf(result))
            if (slice.spentBytes < SLICE_BYTES) {
                return false
            }
            slice.spentBytes = 0
            return true
        }

        /** About: a count is taken for a transfer's, a character of text for a byte. */
        private fun bytesOf(result: Any?): Long =
            when (result) {
                is Int -> result.toLong()
                is ByteArray -> result.size.toLong()
                is CharSequence -> result.length.toLong()
                is List<*> -> result.sumOf { bytesOf(it) }
                else -> 0
            }
    }
}
