package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.PATIENCE_SECONDS
import io.aiofile.contract.ended
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Stalled
import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.util.Collections
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executor
import java.util.concurrent.TimeUnit.SECONDS

/** Where an operation is when the close comes. */
private enum class Point {
    AT_THE_GATE,
    IN_A_LANE,
    IN_KERNEL,
    IN_THE_HOOK,
    BEFORE_THE_EXECUTOR,
    IN_A_CALLBACK,
    IN_A_CALLBACK_ON_THE_LANE,
}

/** Which thread closes, where that is not said by the point itself. */
private enum class Closer {
    CALLER,
    TWO_AT_ONCE,
    LANE,
}

private enum class Closed {
    FILE,
    CONTEXT,
    FILE_THEN_CONTEXT,
}

/** An operation, and what the fake is told to stall it. */
private enum class Work(val opcode: Opcode, val start: (AsyncFile) -> AioFuture<out Any?>) {
    READ_HEAP(Opcode.READ, { it.readAsync(ByteBuffer.allocate(100), 0) }),
    READ_DIRECT(Opcode.READ, { it.readAsync(ByteBuffer.allocateDirect(100), 0) }),
    READ_BYTES(Opcode.READ, { it.readBytesAsync(0, 100) }),
    WRITE(Opcode.WRITE, { it.writeBytesAsync(pattern(100, 5), 0) }),
    SYNC(Opcode.DATA_SYNC, { it.dataSyncAsync() }),
    TRUNCATE(Opcode.TRUNCATE, { it.truncateAsync(100) }),
}

/**
 * Close of file and context at every point of an operation's life, from every kind of thread, with
 * a fake that holds the operation there: what was accepted is done, then the file is closed, and no
 * thread waits for itself.
 */
class CloseAtEveryPointTest :
    FunSpec({
        for (point in Point.entries) {
            for (closed in Closed.entries) {
                test("$closed is closed while an operation is $point") {
                    for (work in Work.entries) {
                        when (point) {
                            Point.AT_THE_GATE,
                            Point.IN_A_LANE,
                            Point.IN_KERNEL ->
                                Closer.entries.forEach { Held(point, closed, work, it).run() }
                            else -> Ending(point, closed, work).run()
                        }
                    }
                }
            }
        }

        // It was nobody's: the end of the operation looked twice at whether it was asked to give
        // up.
        test(
            "what an operation of a pipe has brought is its caller's, if a close comes at its end"
        ) {
            val place = Place(AioOptions.defaults())
            val path = place.disk.fresh("pipe")
            place.disk.fifo(path).use {
                val file = place.context.openBinaryAsync(path, "rb").got().file()
                file.handle().enter() shouldBe true
                val brought = file.handle().startWaiting(Brings(file.handle()))
                brought.got() shouldBe "bytes"
                file.closeAsync().got()
            }
            place.context.close()
        }

        for (byHook in listOf(true, false)) {
            val who = if (byHook) "by its own hook, on the lane" else "by the caller"
            test("a context is closed while a file is opened, $who") {
                val place = Place(AioOptions.defaults())
                val stalled = place.faults.stallNext(Opcode.OPEN)
                val open = place.context.openFileAsync(place.path, "rb")
                val closing = CompletableFuture<AioFuture<*>>()
                if (byHook) open.onRelease { _, _ -> closing.complete(place.context.closeAsync()) }
                stalled.awaitArrival()
                if (!byHook) closing.complete(place.context.closeAsync())
                stalled.release()
                closing.got().got()
                if (byHook) open.got().isOpen shouldBe false
                else open.fails<ClosedChannelException>()
                place.context.metrics().openFiles() shouldBe 0
            }
        }
    })

/** Gives its result to its caller, and then its handle is closed. */
private class Brings(handle: FileHandle) : FileOperation<String>(Opcode.SIZE, handle) {
    override fun name() = "bring"

    override fun prepare(pooled: ByteBuffer?) = Unit

    override fun advance(result: Long) = false

    override fun settleAccounts(asked: Boolean) {
        promise().commit() shouldBe true
        handle.closeAsync()
    }

    override fun result() = "bytes"
}

/** A context on a fake, with a file that is read and written. */
private class Place(options: AioOptions, lanes: Int = 2) {
    val disk = MemoryDisk()
    val faults = FaultPlan()
    val context =
        LeakCheck.watch(FakeProvider.open(options, FakeSetup(disk.disk, faults, lanes = lanes)))
    val path = disk.put(disk.fresh("data"), pattern(1000))
    val file: AsyncFile = context.openFileAsync(path, "rb+").got()
    private val other = context.openFileAsync(path, "rb").got()

    /** A read that stays in the kernel, with what the lane's thread does at its end. */
    fun stalledRead(hook: () -> Unit): Stalled {
        val stalled = faults.stallNext(Opcode.READ)
        other.readBytesAsync(0, 1).onRelease { _, _ -> hook() }
        stalled.awaitArrival()
        return stalled
    }

    /** Runs something on a lane's thread, and waits until that is over. */
    fun onLane(action: () -> Unit) {
        val result = CompletableFuture<Boolean>()
        val stalled = faults.stallNext(Opcode.OPEN)
        val open = context.openFileAsync(path, "rb")
        open.onRelease { _, _ ->
            result.complete(runCatching(action).isSuccess && LaneThread.isCurrent())
        }
        stalled.awaitArrival()
        stalled.release()
        result.got() shouldBe true
        open.ended()
    }

    fun close(closed: Closed) {
        if (closed != Closed.CONTEXT) file.close()
        if (closed != Closed.FILE) context.close()
    }

    fun closeAsync(closed: Closed) {
        if (closed != Closed.CONTEXT) file.closeAsync()
        if (closed != Closed.FILE) context.closeAsync()
    }

    /** All is as after any other close. */
    fun checkClosed(closed: Closed, work: Work) {
        file.closeAsync().got()
        file.isOpen shouldBe false
        file.sizeAsync().fails<ClosedChannelException>()
        if (closed == Closed.FILE) {
            context.openFileAsync(path, "rb").got().use {
                it.readBytesAsync(0, 1).got().size shouldBe 1
            }
        }
        context.closeAsync().got()
        context.metrics().openFiles() shouldBe 0
        disk.unsyncedWrites(path) shouldBe 0
        if (work == Work.WRITE) disk.bytes(path).copyOf(100) shouldEqual pattern(100, 5)
    }
}

/** The operation is held at a point, and somebody else closes. */
private class Held(
    private val point: Point,
    private val closed: Closed,
    private val work: Work,
    private val closer: Closer,
) {
    private val order = Collections.synchronizedList(ArrayList<String>())
    private val laneIsFree = CountDownLatch(1)
    private val laneCloses = CountDownLatch(1)
    private val laneHasClosed = CompletableFuture<Unit>()
    private val place =
        Place(
            AioOptions.defaults().withMaxRequests(if (point == Point.AT_THE_GATE) 1 else 256),
            // So that one that is busy leaves none.
            lanes = if (point == Point.IN_A_LANE) 1 else 2,
        )

    fun run() {
        val release = hold()
        val operation =
            work.start(place.file).also { it.onRelease { _, _ -> order += "operation" } }
        if (point == Point.IN_KERNEL) (release as InKernel).stalled.awaitArrival()
        val closes = close()
        // Nothing is accepted from here on, and nothing that was is given up.
        place.file.closeAsync().onRelease { _, _ -> order += "close" }
        place.file.sizeAsync().fails<ClosedChannelException>()
        operation.isDone shouldBe false
        release.run()
        operation.got()
        closes.forEach { it.got() }
        place.checkClosed(closed, work)
        order.toList() shouldBe listOf("operation", "close")
    }

    private class InKernel(val stalled: Stalled) : Runnable {
        override fun run() = stalled.release()
    }

    private fun hold(): Runnable =
        when (point) {
            Point.IN_KERNEL -> InKernel(place.faults.stallNext(work.opcode))
            Point.AT_THE_GATE -> InKernel(place.stalledRead {})
            else -> {
                val entered = CountDownLatch(1)
                // A hook must not block; this one makes the lane's thread busy.
                place
                    .stalledRead {
                        entered.countDown()
                        if (closer == Closer.LANE) {
                            laneCloses.await(PATIENCE_SECONDS, SECONDS)
                            laneHasClosed.complete(place.close(closed))
                        }
                        laneIsFree.await(PATIENCE_SECONDS, SECONDS)
                    }
                    .release()
                entered.await(PATIENCE_SECONDS, SECONDS)
                Runnable { laneIsFree.countDown() }
            }
        }

    /** Closes, and answers when those are through who wait for it. */
    private fun close(): List<CompletableFuture<*>> =
        when (closer) {
            Closer.CALLER ->
                listOf(
                    CompletableFuture<Unit>().also {
                        place.closeAsync(closed)
                        it.complete(Unit)
                    }
                )
            Closer.TWO_AT_ONCE ->
                List(2) { CompletableFuture.runAsync { place.close(closed) } }
                    .also { place.closeAsync(closed) }
            Closer.LANE -> {
                if (point == Point.IN_A_LANE) {
                    laneCloses.countDown()
                    laneHasClosed.got()
                } else {
                    place.onLane { place.close(closed) }
                }
                listOf()
            }
        }
}

/** The operation's own end closes: its hook, its executor, its callback. */
private class Ending(
    private val point: Point,
    private val closed: Closed,
    private val work: Work,
) {
    private val hasClosed = CompletableFuture<Boolean>()
    private var place: Place? = null
    @Volatile private var isClosing = false

    /** Closes before it hands the completion on, on the thread that completes. */
    private val executor = Executor { task ->
        if (isClosing && point == Point.BEFORE_THE_EXECUTOR) close()
        task.run()
    }

    fun run() {
        val ownExecutor =
            point == Point.BEFORE_THE_EXECUTOR || point == Point.IN_A_CALLBACK_ON_THE_LANE
        val defaults = AioOptions.defaults()
        val place = Place(if (ownExecutor) defaults.withCompletionExecutor(executor) else defaults)
        this.place = place
        val stalled = place.faults.stallNext(work.opcode)
        val operation = work.start(place.file)
        stalled.awaitArrival()
        if (point == Point.IN_THE_HOOK) operation.onRelease { _, _ -> close() }
        val callback =
            if (point == Point.IN_A_CALLBACK || point == Point.IN_A_CALLBACK_ON_THE_LANE) {
                operation.thenRun { close() }
            } else {
                operation.thenRun {}
            }
        isClosing = true
        stalled.release()
        hasClosed.got() shouldBe (point != Point.IN_A_CALLBACK)
        operation.got()
        callback.got()
        place.checkClosed(closed, work)
    }

    private fun close() {
        isClosing = false
        place!!.close(closed)
        hasClosed.complete(LaneThread.isCurrent())
    }
}
