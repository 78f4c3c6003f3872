package io.aiofile.jna.engine

import io.aiofile.jna.sys.LibC
import java.util.SplittableRandom
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * A kernel queue without a kernel: plain system calls, made by the thread that waits for events, in
 * an order that only the seed knows. So memory is touched as late as can be, and machines without
 * Linux AIO have something to test the lane with.
 */
class SyntheticQueue(private val libc: LibC, private val slots: Int, seed: Long = 0) : KernelQueue {
    private val lock = ReentrantLock()
    private val arrived = lock.newCondition()
    private val random = SplittableRandom(seed)
    private val prepared = arrayOfNulls<Entry>(slots)

    // Guarded by the lock.
    private val published = ArrayList<Entry>()
    private var woken = false
    private var closed = false

    private class Entry(val token: Long, val call: () -> Long)

    override fun name() = "synthetic"

    override fun capacity() = slots

    override fun prepareRead(
        slot: Int,
        token: Long,
        fd: Int,
        address: Long,
        length: Int,
        position: Long,
    ) {
        prepared[slot] = Entry(token) { libc.pread(fd, address, length.toLong(), position) }
    }

    override fun prepareWrite(
        slot: Int,
        token: Long,
        fd: Int,
        address: Long,
        length: Int,
        position: Long,
    ) {
        prepared[slot] = Entry(token) { libc.pwrite(fd, address, length.toLong(), position) }
    }

    override fun prepareSync(slot: Int, token: Long, fd: Int, dataOnly: Boolean) {
        prepared[slot] =
            Entry(token) { (if (dataOnly) libc.fdatasync(fd) else libc.fsync(fd)).toLong() }
    }

    override fun submit(slots: IntArray, from: Int, count: Int): Int = lock.withLock {
        for (i in from until from + count) {
            published += checkNotNull(prepared[slots[i]]) { "slot ${slots[i]} was not prepared" }
            prepared[slots[i]] = null
        }
        arrived.signal()
        count
    }

    override fun await(batch: EventBatch): Int {
        val now = lock.withLock {
            while (published.isEmpty() && !woken) arrived.awaitUninterruptibly()
            woken = false
            List(minOf(published.size, batch.capacity())) {
                published.removeAt(random.nextInt(published.size))
            }
        }
        now.forEachIndexed { i, entry ->
            batch.tokens[i] = entry.token
            batch.results[i] = entry.call()
        }
        return now.size
    }

    override fun wake() = lock.withLock {
        if (!closed) woken = true
        arrived.signal()
    }

    override fun close() = lock.withLock {
        check(published.isEmpty()) { "closed with operations in the kernel" }
        closed = true
    }
}
