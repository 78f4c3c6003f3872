package io.aiofile

import io.aiofile.contract.everyInterleaving
import io.aiofile.contract.must
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import java.nio.ByteBuffer
import java.util.concurrent.Executor
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/**
 * What is lock-free, and what hands over between threads, under the interleavings that Lincheck
 * comes up with: each test says what has to hold when all threads are done.
 */
class InterleavingsTest :
    FunSpec({
        // ---- an operation's states

        everyInterleaving("taken back from the kernel, and cancelled: it ends once") {
            val operation = Watched()
            operation.enterKernel()
            val backend = thread {
                if (operation.requeue() && operation.enterKernel()) operation.complete(1)
            }
            val canceller = thread { operation.cancel() }
            backend.join()
            canceller.join()
            operation.mustBeOver()
        }

        everyInterleaving("cancelled twice while it is queued and submitted: it ends once") {
            val operation = Watched()
            val backend = thread { if (operation.enterKernel()) operation.complete(1) }
            val cancellers = List(2) { thread { operation.cancel() } }
            backend.join()
            cancellers.forEach { it.join() }
            operation.mustBeOver()
        }

        everyInterleaving("taken back in two steps, found by another submitter, and cancelled") {
            val operation = Watched()
            operation.enterKernel()
            val isQueued = java.util.concurrent.atomic.AtomicBoolean()
            val first = thread {
                operation.takeBack()
                isQueued.set(true)
                operation.withdrawIfAsked()
            }
            val canceller = thread { operation.cancel() }
            val second = thread {
                if (isQueued.get() && operation.enterKernel()) operation.complete(1)
            }
            first.join()
            canceller.join()
            second.join()
            // Nobody lost it: it is over, as a cancel was asked for before the last look.
            operation.mustBeOver()
        }

        everyInterleaving("several passes, and a cancel between them: it ends once") {
            val operation = Watched(passes = 2)
            operation.enterKernel()
            val backend = thread { operation.complete(1) }
            val canceller = thread { operation.cancel() }
            backend.join()
            canceller.join()
            // Either it was withdrawn between the passes, or it waits for its second one.
            if (operation.state() == Operation.State.QUEUED) {
                operation.enterKernel()
                operation.complete(1)
            }
            operation.mustBeOver()
        }

        // ---- an AioFuture

        everyInterleaving("settled, cancelled and watched: one outcome, each hook once") {
            val promise = Promise<String>(here)
            val hooks = AtomicInteger()
            var taken = false
            val backend = thread { taken = promise.settle("value", null) }
            val caller = thread { promise.cancel(false) }
            val bridge = thread { promise.onRelease { _, _ -> hooks.incrementAndGet() } }
            backend.join()
            caller.join()
            bridge.join()
            must(promise.isDone)
            must(promise.isCancelled != taken)
            must(hooks.get() == 1)
        }

        everyInterleaving("two reasons at once: the first wins, the operation is asked once") {
            val asked = AtomicInteger()
            val promise = Promise<String>(here, Promise.Request { asked.incrementAndGet() })
            val reasons = List(2) { IllegalStateException("$it") }
            val callers = reasons.map { thread { promise.completeExceptionally(it) } }
            callers.forEach { it.join() }
            must(asked.get() == 1)
            must(!promise.isDone)
            must(!promise.settle("value", null))
            must(promise.isCompletedExceptionally)
        }

        everyInterleaving("a request that settles when it is given up, against its own end") {
            lateinit var promise: Promise<String>
            val settled = AtomicInteger()
            fun settleOnce(value: String?) {
                if (settled.getAndIncrement() == 0) promise.settle(value, null)
            }
            promise = Promise(here, Promise.Request { settleOnce(null) })
            val backend = thread { settleOnce("value") }
            val caller = thread { promise.cancel(false) }
            backend.join()
            caller.join()
            must(promise.isDone)
        }

        everyInterleaving("the decision between an effect and a cancel is made once") {
            val promise = Promise<String>(here)
            var counts = false
            val backend = thread {
                counts = promise.commit()
                promise.settle("value", null)
            }
            val caller = thread { promise.cancel(false) }
            backend.join()
            caller.join()
            must(promise.isCancelled != counts)
        }

        // ---- calls in a row

        everyInterleaving(
            "a chain that is cancelled while it goes on ends, and cancels what runs"
        ) {
            val first = Promise<Int>(here)
            val second = Promise<Int>(here)
            val chain = Chain.then(first) { second }
            val backend = thread { first.settle(1, null) }
            val caller = thread { chain.cancel(false) }
            backend.join()
            caller.join()
            must(second.isAsked || first.isAsked || chain.isCancelled)
            // What was cancelled settles, as the kernel lets go.
            second.settle(2, null)
            must(chain.isDone)
        }

        everyInterleaving("calls in a queue: each one runs, in turn, whoever comes when") {
            val gate = RequestGate(1, 1, BufferPool(64 shl 10) { ByteBuffer.allocate(it) })
            val queue = CallQueue(here, gate)
            val running = AtomicInteger()
            val most = AtomicInteger()
            val inner = List(2) { Promise<Int>(here) }
            val calls = arrayOfNulls<AioFuture<Int>>(2)
            val callers = inner.mapIndexed { i, promise ->
                thread {
                    calls[i] = queue.call {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max)
                        promise.onRelease { _, _ -> running.decrementAndGet() }
                        promise
                    }
                }
            }
            val ends = inner.map { thread { it.settle(1, null) } }
            (callers + ends).forEach { it.join() }
            calls.forEach { must(it!!.isDone) }
            must(most.get() == 1)
            must(gate.queued() == 0)
        }

        everyInterleaving("a call that waits, is given up, and has its turn: it counts once") {
            val gate = RequestGate(1, 1, BufferPool(64 shl 10) { ByteBuffer.allocate(it) })
            val queue = CallQueue(here, gate)
            val inner = Promise<Int>(here)
            val first = queue.call { inner }
            val second = queue.call { AioFuture.done(here, 2) }
            val backend = thread { inner.settle(1, null) }
            val canceller = thread { second.cancel(false) }
            backend.join()
            canceller.join()
            must(first.isDone && second.isDone)
            must(gate.queued() == 0)
        }

        everyInterleaving("a loop goes on after each step, once, whoever is the last to come") {
            val loop = TwoSteps()
            lateinit var whole: AioFuture<Int>
            val caller = thread { whole = loop.start() }
            val ends = loop.steps.map { thread { it.settle(1, null) } }
            (ends + caller).forEach { it.join() }
            must(whole.isDone && whole.join() == 2)
            must(loop.most.get() == 1)
        }

        everyInterleaving("a loop that is given up between steps: it ends, and no step is left") {
            val loop = TwoSteps()
            val whole = loop.start()
            val backend = thread { loop.steps[0].settle(1, null) }
            val caller = thread { whole.cancel(false) }
            backend.join()
            caller.join()
            // What was begun is asked to end, or was over before.
            must(loop.begun.get() == 1 || loop.steps[1].isAsked)
            if (loop.begun.get() == 2) loop.steps[1].settle(1, null)
            must(whole.isCancelled)
            must(loop.abandoned.get() == 1)
        }

        // ---- the gate: permits and memory

        everyInterleaving("one permit for three: each is let through once, and all comes back") {
            val pool = BufferPool(64 shl 10) { ByteBuffer.allocate(it) }
            val gate = RequestGate(1, 10, pool)
            val entries = List(2) { Passing(gate, 4096) }
            val given = Passing(gate, 32 shl 10)
            val threads =
                entries.map { thread { if (gate.pass(it, false)) it.submit() } } +
                    thread {
                        if (gate.pass(given, false)) given.submit()
                        if (given.cancel()) gate.leave(given)
                    }
            threads.forEach { it.join() }
            entries.forEach { must(it.admissions.get() == 1) }
            must(given.admissions.get() <= 1)
            must(gate.inFlight() == 0)
            must(gate.queued() == 0)
            must(pool.usedBytes() == 0L)
        }
    })

private val here = CompletionExecutor(Executor { it.run() })

/** An operation that counts its endings. */
private class Watched(private var passes: Int = 1) : Operation(Opcode.SIZE) {
    private val endings = AtomicInteger()

    override fun advance(result: Long) = --passes > 0

    override fun resubmit() = Unit

    override fun finished(failure: Throwable?) {
        endings.incrementAndGet()
    }

    override fun withdrawn() {
        endings.incrementAndGet()
    }

    fun mustBeOver() {
        must(state() == State.DONE)
        must(endings.get() == 1)
    }
}

/** What a gate lets through, and what is over at once then. */
private class Passing(private val gate: RequestGate, private val bytes: Long) :
    RequestGate.Entry(Opcode.READ) {
    val admissions = AtomicInteger()

    override fun stageBytes() = bytes

    override fun admitted(pooled: ByteBuffer?): Boolean {
        admissions.incrementAndGet()
        check(pooled != null) { "no memory" }
        return true
    }

    public override fun submit() {
        if (enterKernel()) complete(1)
        gate.leave(this)
    }

    override fun advance(result: Long) = false

    override fun resubmit() = Unit

    override fun finished(failure: Throwable?) = Unit

    override fun withdrawn() = Unit
}

/** A loop of two steps, which end when the test says so. */
private class TwoSteps : AsyncLoop<Int, Int>(here, Long.MAX_VALUE) {
    val steps = List(2) { Promise<Int>(here) }
    val begun = AtomicInteger()
    val abandoned = AtomicInteger()
    private val running = AtomicInteger()
    val most = AtomicInteger()
    private var taken = 0

    override fun step(): AioFuture<Int> = steps[begun.getAndIncrement()]

    override fun take(value: Int): Boolean {
        most.accumulateAndGet(running.incrementAndGet(), Math::max)
        taken += value
        running.decrementAndGet()
        return taken < 2
    }

    override fun cost(value: Int) = 0L

    override fun result() = taken

    override fun abandoned() {
        abandoned.incrementAndGet()
    }
}
