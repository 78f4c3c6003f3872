package io.aiofile.fake

import java.nio.ByteBuffer
import java.util.SplittableRandom

/**
 * The power of a machine, which goes off after so many uses of its disk: from then on everything
 * fails with EIO, and nothing changes any more.
 */
class Power(uses: Int) {
    private var left = uses

    /** One use of the disk; false if the power is off, or goes off with this one. */
    @Synchronized
    internal fun use(): Boolean {
        if (left > 0) left--
        return left > 0
    }

    val isOff: Boolean
        @Synchronized get() = left == 0

    /** Off at once. */
    @Synchronized
    fun cut() {
        left = 0
    }
}

/**
 * What a disk with a volatile cache has of one file: the bytes that completed syncs have covered,
 * and the changes since, of which a crash keeps whatever it likes.
 *
 * A crash looks at the file in units, which are what the device never tears. Each unit is found as
 * it was after some of the changes since the last sync, none or all of them included, whatever the
 * others are: so changes are dropped, reordered and torn. Their order within one unit stays, as a
 * cache keeps one version of a block and not several. The size is one such unit of its own.
 *
 * Directories are not part of this: names are durable at once.
 *
 * Not thread-safe: its [FakeNode.Regular] guards it.
 */
internal class VolatileCache {
    enum class Mode {
        /** Durable by the next sync. */
        CACHED,

        /** Durable at once, as by O_DSYNC. */
        THROUGH,
    }

    private sealed interface Change {
        val mode: Mode

        /** Makes the change in `from until to` of the file, and leaves alone the rest. */
        fun apply(file: ByteArray, from: Int, to: Int)

        fun touches(from: Int, to: Int): Boolean

        fun sizeAfter(before: Int): Int
    }

    private class Write(val start: Int, val bytes: ByteArray, override val mode: Mode) : Change {
        val end = start + bytes.size

        override fun apply(file: ByteArray, from: Int, to: Int) {
            val first = maxOf(from, start)
            val last = minOf(to, end)
            if (first < last) bytes.copyInto(file, first, first - start, last - start)
        }

        override fun touches(from: Int, to: Int) = start < to && from < end

        override fun sizeAfter(before: Int) = maxOf(before, end)
    }

    private class Resize(val size: Int) : Change {
        override val mode = Mode.CACHED

        override fun apply(file: ByteArray, from: Int, to: Int) {
            if (maxOf(from, size) < to) file.fill(0, maxOf(from, size), to)
        }

        override fun touches(from: Int, to: Int) = size < to

        override fun sizeAfter(before: Int) = size
    }

    private var durable = ByteArray(0)
    private val pending = ArrayList<Change>()
    private var synced = 0L

    fun written(position: Long, source: ByteBuffer, index: Int, length: Int, mode: Mode) {
        val bytes = ByteArray(length).also { source.get(index, it) }
        pending += Write(Math.toIntExact(position), bytes, mode)
    }

    fun resized(size: Long) {
        pending += Resize(Math.toIntExact(size))
    }

    /** The changes so far. */
    fun mark(): Long = synced + pending.size

    /** Makes the first [mark] changes durable. */
    fun sync(mark: Long) {
        val count = (mark - synced).toInt()
        if (count <= 0) return // covered by one that was faster
        val covered = pending.subList(0, count)
        val file = durable.copyOf(covered.fold(durable.size, ::largest))
        covered.forEach { it.apply(file, 0, file.size) }
        durable = file.copyOf(covered.fold(durable.size) { size, change -> change.sizeAfter(size) })
        covered.clear()
        synced = mark
    }

    /** The file as a crash leaves it. */
    fun afterCrash(random: SplittableRandom): ByteArray {
        val file = durable.copyOf(pending.fold(durable.size, ::largest))
        val unit = UNITS[random.nextInt(UNITS.size)]
        val kept = chooser(random)
        for (from in file.indices step unit) {
            val to = minOf(file.size, from + unit)
            val least = 1 + pending.indexOfLast { it.mode == Mode.THROUGH && it.touches(from, to) }
            pending.take(kept(least)).forEach { it.apply(file, from, to) }
        }
        val least = 1 + pending.indexOfLast { it.mode == Mode.THROUGH }
        val size = pending.take(kept(least)).fold(durable.size) { now, each -> each.sizeAfter(now) }
        return file.copyOf(size)
    }

    /** Says of how many changes a unit is to be kept, at least so many as are given. */
    private fun chooser(random: SplittableRandom): (Int) -> Int =
        when (random.nextInt(8)) {
            0 -> { least ->
                least
            }
            1 -> { _ ->
                pending.size
            }
            else -> { least ->
                least + random.nextInt(pending.size - least + 1)
            }
        }

    private fun largest(size: Int, change: Change) = maxOf(size, change.sizeAfter(size))

    private companion object {
        /** Of the strangest device, of an old and of a new one, and of the page cache. */
        val UNITS = intArrayOf(16, 512, 4096, 16 * 1024)
    }
}
