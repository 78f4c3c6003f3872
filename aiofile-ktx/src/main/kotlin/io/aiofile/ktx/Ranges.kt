package io.aiofile.ktx

import io.aiofile.AioFuture
import io.aiofile.AsyncFile
import io.aiofile.FileRange
import io.aiofile.RangeOptions
import io.aiofile.RangeWrite
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * The bytes of many ranges, in the order of the list, each in an array of its own: fewer than asked
 * for only at the end of the file. Ranges that are near are read together, those that are near in
 * the list too; what goes to the kernel goes there in batches.
 *
 * Cold: each collection reads anew, and pulls. Reads are started as the collector takes: at most
 * [RangeOptions.inFlightMax] times [RangeOptions.mergedBytesMax] bytes, or one range that is
 * longer, are fetched ahead of it, and given back when the collection ends, however it does. The
 * file stays open. A failure names its range, and ends the flow.
 *
 * @param ranges in any order, which may overlap
 * @param options what is merged, and how much is under way at once
 * @return the ranges' bytes
 * @throws IllegalStateException if the file is not seekable
 */
public fun AsyncFile.readRanges(
    ranges: List<FileRange>,
    options: RangeOptions = RangeOptions.defaults(),
): Flow<ByteArray> = flow {
    val ahead = RangesAhead(this@readRanges, ranges, options)
    try {
        while (true) {
            val bytes = ahead.next() ?: break
            emit(bytes.awaitRelease())
        }
    } finally {
        ahead.close()
    }
}

/**
 * Writes all of several buffers, each at a position of its own, in any order. All of them are the
 * caller's again when this returns or throws, and their positions tell what was written.
 *
 * @param writes which must not overlap, nor share a buffer object
 * @return the bytes written, always all
 * @throws java.io.IOException if writing fails; no further ones are started then
 */
public suspend fun AsyncFile.writeRanges(writes: List<RangeWrite>): Long = awaiting {
    writeRangesAsync(writes)
}

/** Ranges that were started and not taken yet. */
private class RangesAhead(
    private val file: AsyncFile,
    private val ranges: List<FileRange>,
    private val options: RangeOptions,
) {
    private val started = ArrayDeque<AioFuture<ByteArray>>()
    private val bytesMax = options.inFlightMax().toLong() * options.mergedBytesMax()
    private var bytes = 0L
    private var startedCount = 0

    /** The next range in the order of the list; null behind the last one. */
    fun next(): AioFuture<ByteArray>? {
        // Half, not one by one: so that there are some to be merged, and to go out together.
        if (started.size <= COUNT_MAX / 2 && bytes <= bytesMax / 2) {
            start()
        }
        val next = started.removeFirstOrNull()
        if (next != null) {
            bytes -= ranges[startedCount - started.size - 1].length()
        }
        return next
    }

    private fun start() {
        val from = startedCount
        var count = started.size
        while (startedCount < ranges.size && count < COUNT_MAX) {
            val length = ranges[startedCount].length()
            if (count > 0 && bytes + length > bytesMax) {
                break
            }
            bytes += length
            count++
            startedCount++
        }
        if (startedCount > from) {
            started += file.readRangesAsync(ranges.subList(from, startedCount), options)
        }
    }

    /** Gives up what nobody takes: their memory is the library's, so this ends them at once. */
    fun close() {
        started.forEach { it.cancel(false) }
    }

    private companion object {
        /** Ranges of a few bytes count as well: their futures take memory too. */
        const val COUNT_MAX: Int = 1024
    }
}
