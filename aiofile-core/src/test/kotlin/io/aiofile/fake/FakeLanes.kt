package io.aiofile.fake

import io.aiofile.spi.LaneThread
import io.aiofile.spi.Operation
import java.util.SplittableRandom
import java.util.concurrent.locks.LockSupport
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/** Lane threads that take steps in an order that only the seed knows. */
internal class FakeLanes(name: String, threads: Int, seed: Long) {
    private val lock = ReentrantLock()
    private val arrived = lock.newCondition()
    private val steps = ArrayList<() -> Unit>()
    private val random = SplittableRandom(seed)
    private var closed = false
    private val lanes = List(threads) { LaneThread("$name-fake-${it + 1}", ::run) }

    fun start() = lanes.forEach { it.start() }

    fun add(step: () -> Unit) = lock.withLock {
        check(!closed) { "the fake's lanes are closed" }
        steps += step
        arrived.signal()
    }

    /**
     * The first step of an operation. One that was withdrawn on its way here may come when all is
     * closed, and is dropped.
     */
    fun begin(operation: Operation, step: () -> Unit) {
        val late = lock.withLock { closed.also { if (!it) add(step) } }
        if (late) {
            SpiRules.require(!isLive(operation)) { "submitted to a closed backend: $operation" }
        }
    }

    fun chance(oneIn: Int): Boolean = lock.withLock { random.nextInt(oneIn) == 0 }

    fun number(bound: Int): Int = lock.withLock { random.nextInt(bound) }

    /** Ends the threads, once they have looked at operations that were withdrawn meanwhile. */
    fun close() {
        lock.withLock {
            closed = true
            arrived.signalAll()
        }
        lanes.forEach { it.join() }
    }

    private fun run() {
        while (true) {
            val step = take() ?: return
            try {
                step()
            } catch (thrown: Throwable) {
                SpiRules.note("an operation threw at its backend: ${thrown.stackTraceToString()}")
            }
        }
    }

    private fun take(): (() -> Unit)? = lock.withLock {
        while (steps.isEmpty()) {
            if (closed) return null
            arrived.awaitUninterruptibly()
        }
        val chosen = random.nextInt(steps.size)
        val last = steps.removeLast()
        // The order within the list means nothing, so the gap is filled with the last one.
        if (chosen == steps.size) last else steps.set(chosen, last)
    }
}

/** What a slow device costs, on the thread that asks it. */
internal fun pause(nanos: Long) {
    if (nanos > 0) LockSupport.parkNanos(nanos)
}
