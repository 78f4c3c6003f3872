package io.aiofile

import io.aiofile.contract.everyInterleaving
import io.aiofile.spi.Alignment
import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.file.Path
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

        // ---- a future

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

        // ---- permits and memory

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

        // ---- handles

        everyInterleaving(
            "operations, a duplicate and two closes: one CLOSE, with nothing in flight"
        ) {
            val device = Device()
            val handle = device.handle()
            val user = thread {
                if (handle.enter()) {
                    device.inFlight.incrementAndGet()
                    device.inFlight.decrementAndGet()
                    handle.exit()
                }
            }
            var twin: FileHandle? = null
            val other = thread {
                try {
                    twin = handle.duplicate()
                } catch (_: ClosedChannelException) {
                    // Also right: the close came first.
                }
            }
            val closer = thread { handle.closeAsync() }
            listOf(user, other, closer).forEach { it.join() }
            must(!handle.enter())
            must(device.closes.get() == if (twin == null) 1 else 0)
            twin?.closeAsync()
            handle.closeAsync()
            must(device.closes.get() == 1)
            must(device.busyCloses.get() == 0)
        }

        everyInterleaving("a sync waits for the writes before it, and for no others, once") {
            val order = SyncOrder()
            val before = order.beginWrite()
            val open = AtomicInteger(1)
            val syncs = AtomicInteger()
            val early = AtomicInteger()
            val writer = thread {
                open.decrementAndGet()
                order.endWrite(before)
            }
            val later = thread { order.endWrite(order.beginWrite()) }
            val syncer = thread {
                order.afterWrites {
                    syncs.incrementAndGet()
                    early.addAndGet(open.get())
                }
            }
            listOf(writer, later, syncer).forEach { it.join() }
            must(syncs.get() == 1)
            must(early.get() == 0)
        }
    })

/** Not a matcher of Kotest's: Lincheck would look into that too, for many times the time. */
private fun must(holds: Boolean) {
    if (!holds) throw AssertionError("does not hold")
}

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

/** A file that is done with everything at once. */
private class Device : BackendFile {
    val inFlight = AtomicInteger()
    val closes = AtomicInteger()
    val busyCloses = AtomicInteger()

    fun handle() =
        FileHandle(engine, OpenFile(this), Path.of("file"), OpenMode.READ).also {
            engine.handleOpened(it)
        }

    override fun seekable() = true

    override fun alignment(): Alignment = Alignment.NONE

    override fun transferBytesMax() = 4096

    override fun readNow(target: ByteBuffer, index: Int, length: Int, position: Long) = -1

    override fun writeNow(source: ByteBuffer, index: Int, length: Int, position: Long) = -1

    override fun submit(operation: Operation) {
        if (!operation.enterKernel()) return
        if (operation.opcode() == Opcode.CLOSE) {
            closes.incrementAndGet()
            busyCloses.addAndGet(inFlight.get())
        }
        operation.complete(0)
    }

    override fun cancel(operation: Operation) {
        operation.cancel()
    }
}

// Made before the first test, as Lincheck would look into it; never closed, as it has no thread
// before it has work.
private val engine =
    ContextEngine(
        AioOptions.defaults().withBackend("java").withCompletionExecutor { it.run() },
        BackendSelector.ofInstalled(),
    )
