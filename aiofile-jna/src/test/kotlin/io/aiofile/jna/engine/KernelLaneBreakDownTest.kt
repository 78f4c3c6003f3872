package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.spi.Operation.State
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.lang.ref.WeakReference
import java.nio.ByteBuffer

/**
 * A system call that throws, and a completion thread that dies: what is lost by it, and what is
 * not.
 */
class KernelLaneBreakDownTest :
    FunSpec({
        test("a submission that throws after publishing: the operation ends with its event only") {
            laneTest(logged = listOf("submitting failed: ${workersDo(inFlight = 1)}")) { lane ->
                val read = readOf()
                queue.onSubmit = { throw IllegalStateException("after publishing") }
                lane.submit(read)
                read.state() shouldBe State.IN_KERNEL
                read.isOver shouldBe false
                // Nobody knows yet that the kernel has it.
                read.strandings.get() shouldBe 1
                val later = readOf()
                lane.submit(later)
                fallbacks shouldBe listOf(later)
                later.state() shouldBe State.QUEUED
                queue.complete(queue.inKernel.values.single(), 512)
                read.await() shouldBe 512
                read.endings.get() shouldBe 1
                queue.submissions shouldHaveSize 1
            }
        }

        test("a submission that throws leaves to the workers what waits in line") {
            laneTest(logged = listOf("submitting failed: ${workersDo(inFlight = 1)}")) { lane ->
                val blocked = holdingTheSubmitter(lane)
                val queued = List(3) { readOf() }
                lane.submitAll(queued)
                blocked.throwing(AssertionError("broken"))
                fallbacks shouldBe queued
                queued.map { it.state() } shouldBe List(3) { State.QUEUED }
                metrics.kernelFallbacks.sum() shouldBe 3
                queue.completeAll(queue.inKernel.values.map { it to 1L })
            }
        }

        test("a break-down that the log has no memory for still tells the owners") {
            Logs.during(failing = true) {
                runLaneTest(slots = 4) { lane ->
                    queue.onSubmit = { error("for the test") }
                    val reads = (0L until 6).map { readOf(it) }
                    lane.submitAll(reads)
                    reads.map { it.strandings.get() } shouldBe listOf(1, 1, 1, 1, 0, 0)
                    fallbacks shouldBe reads.drop(4)
                }
            }
        }

        test("of a batch of which the kernel took some before a call threw, only those may end") {
            laneTest(logged = listOf("submitting failed: ${workersDo(inFlight = 4)}")) { lane ->
                val reads = (0L until 4).map { readOf(it) }
                queue.onSubmit = { if (it.size == 4) 2 else throw IllegalStateException("thrown") }
                lane.submitAll(reads)
                reads.map { it.state() } shouldBe List(4) { State.IN_KERNEL }
                reads.map { it.strandings.get() } shouldBe listOf(0, 0, 1, 1)
                fallbacks.shouldBeEmpty()
                queue.completeAll(queue.inKernel.values.map { it to it.position })
                reads.map { it.await() } shouldBe listOf(0L, 1L, 2L, 3L)
            }
        }

        for (death in
            listOf(
                ScriptedQueue.Throws(OutOfMemoryError("for the test")),
                ScriptedQueue.Errno(Errno.EINVAL),
            )) {
            test("the completion thread dies ($death): what it leaves stays, workers do the rest") {
                deadLaneTest(slots = 1, inFlight = 1) { lane ->
                    val inKernel = readOf(0)
                    val queued = readOf(1)
                    lane.submit(inKernel)
                    lane.submit(queued)
                    die(death)
                    val later = readOf(2)
                    lane.submit(later)
                    val together = (3L..5L).map { readOf(it) }
                    lane.submitAll(together)
                    fallbacks shouldBe listOf(queued, later) + together
                    fallbacks.map { it.state() } shouldBe List(5) { State.QUEUED }
                    inKernel.cancel() shouldBe false
                    listOf(inKernel)
                }
            }
        }

        test("the completion thread dies idle: workers do the rest, and close frees the queue") {
            val test = ScriptedLane(4)
            val said = Logs.during {
                test.lane.start()
                test.die()
                val read = readOf()
                test.run { lane.submit(read) }
                test.fallbacks shouldBe listOf(read)
                test.lane.close()
            }
            said shouldBe listOf("the completion thread died: ${workersDo(inFlight = 0)}")
            test.queue.closes.get() shouldBe 1
        }

        test("the completion thread dies before the system call: it is not made") {
            deadLaneTest(inFlight = 0) { lane ->
                queue.onPrepare = { if (it.position == 1L) die() }
                val reads = (0L until 3).map { readOf(it) }
                lane.submitAll(reads)
                queue.submissions.shouldBeEmpty()
                fallbacks shouldBe reads
                emptyList()
            }
        }

        for ((answer, taken) in
            listOf(3 to 3, 1 to 1, -Errno.EAGAIN to 0, -Errno.EBADF to 0, -Errno.EINTR to 0)) {
            test("the completion thread dies during a system call that answers $answer") {
                deadLaneTest(inFlight = 3) { lane ->
                    queue.onSubmit = {
                        die()
                        answer
                    }
                    val reads = (0L until 3).map { readOf(it) }
                    lane.submitAll(reads)
                    // What the kernel has by then is its own for good, and nothing is asked again.
                    queue.submissions shouldHaveSize 1
                    fallbacks shouldBe reads.drop(taken)
                    lane.inFlight() shouldBe taken
                    reads.take(taken)
                }
            }
        }

        test("an event that comes before its system call returns, and the completion thread dies") {
            deadLaneTest(inFlight = 2) { lane ->
                val reads = (0L until 3).map { readOf(it) }
                queue.onSubmit = {
                    queue.complete(it[1], 7)
                    reads[1].await() shouldBe 7
                    die()
                    it.size
                }
                lane.submitAll(reads)
                reads[1].strandings.get() shouldBe 0
                listOf(reads[0], reads[2])
            }
        }

        test("an event that comes before its system call throws") {
            laneTest(logged = listOf("submitting failed: ${workersDo(inFlight = 2)}")) { lane ->
                val reads = (0L until 3).map { readOf(it) }
                queue.onSubmit = {
                    queue.complete(it[1], 7)
                    reads[1].await() shouldBe 7
                    error("for the test")
                }
                lane.submitAll(reads)
                reads.map { it.strandings.get() } shouldBe listOf(1, 0, 1)
                lane.inFlight() shouldBe 2
            }
        }

        test("the completion thread dies during a system call that throws") {
            val submitting = "submitting failed: ${workersDo(inFlight = 2)}"
            deadLaneTest(inFlight = 2, thenLogged = listOf(submitting)) { lane ->
                queue.onSubmit = {
                    die()
                    error("after publishing")
                }
                val reads = (0L until 2).map { readOf(it) }
                lane.submitAll(reads)
                fallbacks.shouldBeEmpty()
                reads
            }
        }

        test("memory that a dead lane left to the kernel is kept, though nobody else has it") {
            val (stranded, control) = strandedAndDropped()
            eventually("others are collected") {
                System.gc()
                control.get() == null
            }
            stranded.get() shouldNotBe null
        }
    })

/**
 * A lane whose completion thread dies.
 *
 * @param inFlight what the log says at that
 * @param body answers the operations that stay in the kernel
 */
private fun deadLaneTest(
    slots: Int = 64,
    inFlight: Int,
    thenLogged: List<String> = emptyList(),
    body: ScriptedLane.(KernelLane) -> List<TestOperation>,
) {
    val test = ScriptedLane(slots)
    var stranded = emptyList<TestOperation>()
    val said = Logs.during {
        test.lane.start()
        stranded = test.body(test.lane)
        test.lane.inFlight() shouldBe stranded.size
        test.lane.close()
    }
    stranded.map { it.state() to it.isOver } shouldBe stranded.map { State.IN_KERNEL to false }
    stranded.map { it.strandings.get() > 0 } shouldBe stranded.map { true }
    test.fallbacks.map { it.strandings.get() } shouldBe test.fallbacks.map { 0 }
    val closed = "scripted was closed in use; its memory is left as it is; in flight: "
    said.shouldBe(
        listOf("the completion thread died: ${workersDo(inFlight)}") +
            thenLogged +
            if (stranded.isEmpty()) emptyList() else listOf(closed + stranded.size)
    )
    // Memory that the kernel may write to is not freed.
    test.queue.closes.get() shouldBe if (stranded.isEmpty()) 1 else 0
    test.queue.violations.shouldBeEmpty()
}

/** The buffer of an operation that stays in the kernel, and another one; nothing else has them. */
private fun strandedAndDropped(): Pair<WeakReference<ByteBuffer>, WeakReference<ByteBuffer>> {
    val test = ScriptedLane(1)
    val read = readOf()
    Logs.during {
        test.lane.start()
        test.run { lane.submit(read) }
        test.die()
    }
    return WeakReference(read.buffer()) to WeakReference(readOf().buffer())
}
