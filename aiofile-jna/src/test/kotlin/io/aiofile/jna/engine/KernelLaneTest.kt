package io.aiofile.jna.engine

import io.aiofile.jna.engine.ScriptedQueue.Entry
import io.aiofile.jna.engine.ScriptedQueue.Events
import io.aiofile.jna.sys.Errno
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation.State
import io.aiofile.spi.SystemCallException
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.lang.ref.WeakReference
import java.nio.ByteBuffer
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.RejectedExecutionException
import kotlin.concurrent.thread

class KernelLaneTest :
    FunSpec({
        test("an operation goes in by a slot and ends with its event, on the completion thread") {
            laneTest { lane ->
                val read = readOf(position = 4096)
                lane.submit(read)
                queue.awaitTaken(1)
                read.state() shouldBe State.IN_KERNEL
                queue.inKernel.values.single().position shouldBe 4096
                queue.complete(queue.inKernel.values.single(), 512)
                read.await() shouldBe 512
                read.endedBy.shouldBeInstanceOf<LaneThread>()
                read.endedBy!!.name shouldBe "aiofile-test-completion"
                metrics.kernelOperations.sum() shouldBe 1
                metrics.kernelSubmissions.sum() shouldBe 1
            }
        }

        test("syncs keep their kind") {
            laneTest { lane ->
                val operations = listOf(plain(Opcode.SYNC), plain(Opcode.DATA_SYNC))
                operations.forEach { lane.submit(it) }
                queue.submissions.flatten().map { it.what } shouldContainExactly
                    listOf("sync", "dataSync")
                queue.inKernel.values.toList().forEach { queue.complete(it, 0) }
                operations.map { it.await() } shouldBe listOf(0L, 0L)
            }
        }

        test("operations that pile up behind a system call go out in one") {
            laneTest { lane ->
                val inside = CountDownLatch(1)
                val leave = CountDownLatch(1)
                queue.onSubmit = {
                    inside.countDown()
                    leave.awaitOrFail()
                    it.size
                }
                val first = thread { lane.submit(readOf(0)) }
                inside.awaitOrFail()
                val later = (1L..5L).map { readOf(it) }
                // None of these waits for the system call.
                later.forEach { lane.submit(it) }
                leave.countDown()
                first.join()
                queue.submissions.map { call -> call.map { it.position } } shouldBe
                    listOf(listOf(0L), listOf(1L, 2L, 3L, 4L, 5L))
                queue.completeAll(queue.inKernel.values.map { it to 512L })
                later.forEach { it.await() shouldBe 512 }
            }
        }

        for (count in listOf(1, Submitter.BATCH_MAX, 70, 300)) {
            test("$count operations handed over together go out in as few calls as they fit in") {
                laneTest(slots = 512) { lane ->
                    val reads = (0L until count).map { readOf(it) }
                    lane.submitAll(reads)
                    queue.awaitTaken(count)
                    queue.submissions.flatten().map { it.position } shouldBe
                        (0L until count).toList()
                    val most = Submitter.BATCH_MAX
                    queue.submissions.size shouldBe (count + most - 1) / most
                    metrics.kernelOperations.sum() shouldBe count
                    metrics.kernelSubmissions.sum() shouldBe queue.submissions.size
                    queue.completeAll(queue.inKernel.values.map { it to it.position })
                    reads.map { it.await() } shouldBe (0L until count).toList()
                }
            }
        }

        test("operations handed over together wait for slots, and skip those withdrawn") {
            laneTest(slots = 4) { lane ->
                val reads = (0L until 10).map { readOf(it) }
                reads[1].cancel() shouldBe true
                lane.submitAll(reads)
                queue.submissions.map { call -> call.map { it.position } } shouldBe
                    listOf(listOf(0L, 2L, 3L, 4L))
                queue.awaitTaken(4)
                while (reads.any { !it.isOver }) {
                    queue.completeAll(queue.inKernel.values.map { it to it.position })
                    eventually("more of them") {
                        queue.inKernel.isNotEmpty() || reads.all { it.isOver }
                    }
                }
                queue.submissions.flatten().map { it.position } shouldBe
                    listOf(0L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L)
            }
        }

        test("operations handed over together while somebody submits go out behind") {
            laneTest { lane ->
                val blocked = holdingTheSubmitter(lane)
                val reads = (1L..5L).map { readOf(it) }
                lane.submitAll(reads)
                queue.submissions shouldHaveSize 1
                blocked.release()
                queue.awaitTaken(6)
                queue.submissions.map { it.size } shouldBe listOf(1, 5)
                queue.completeAll(queue.inKernel.values.map { it to 1L })
                reads.map { it.await() } shouldBe List(5) { 1L }
            }
        }

        test("operations handed over together to a lane that is closed all fail") {
            val lane = KernelLane(ScriptedQueue(4), "aiofile-test-completion", LaneMetrics()) {}
            lane.start()
            lane.close()
            val reads = (0L until 3).map { readOf(it) }
            lane.submitAll(reads.map { Request(it, descriptor()) })
            reads.forEach { it.awaitFailure().message shouldContain "closed" }
        }

        test("a kernel that takes one at a time gets each of them once") {
            laneTest { lane ->
                val blocked = holdingTheSubmitter(lane)
                val reads = (1L..6L).map { readOf(it) }
                reads.forEach { lane.submit(it) }
                queue.onSubmit = { 1 }
                blocked.release()
                queue.awaitTaken(7)
                queue.submissions.drop(1).map { it.size } shouldBe listOf(6, 5, 4, 3, 2, 1)
                queue.completeAll(queue.inKernel.values.map { it to it.position })
                reads.map { it.await() } shouldBe (1L..6L).toList()
            }
        }

        test("an errno is the first one's: a worker does that one, and the rest goes on") {
            laneTest { lane ->
                val blocked = holdingTheSubmitter(lane)
                val reads = (1L..3L).map { readOf(it) }
                reads.forEach { lane.submit(it) }
                queue.onSubmit = { if (it.first().position == 2L) -Errno.EBADF else 1 }
                blocked.release()
                queue.awaitTaken(3)
                fallbacks shouldBe listOf(reads[1])
                reads[1].state() shouldBe State.QUEUED
                metrics.kernelFallbacks.sum() shouldBe 1
                queue.completeAll(queue.inKernel.values.map { it to it.position })
                reads[0].await() shouldBe 1
                reads[2].await() shouldBe 3
            }
        }

        test("EINTR of a submission is tried again") {
            laneTest { lane ->
                queue.onSubmit = { if (queue.submissions.size < 3) -Errno.EINTR else it.size }
                val read = readOf()
                lane.submit(read)
                queue.submissions shouldHaveSize 3
                queue.completeAll(queue.inKernel.values.map { it to 1L })
                read.await() shouldBe 1
            }
        }

        test("EAGAIN with something in flight: waits for an event, without spinning") {
            laneTest { lane ->
                val first = readOf(0)
                lane.submit(first)
                queue.onSubmit = { -Errno.EAGAIN }
                val second = readOf(1)
                val third = readOf(2)
                lane.submit(second)
                lane.submit(third)
                second.state() shouldBe State.QUEUED
                // One try for each that was added, no more.
                queue.submissions shouldHaveSize 3
                queue.onSubmit = { it.size }
                queue.complete(queue.inKernel.values.single(), 512)
                first.await() shouldBe 512
                queue.awaitTaken(3)
                // In their order, in one call.
                queue.submissions.last().map { it.position } shouldBe listOf(1L, 2L)
                queue.completeAll(queue.inKernel.values.map { it to 512L })
                second.await() shouldBe 512
                third.await() shouldBe 512
            }
        }

        test("EAGAIN with nothing in flight: no event would ever come, so a worker does it") {
            laneTest { lane ->
                queue.onSubmit = { -Errno.EAGAIN }
                val read = readOf()
                lane.submit(read)
                fallbacks shouldBe listOf(read)
                read.state() shouldBe State.QUEUED
                lane.inFlight() shouldBe 0
                metrics.kernelFallbacks.sum() shouldBe 1
            }
        }

        test(
            "EAGAIN, and the last one in flight ends before the operations are back in the queue"
        ) {
            laneTest { lane ->
                val first = readOf(0)
                lane.submit(first)
                queue.onSubmit = {
                    queue.complete(queue.inKernel.values.first { it.position == 0L }, 1)
                    first.await()
                    -Errno.EAGAIN
                }
                val second = readOf(1)
                lane.submit(second)
                fallbacks shouldBe listOf(second)
            }
        }

        test("a cancel while the kernel is full ends the operation at once") {
            laneTest { lane ->
                lane.submit(readOf(0))
                queue.onSubmit = { -Errno.EAGAIN }
                val waiting = readOf(1)
                lane.submit(waiting)
                waiting.cancel() shouldBe true
                waiting.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                lane.forget(waiting)
                queue.onSubmit = { it.size }
                queue.completeAll(queue.inKernel.values.map { it to 1L })
                eventually("idle") { lane.inFlight() == 0 }
                queue.submissions.count { it.any { entry -> entry.position == 1L } } shouldBe 1
                waiting.endings.get() shouldBe 1
            }
        }

        test("a cancel during the submission that the kernel refuses ends the operation") {
            laneTest { lane ->
                lane.submit(readOf(0))
                val read = readOf(1)
                queue.onSubmit = {
                    read.cancel() shouldBe false
                    -Errno.EAGAIN
                }
                lane.submit(read)
                read.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                queue.onSubmit = { it.size }
                queue.completeAll(queue.inKernel.values.map { it to 1L })
                eventually("idle") { lane.inFlight() == 0 }
                read.endings.get() shouldBe 1
            }
        }

        for ((answer, fits) in
            listOf(Errno.EAGAIN to true, Errno.EAGAIN to false, Errno.EBADF to true)) {
            val case = "${Errno.name(answer)}${if (fits) "" else ", nothing in flight"}"
            test("hooks of what the kernel refuses may wait for the lane ($case)") {
                laneTest { lane ->
                    if (fits) lane.submit(readOf(0))
                    val blocked = if (fits) holdingTheSubmitter(lane) else null
                    val given = readOf(1)
                    val sibling = readOf(2)
                    given.atEnd = {
                        // As a caller's hook may: another operation, and one of the same batch.
                        queue.onSubmit = { it.size.also { _ -> answerAll(it) } }
                        val next = readOf(3)
                        lane.submit(next)
                        next.await() shouldBe 1
                        eventually("the other one was handed on") {
                            sibling.isOver || fallbacks.contains(sibling)
                        }
                    }
                    var refused = false
                    val refusing: (List<Entry>) -> Int = { entries ->
                        if (refused || entries.none { it.position == 1L }) {
                            answerAll(entries)
                            entries.size
                        } else {
                            refused = true
                            given.cancel() shouldBe false
                            -answer
                        }
                    }
                    if (blocked == null) {
                        queue.onSubmit = refusing
                        lane.submitAll(listOf(given, sibling).map { Request(it, descriptor()) })
                    } else {
                        listOf(given, sibling).forEach { lane.submit(it) }
                        queue.onSubmit = refusing
                        blocked.release()
                    }
                    given.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                    given.endings.get() shouldBe 1
                    eventually("both are over") { sibling.isOver || fallbacks.contains(sibling) }
                }
            }
        }

        test("a cancel in the kernel only asks") {
            laneTest { lane ->
                val read = readOf()
                lane.submit(read)
                read.cancel() shouldBe false
                read.state() shouldBe State.IN_KERNEL
                read.isOver shouldBe false
                queue.completeAll(queue.inKernel.values.map { it to 7L })
                read.await() shouldBe 7
            }
        }

        test("a full ring: the rest waits in line, and goes in as slots get free") {
            laneTest(slots = 2) { lane ->
                val reads = (0L..4L).map { readOf(it) }
                reads.forEach { lane.submit(it) }
                lane.inFlight() shouldBe 2
                reads.map { it.state() } shouldBe
                    List(2) { State.IN_KERNEL } + List(3) { State.QUEUED }
                reads[3].cancel() shouldBe true
                lane.forget(reads[3])
                queue.awaitTaken(2)
                queue.complete(queue.inKernel.values.first { it.position == 1L }, 1)
                queue.awaitTaken(1)
                queue.complete(queue.inKernel.values.first { it.position == 2L }, 2)
                queue.awaitTaken(1)
                queue.submissions.flatten().map { it.position } shouldBe listOf(0L, 1L, 2L, 4L)
                queue.completeAll(queue.inKernel.values.map { it to it.position })
                reads.filter { it != reads[3] }.map { it.await() } shouldBe listOf(0L, 1L, 2L, 4L)
            }
        }

        test("operations that are given up in line are not kept, however long the ring is full") {
            laneTest(slots = 1) { lane ->
                lane.submit(readOf())
                fun givenUp(): WeakReference<TestOperation> {
                    val read = readOf()
                    lane.submit(read)
                    read.cancel() shouldBe true
                    lane.forget(read)
                    return WeakReference(read)
                }
                val given = List(100) { givenUp() }
                eventually("nothing is kept") {
                    System.gc()
                    given.all { it.get() == null }
                }
            }
        }

        test("an event that comes before the submission returns") {
            laneTest { lane ->
                val read = readOf()
                queue.onSubmit = {
                    queue.complete(it.single(), 3)
                    read.await() shouldBe 3
                    1
                }
                lane.submit(read)
                read.endings.get() shouldBe 1
                lane.inFlight() shouldBe 0
            }
        }

        test("events out of order end what they belong to") {
            laneTest { lane ->
                val reads = (0L..7L).map { readOf(it) }
                reads.forEach { lane.submit(it) }
                val entries = queue.inKernel.values.sortedByDescending { it.position }
                queue.completeAll(entries.map { it to it.position + 100 })
                reads.map { it.await() } shouldBe (100L..107L).toList()
            }
        }

        test("stale, doubled, unknown and empty events end nothing") {
            laneTest(logged = listOf("an event for no operation in flight")) { lane ->
                val first = readOf(0)
                lane.submit(first)
                val stale = queue.inKernel.values.single()
                queue.answer(Events(listOf(stale.token to 1L, stale.token to 2L)))
                first.await() shouldBe 1
                queue.inKernel.clear()
                val second = readOf(1)
                lane.submit(second)
                val current = queue.inKernel.values.single()
                // The same slot, another generation.
                current.slot shouldBe stale.slot
                val garbage =
                    listOf(stale.token, 0L, -1L, Long.MIN_VALUE, 63L, 64L, current.token + 1)
                queue.answer(Events(garbage.map { it to 9L }))
                eventually("all were looked at") { lane.strayEvents() == garbage.size + 1L }
                second.state() shouldBe State.IN_KERNEL
                queue.complete(current, 5)
                second.await() shouldBe 5
                first.endings.get() shouldBe 1
            }
        }

        test("EINTR while waiting for events, and a wake-up without any") {
            laneTest { lane ->
                queue.answer(ScriptedQueue.Errno(Errno.EINTR))
                queue.wake()
                val read = readOf()
                lane.submit(read)
                queue.completeAll(queue.inKernel.values.map { it to 1L })
                read.await() shouldBe 1
            }
        }

        test("a result that a worker could better") {
            laneTest { lane ->
                val cases =
                    listOf(Opcode.READ, Opcode.SYNC, Opcode.DATA_SYNC).flatMap { opcode ->
                        listOf(Errno.EAGAIN, Errno.EOPNOTSUPP, Errno.EINVAL, Errno.EINTR).map {
                            opcode to it
                        }
                    } + listOf(Opcode.WRITE to Errno.EAGAIN, Opcode.WRITE to Errno.EOPNOTSUPP)
                for ((opcode, errno) in cases) {
                    val operation = operationOf(opcode)
                    lane.submit(operation)
                    queue.completeAll(queue.inKernel.values.map { it to -errno.toLong() })
                    eventually("$opcode $errno at a worker") { fallbacks.contains(operation) }
                    operation.state() shouldBe State.QUEUED
                }
                metrics.kernelFallbacks.sum() shouldBe cases.size
            }
        }

        for (thrown in listOf(OutOfMemoryError("no job"), RejectedExecutionException("no job"))) {
            test("workers that throw ${thrown.javaClass.simpleName} fail that operation alone") {
                laneTest { lane ->
                    onFallback = { throw thrown }
                    // By its event, and by its submission.
                    val event = readOf(0)
                    lane.submit(event)
                    queue.completeAll(queue.inKernel.values.map { it to -Errno.EAGAIN.toLong() })
                    event.awaitFailure() shouldBe thrown
                    queue.onSubmit = { -Errno.EBADF }
                    val submission = readOf(1)
                    lane.submit(submission)
                    submission.awaitFailure() shouldBe thrown
                    queue.onSubmit = { it.size }
                    val good = readOf(2)
                    lane.submit(good)
                    queue.completeAll(queue.inKernel.values.map { it to 1L })
                    good.await() shouldBe 1
                    listOf(event, submission).map { it.endings.get() } shouldBe listOf(1, 1)
                }
            }
        }

        test("a result that is the operation's own") {
            laneTest { lane ->
                for ((opcode, errno) in
                    listOf(
                        Opcode.WRITE to Errno.EINVAL,
                        Opcode.WRITE to Errno.ENOSPC,
                        Opcode.READ to Errno.EIO,
                        Opcode.SYNC to Errno.EIO,
                        Opcode.READ to 4711,
                    )) {
                    val operation = operationOf(opcode)
                    lane.submit(operation)
                    queue.completeAll(queue.inKernel.values.map { it to -errno.toLong() })
                    val failure = operation.awaitFailure()
                    failure.shouldBeInstanceOf<SystemCallException>().errno() shouldBe errno
                }
                fallbacks.shouldBeEmpty()
            }
        }

        test("a cancel that was asked for in the kernel keeps the operation from the workers") {
            laneTest { lane ->
                val read = readOf()
                lane.submit(read)
                read.cancel()
                queue.completeAll(queue.inKernel.values.map { it to -Errno.EAGAIN.toLong() })
                read.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                fallbacks.shouldBeEmpty()
            }
        }

        test("a buffer that the kernel must not have: the worker says so, and others go on") {
            laneTest { lane ->
                val blocked = holdingTheSubmitter(lane)
                val heap = TestOperation(Opcode.READ).over(ByteBuffer.allocate(512), 1, 512)
                val beyond = TestOperation(Opcode.READ).over(ByteBuffer.allocateDirect(8), 2, 9)
                val good = readOf(3)
                listOf(heap, beyond, good).forEach { lane.submit(it) }
                blocked.release()
                queue.awaitTaken(2)
                fallbacks shouldBe listOf(heap, beyond)
                queue.completeAll(queue.inKernel.values.map { it to 4L })
                good.await() shouldBe 4
            }
        }

        test("a hook that throws is logged, and the thread lives on") {
            laneTest(logged = listOf("ending threw: READ at 0, 512 bytes")) { lane ->
                val bad = readOf(0)
                bad.atEnd = { throw AssertionError("from a hook") }
                val good = readOf(1)
                lane.submit(bad)
                lane.submit(good)
                queue.completeAll(queue.inKernel.values.sortedBy { it.position }.map { it to 1L })
                good.await() shouldBe 1
                bad.await() shouldBe 1
                lane.inFlight() shouldBe 0
            }
        }

        test(
            "a second pass that was published before its owner and the log threw is the kernel's"
        ) {
            Logs.during(failing = true) {
                runLaneTest(slots = 4) { lane ->
                    val twice = TwoPasses { lane.submit(it) }
                    val next = readOf(1)
                    lane.submitAll(listOf(twice, next))
                    val (first, other) = queue.inKernel.values.sortedBy { it.position }
                    // In one batch: what befalls the first is nothing to the other.
                    queue.completeAll(listOf(first to 0L, other to 7L))
                    next.await() shouldBe 7
                    queue.awaitTaken(3)
                    twice.state() shouldBe State.IN_KERNEL
                    twice.endings.get() shouldBe 0
                    queue.complete(queue.inKernel.values.single(), 0)
                    twice.await()
                    twice.endings.get() shouldBe 1
                }
            }
        }

        test("an operation of several passes goes on from the completion thread") {
            laneTest { lane ->
                val passes =
                    object : TestOperation(Opcode.READ) {
                        var left = 3

                        override fun advance(result: Long): Boolean {
                            super.advance(result)
                            return --left > 0
                        }

                        override fun resubmit() = lane.submit(this)
                    }
                passes.over(ByteBuffer.allocateDirect(8), 0, 8)
                queue.onSubmit = {
                    queue.completeAll(it.map { entry -> entry to 8L })
                    it.size
                }
                lane.submit(passes)
                passes.await() shouldBe 8
                queue.submissions shouldHaveSize 3
            }
        }

        test("a caller is not kept for others' operations: the completion thread takes over") {
            laneTest { lane ->
                val reads = CopyOnWriteArrayList<TestOperation>()
                queue.onSubmit = {
                    if (reads.size < 20) reads += readOf().also { lane.submit(it) }
                    queue.completeAll(it.map { entry -> entry to 1L })
                    it.size
                }
                lane.submit(readOf())
                eventually("all are submitted") { queue.submissions.size == 21 }
                reads.forEach { it.await() shouldBe 1 }
                val here = queue.submitters.count { it == Thread.currentThread() }
                here shouldBe Submitter.ROUNDS_MAX
            }
        }

        test("one system call takes a bounded number") {
            laneTest(slots = 4 * Submitter.BATCH_MAX) { lane ->
                val blocked = holdingTheSubmitter(lane)
                val count = 2 * Submitter.BATCH_MAX
                repeat(count) { lane.submit(readOf()) }
                blocked.release()
                queue.awaitTaken(count + 1)
                queue.submissions.drop(1).map { it.size } shouldBe List(2) { Submitter.BATCH_MAX }
                queue.completeAll(queue.inKernel.values.map { it to 1L })
            }
        }

        test(
            "what can't be prepared, for want of memory too, is a worker's, and the lane goes on"
        ) {
            laneTest { lane ->
                queue.onPrepare = { if (it.position == 1L) throw OutOfMemoryError("for the test") }
                val reads = (0L until 3).map { readOf(it) }
                lane.submitAll(reads)
                fallbacks shouldBe listOf(reads[1])
                queue.submissions.flatten().map { it.position } shouldBe listOf(0L, 2L)
                queue.completeAll(queue.inKernel.values.map { it to it.position })
                listOf(reads[0], reads[2]).map { it.await() } shouldBe listOf(0L, 2L)
            }
        }

        test("a double submission is noted, and done once") {
            laneTest(logged = listOf("submitted twice: READ")) { lane ->
                val read = readOf()
                lane.submit(read)
                lane.submit(read)
                queue.submissions shouldHaveSize 1
                queue.completeAll(queue.inKernel.values.map { it to 1L })
                read.await() shouldBe 1
            }
        }

        test("close ends the thread, then frees the queue, once") {
            val queue = ScriptedQueue(4)
            val lane = KernelLane(queue, "aiofile-test-completion", LaneMetrics()) {}
            lane.start()
            lane.close()
            queue.closes.get() shouldBe 1
            threadsNamed("aiofile-test-completion").shouldBeEmpty()
            val late = readOf()
            lane.take(late)
            late.awaitFailure().message shouldContain "closed"
        }

        test("a close in use frees nothing, and what is in the kernel still ends") {
            val queue = ScriptedQueue(4)
            val lane = KernelLane(queue, "aiofile-test-completion", LaneMetrics()) {}
            lane.start()
            val read = readOf()
            lane.take(read)
            Logs.during { lane.close() }.single().contains("closed in use") shouldBe true
            queue.closes.get() shouldBe 0
            queue.complete(queue.inKernel.values.single(), 8)
            read.await() shouldBe 8
            eventually("thread gone") { threadsNamed("aiofile-test-completion").isEmpty() }
            queue.closes.get() shouldBe 0
        }

        test("an interrupt does not keep close from waiting, and is not lost") {
            val queue = ScriptedQueue(4)
            val lane = KernelLane(queue, "aiofile-test-completion", LaneMetrics()) {}
            lane.start()
            Thread.currentThread().interrupt()
            lane.close()
            Thread.interrupted() shouldBe true
            queue.closes.get() shouldBe 1
        }
    })

/** Hands itself over for its second pass, and then throws. */
private class TwoPasses(private val submit: (TestOperation) -> Unit) : TestOperation(Opcode.SYNC) {
    private var passes = 0

    override fun advance(result: Long): Boolean {
        passes++
        return passes < 2
    }

    override fun resubmit() {
        submit(this)
        error("after the second pass was handed over")
    }
}

private fun KernelLane.take(operation: TestOperation) = submit(Request(operation, descriptor()))

private fun operationOf(opcode: Opcode): TestOperation =
    when (opcode) {
        Opcode.READ -> readOf()
        Opcode.WRITE -> writeOf(ByteArray(8))
        else -> plain(opcode)
    }
