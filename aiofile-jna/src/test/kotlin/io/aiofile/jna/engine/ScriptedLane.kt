package io.aiofile.jna.engine

import io.aiofile.jna.engine.ScriptedQueue.Entry
import io.aiofile.spi.LaneMetrics
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

/** A lane with a scripted kernel, and workers that only note what they are given. */
internal class ScriptedLane(slots: Int) {
    val queue = ScriptedQueue(slots)
    val metrics = LaneMetrics()
    val fallbacks = CopyOnWriteArrayList<TestOperation>()
    private val file = descriptor()

    /** What the workers do beside taking it. */
    @Volatile var onFallback: () -> Unit = {}

    val lane =
        KernelLane(queue, "aiofile-test-completion", metrics) {
            onFallback()
            fallbacks += it.operation() as TestOperation
        }

    /** Ends the completion thread, and waits for that. */
    fun die(death: ScriptedQueue.Answer = ScriptedQueue.Throws(OutOfMemoryError("for the test"))) {
        queue.answer(death)
        eventually("thread gone") { threadsNamed("aiofile-test-completion").isEmpty() }
    }

    fun KernelLane.submit(operation: TestOperation) = submit(Request(operation, file))

    /** As a kernel that is done before the system call returns. */
    fun answerAll(entries: List<Entry>) = queue.completeAll(entries.map { it to 1L })

    @JvmName("submitOperations")
    fun KernelLane.submitAll(operations: List<TestOperation>) =
        submitAll(operations.map { Request(it, file) })

    /** A submitter inside the system call, until it is let go. */
    inner class Held(private val thread: Thread, private val leave: CountDownLatch) {
        @Volatile var thrown: Throwable? = null

        fun release() {
            leave.countDown()
            thread.join()
        }

        fun throwing(thrown: Throwable) {
            this.thrown = thrown
            release()
        }
    }

    fun holdingTheSubmitter(lane: KernelLane): Held {
        val inside = CountDownLatch(1)
        val leave = CountDownLatch(1)
        var held: Held? = null
        queue.onSubmit = {
            inside.countDown()
            leave.awaitOrFail()
            held?.thrown?.let { throw it }
            it.size
        }
        val thread = thread { lane.submit(readOf(0)) }
        inside.awaitOrFail()
        return Held(thread, leave).also { held = it }
    }
}

/** @param logged what has to be said to the log, and nothing else: beginnings */
internal fun laneTest(
    slots: Int = 64,
    logged: List<String> = emptyList(),
    body: ScriptedLane.(KernelLane) -> Unit,
) {
    val said = Logs.during { runLaneTest(slots, body) }
    said.map { message -> logged.find { message.startsWith(it) } ?: message } shouldBe logged
}

/** What a lane that breaks down says of it. */
internal fun workersDo(inFlight: Int) =
    "workers do what scripted would have done; in flight, perhaps for good: $inFlight"

internal fun runLaneTest(slots: Int, body: ScriptedLane.(KernelLane) -> Unit) {
    val test = ScriptedLane(slots)
    test.lane.start()
    try {
        test.body(test.lane)
        // Whatever a test leaves in the kernel ends now, so that the close is a plain one.
        val left: List<Entry> = test.queue.inKernel.values.toList()
        if (left.isNotEmpty()) test.queue.completeAll(left.map { it to 0L })
        eventually("no slot held") { test.lane.inFlight() == 0 }
    } finally {
        test.lane.close()
    }
    test.queue.violations.shouldBeEmpty()
    test.queue.closes.get() shouldBe 1
    threadsNamed("aiofile-test-completion").shouldBeEmpty()
}
