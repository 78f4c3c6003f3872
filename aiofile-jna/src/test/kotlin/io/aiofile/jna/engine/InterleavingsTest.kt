package io.aiofile.jna.engine

import io.aiofile.contract.everyInterleaving
import io.aiofile.contract.must
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/** What the lanes share between threads, under the interleavings that Lincheck comes up with. */
class InterleavingsTest :
    FunSpec({
        everyInterleaving("a stall that is measured is not forgotten by one that ends meanwhile") {
            val guard = StallGuard(0)
            val longest = StallGuard.STALL_NANOS + 20
            val stalls =
                listOf(longest, longest - 10).map { nanos ->
                    thread { guard.measured(0, nanos) }
                }
            val quick = thread { guard.measured(0, 1) }
            (stalls + quick).forEach { it.join() }
            val end = longest + longest * StallGuard.PAUSE_FACTOR
            must(!guard.isOpen(end - 1))
            must(guard.isOpen(end))
        }

        everyInterleaving("a refusal that meets a success is told by the next one at the latest") {
            val device = NowaitSupport()
            var isForAll = false
            val works = thread { device.worked() }
            val fails = thread { isForAll = device.refused() }
            works.join()
            fails.join()
            // Else the file would be tried again and again.
            must(!isForAll || !device.isWorthTrying() || !device.refused())
        }

        everyInterleaving("a descriptor is given away once, and knows the largest size") {
            val file = descriptor(size = 0, fd = 7)
            val taken = AtomicInteger()
            val closers = List(2) { thread { if (file.release() == 7) taken.incrementAndGet() } }
            val writers =
                listOf(100L, 200L).map { size ->
                    thread { file.done(plain(Opcode.ALLOCATE, 0, size), 0) }
                }
            (closers + writers).forEach { it.join() }
            must(taken.get() == 1)
            must(file.fd() == -1)
            must(!file.growsWith(plain(Opcode.WRITE, 199, 1)))
            must(file.growsWith(plain(Opcode.WRITE, 200, 1)))
        }

        everyInterleaving(
            "the slot table under submissions, a cancel and events: each ends once, slots come back"
        ) {
            val queue = Kernel(slots = 1)
            val lane = KernelLane(queue, "not started", LaneMetrics()) { error("no worker") }
            val operations = List(2) { Watched() }
            val file = descriptor()
            val submitters = operations.map { thread { lane.submit(Request(it, file)) } }
            val canceller = thread { if (operations[0].cancel()) lane.forget(operations[0]) }
            val completion = thread { queue.deliver(lane) }
            (submitters + canceller + completion).forEach { it.join() }
            while (queue.deliver(lane)) {}
            must(operations.all { it.endings.get() == 1 })
            must(lane.inFlight() == 0)
            must(lane.strayEvents() == 0L)
        }
    })

private class Watched : Operation(Opcode.SYNC) {
    val endings = AtomicInteger()

    override fun advance(result: Long) = false

    override fun resubmit() = Unit

    override fun finished(failure: Throwable?) {
        endings.incrementAndGet()
    }

    override fun withdrawn() {
        endings.incrementAndGet()
    }
}

/** A kernel that takes all, and whose events come when somebody asks. */
private class Kernel(private val slots: Int) : KernelQueue {
    private val prepared = LongArray(slots)
    private val published = AtomicReference(emptyList<Long>())

    fun deliver(lane: KernelLane): Boolean {
        val tokens = published.getAndSet(emptyList())
        if (tokens.isEmpty()) return false
        val events = EventBatch(tokens.size)
        tokens.forEachIndexed { i, token -> events.tokens[i] = token }
        lane.deliver(events, tokens.size, arrayOfNulls(tokens.size))
        return true
    }

    override fun name() = "kernel"

    override fun capacity() = slots

    override fun prepareRead(s: Int, t: Long, fd: Int, a: Long, l: Int, p: Long): Unit = error("")

    override fun prepareWrite(s: Int, t: Long, fd: Int, a: Long, l: Int, p: Long): Unit = error("")

    override fun prepareSync(slot: Int, token: Long, fd: Int, dataOnly: Boolean) {
        prepared[slot] = token
    }

    override fun submit(slots: IntArray, from: Int, count: Int): Int {
        val tokens = List(count) { prepared[slots[from + it]] }
        published.updateAndGet { it + tokens }
        return count
    }

    override fun await(batch: EventBatch): Int = error("nobody waits")

    override fun wake() = Unit

    override fun close() = Unit
}
