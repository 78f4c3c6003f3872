package io.aiofile.fake

import io.aiofile.contract.PATIENCE_SECONDS
import java.nio.ByteBuffer
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * A FIFO in memory: bytes in order, a bounded queue, and the rules of pipe(7) on what a read or
 * write does when the other end is silent or gone.
 *
 * Nothing here waits, apart from [put] and [take], which are a test's own end.
 */
class FifoQueue {
    private val lock = ReentrantLock()
    private val changed = lock.newCondition()
    private val bytes = ArrayDeque<Byte>()
    private var readers = 0
    private var writers = 0
    private var writersSeen = 0L
    private var version = 0L
    private val wakers = ArrayList<() -> Unit>()

    /** One opened end; [writersBefore] tells "no writer yet" from "every writer left". */
    internal class End(val reads: Boolean, val writes: Boolean, val writersBefore: Long)

    internal fun attach(reads: Boolean, writes: Boolean): End = change {
        val end = End(reads, writes, writersSeen - writers)
        if (reads) readers++
        if (writes) {
            writers++
            writersSeen++
        }
        end
    }

    internal fun detach(end: End) = change {
        if (end.reads) readers--
        if (end.writes) writers--
    }

    internal fun hasReader() = lock.withLock { readers > 0 }

    /** Counts changes: taken before an attempt, handed to [onChange] if it would have waited. */
    internal fun version() = lock.withLock { version }

    /** Calls [waker] once, when the queue has changed since [seen]; at once if it has already. */
    internal fun onChange(seen: Long, waker: () -> Unit) {
        val late = lock.withLock { (version != seen).also { if (!it) wakers += waker } }
        if (late) waker()
    }

    /** The bytes read; 0 when every writer has left, -1 when a read would wait. */
    internal fun read(end: End, target: ByteBuffer, index: Int, length: Int): Int = change {
        if (bytes.isEmpty()) {
            return@change if (writers == 0 && writersSeen > end.writersBefore) 0 else -1
        }
        val count = minOf(length, bytes.size)
        repeat(count) { target.put(index + it, bytes.removeFirst()) }
        count
    }

    /** The bytes written, or -1 when a write would wait. Without a reader, it fails with EPIPE. */
    internal fun write(source: ByteBuffer, index: Int, length: Int): Int = change {
        if (readers == 0) throw Failures.EPIPE.exception()
        val count = minOf(length, CAPACITY - bytes.size)
        repeat(count) { bytes += source.get(index + it) }
        if (count == 0) -1 else count
    }

    /** A test's end of the FIFO, for both directions, until it is closed. */
    fun open(): AutoCloseable =
        attach(reads = true, writes = true).let { AutoCloseable { detach(it) } }

    /** A test's end: writes all of [data]. */
    fun put(data: ByteArray) {
        var done = 0
        while (done < data.size) {
            val count = change {
                val room = minOf(data.size - done, CAPACITY - bytes.size)
                repeat(room) { bytes += data[done + it] }
                room
            }
            done += count
            if (count == 0) awaitChange { bytes.size < CAPACITY }
        }
    }

    /** A test's end: reads exactly [count] bytes. */
    fun take(count: Int): ByteArray {
        val taken = ByteArray(count)
        var done = 0
        while (done < count) {
            awaitChange { bytes.isNotEmpty() }
            done += change {
                val some = minOf(count - done, bytes.size)
                repeat(some) { taken[done + it] = bytes.removeFirst() }
                some
            }
        }
        return taken
    }

    private fun awaitChange(condition: () -> Boolean) = lock.withLock {
        var nanos = SECONDS.toNanos(PATIENCE_SECONDS)
        while (!condition()) {
            check(nanos > 0) { "the other end of the FIFO did nothing for 30 s" }
            nanos = changed.awaitNanos(nanos)
        }
    }

    // The wakers run outside the lock: they hand operations back to lanes, which have their own.
    private fun <T> change(action: () -> T): T {
        var woken = emptyList<() -> Unit>()
        val result = lock.withLock {
            val before = listOf(bytes.size, readers, writers)
            val result = action()
            if (before != listOf(bytes.size, readers, writers)) {
                version++
                changed.signalAll()
                woken = wakers.toList()
                wakers.clear()
            }
            result
        }
        woken.forEach { it() }
        return result
    }

    private companion object {
        const val CAPACITY = 64 * 1024 // as Linux: pipe(7), "Pipe capacity"
    }
}
