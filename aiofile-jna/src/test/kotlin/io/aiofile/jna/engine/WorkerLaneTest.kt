package io.aiofile.jna.engine

import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.IOException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ThreadFactory
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.MINUTES
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

private const val NAME = "aiofile-test"
private const val PREFIX = "$NAME-worker-"

private class TestJob(
    private val operation: TestOperation = readOf(),
    private val body: () -> Unit = {},
) : WorkerLane.Job {
    override fun operation(): Operation = operation

    override fun run() {
        if (!operation.enterKernel()) return
        body()
        operation.complete(1)
    }

    fun await() = operation.await()

    fun awaitFailure() = operation.awaitFailure()
}

private fun <T> withLane(
    threadsMax: Int = 4,
    idleNanos: Long = MINUTES.toNanos(1),
    factory: ThreadFactory = ThreadFactory { LaneThread.shielded("new", it) },
    body: (WorkerLane) -> T,
) {
    val lane = WorkerLane(NAME, threadsMax, idleNanos, factory)
    try {
        body(lane)
    } finally {
        lane.close()
    }
    threadsNamed(PREFIX).shouldBeEmpty()
}

class WorkerLaneTest :
    FunSpec({
        test("no thread before there is work, and one is enough for one job at a time") {
            withLane { lane ->
                threadsNamed(PREFIX).shouldBeEmpty()
                val threads = ConcurrentHashMap.newKeySet<Thread>()
                repeat(50) {
                    val job = TestJob { threads += Thread.currentThread() }
                    lane.submit(job)
                    job.await()
                    // Idle again, and known to be: else a second thread would be right.
                    eventually("idle") { threads.all { it.state == Thread.State.TIMED_WAITING } }
                }
                threads.map { it.name } shouldContainExactly listOf(PREFIX + 1)
                threads.single().shouldBeInstanceOf<LaneThread>().isDaemon shouldBe true
            }
        }

        test("as many at once as there may be threads, and no more") {
            withLane(threadsMax = 3) { lane ->
                val running = CountDownLatch(3)
                val leave = CountDownLatch(1)
                val jobs =
                    List(7) {
                        TestJob {
                            running.countDown()
                            leave.awaitOrFail()
                        }
                    }
                jobs.forEach { lane.submit(it) }
                running.awaitOrFail()
                threadsNamed(PREFIX).sorted() shouldBe (1..3).map { PREFIX + it }
                leave.countDown()
                jobs.forEach { it.await() }
            }
        }

        test("a backlog is what waits while all threads have work") {
            withLane(threadsMax = 2) { lane ->
                lane.hasBacklog() shouldBe false
                val running = CountDownLatch(2)
                val leave = CountDownLatch(1)
                fun held() = TestJob {
                    running.countDown()
                    leave.awaitOrFail()
                }
                val jobs = List(2) { held() }.onEach { lane.submit(it) }
                running.awaitOrFail()
                lane.hasBacklog() shouldBe false
                val withdrawn = readOf()
                lane.submit(TestJob(withdrawn))
                lane.hasBacklog() shouldBe true
                withdrawn.cancel() shouldBe true
                lane.forget(withdrawn)
                lane.hasBacklog() shouldBe false
                val last = TestJob().also { lane.submit(it) }
                lane.hasBacklog() shouldBe true
                leave.countDown()
                (jobs + last).forEach { it.await() }
                lane.hasBacklog() shouldBe false
            }
        }

        test("a burst starts one thread on its caller's, and the others start each other") {
            val starters = CopyOnWriteArrayList<Thread>()
            val arrive = CountDownLatch(1)
            val factory = ThreadFactory { body ->
                starters += Thread.currentThread()
                LaneThread.shielded("new") {
                    arrive.awaitOrFail()
                    body.run()
                }
            }
            withLane(factory = factory) { lane ->
                val running = CountDownLatch(4)
                val leave = CountDownLatch(1)
                val jobs =
                    List(6) {
                        TestJob {
                            running.countDown()
                            leave.awaitOrFail()
                        }
                    }
                jobs.forEach { lane.submit(it) }
                starters shouldContainExactly listOf(Thread.currentThread())
                arrive.countDown()
                running.awaitOrFail()
                starters.drop(1).map { it.javaClass } shouldBe List(3) { LaneThread::class.java }
                leave.countDown()
                jobs.forEach { it.await() shouldBe 1 }
            }
        }

        test("jobs that relied on a thread which can't be had get another") {
            val calls = AtomicInteger()
            val starting = CountDownLatch(1)
            val fail = CountDownLatch(1)
            val factory = ThreadFactory { body ->
                if (calls.incrementAndGet() != 2) {
                    LaneThread.shielded("new", body)
                } else {
                    starting.countDown()
                    fail.awaitOrFail()
                    Impossible(body)
                }
            }
            withLane(factory = factory) { lane ->
                val running = CountDownLatch(1)
                val leave = CountDownLatch(1)
                val stuck = TestJob {
                    running.countDown()
                    leave.awaitOrFail()
                }
                lane.submit(stuck)
                running.awaitOrFail()
                val jobs = List(3) { TestJob() }
                val first = thread { lane.submit(jobs[0]) }
                starting.awaitOrFail()
                jobs.drop(1).forEach { lane.submit(it) }
                fail.countDown()
                jobs.forEach { it.await() shouldBe 1 }
                first.join()
                leave.countDown()
                stuck.await() shouldBe 1
            }
        }

        test("jobs that relied on a thread are refused if none can be had") {
            val calls = AtomicInteger()
            val starting = CountDownLatch(1)
            val fail = CountDownLatch(1)
            val factory = ThreadFactory { body ->
                if (calls.incrementAndGet() == 1) {
                    starting.countDown()
                    fail.awaitOrFail()
                }
                Impossible(body)
            }
            withLane(factory = factory) { lane ->
                val jobs = List(20) { TestJob() }
                val first = thread { lane.submit(jobs[0]) }
                starting.awaitOrFail()
                jobs.drop(1).forEach { lane.submit(it) }
                fail.countDown()
                first.join()
                jobs.forEach { it.awaitFailure().message shouldContain "no worker thread" }
            }
        }

        test("a thread that never comes is not waited for") {
            val calls = AtomicInteger()
            val factory = ThreadFactory { body ->
                LaneThread.shielded("new", if (calls.incrementAndGet() == 1) Runnable {} else body)
            }
            withLane(factory = factory) { lane ->
                val jobs = mutableListOf<TestJob>()
                eventually("a second thread") {
                    jobs += TestJob().also { lane.submit(it) }
                    calls.get() > 1
                }
                jobs.forEach { it.await() shouldBe 1 }
            }
        }

        test("while all there are are stuck, the next job gets a thread of its own") {
            withLane(threadsMax = 5) { lane ->
                val leave = CountDownLatch(1)
                val stuck = mutableListOf<TestJob>()
                repeat(5) {
                    val running = CountDownLatch(1)
                    val job = TestJob {
                        running.countDown()
                        leave.awaitOrFail()
                    }
                    stuck += job
                    lane.submit(job)
                    running.awaitOrFail()
                }
                leave.countDown()
                stuck.forEach { it.await() shouldBe 1 }
            }
        }

        test("idle threads end, and their numbers are used again") {
            withLane(idleNanos = MILLISECONDS.toNanos(20)) { lane ->
                repeat(2) {
                    TestJob().also { lane.submit(it) }.await()
                    eventually("no thread") { threadsNamed(PREFIX).isEmpty() }
                }
                var name = ""
                TestJob { name = Thread.currentThread().name }.also { lane.submit(it) }.await()
                name shouldBe PREFIX + 1
            }
        }

        test("jobs that meet expiring threads are all done") {
            withLane(idleNanos = 50_000) { lane ->
                repeat(3000) { i ->
                    val job = TestJob()
                    lane.submit(job)
                    job.await() shouldBe 1
                    if (i % 3 == 0) Thread.sleep(0, 40_000)
                }
            }
        }

        test("no thread can be had: the operation fails, with the reason") {
            withLane(factory = { Impossible(it) }) { lane ->
                val job = TestJob()
                lane.submit(job)
                val failure = job.awaitFailure()
                failure.shouldBeInstanceOf<IOException>().message shouldContain "no worker thread"
                failure.cause!!.message shouldContain "unable to create native thread"
            }
        }

        test("no thread can be had: a descriptor is closed all the same") {
            withLane(factory = { Impossible(it) }) { lane ->
                val job = TestJob(plain(Opcode.CLOSE))
                lane.submit(job)
                job.await() shouldBe 1
            }
        }

        test("no more threads can be had: those that there are do the work") {
            var first = true
            val factory = ThreadFactory {
                if (first) LaneThread.shielded("new", it).also { first = false } else Impossible(it)
            }
            withLane(factory = factory) { lane ->
                val running = CountDownLatch(1)
                val leave = CountDownLatch(1)
                lane.submit(
                    TestJob {
                        running.countDown()
                        leave.awaitOrFail()
                    }
                )
                running.awaitOrFail()
                val later = List(5) { TestJob() }
                later.forEach { lane.submit(it) }
                leave.countDown()
                later.forEach { it.await() shouldBe 1 }
            }
        }

        test("a withdrawn operation leaves the queue, though the workers are stuck") {
            withLane(threadsMax = 1) { lane ->
                val running = CountDownLatch(1)
                val leave = CountDownLatch(1)
                lane.submit(
                    TestJob {
                        running.countDown()
                        leave.awaitOrFail()
                    }
                )
                running.awaitOrFail()
                val operation = readOf()
                lane.submit(TestJob(operation) { error("must not run") })
                operation.cancel() shouldBe true
                lane.forget(operation)
                operation.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                val after = TestJob()
                lane.submit(after)
                leave.countDown()
                after.await() shouldBe 1
                operation.endings.get() shouldBe 1
            }
        }

        test("of a thousand jobs every other one is withdrawn: the rest is done in its order") {
            withLane(threadsMax = 1) { lane ->
                val leave = CountDownLatch(1)
                lane.submit(TestJob { leave.awaitOrFail() })
                val done = CopyOnWriteArrayList<Int>()
                val operations = List(1000) { plain(Opcode.OPEN) }
                operations.forEachIndexed { i, it -> lane.submit(TestJob(it) { done += i }) }
                val (kept, given) = operations.indices.partition { it % 2 == 0 }
                given.asReversed().forEach {
                    operations[it].cancel() shouldBe true
                    lane.forget(operations[it])
                }
                leave.countDown()
                operations.last().awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                kept.forEach { operations[it].await() shouldBe 1 }
                done shouldBe kept
                operations.map { it.endings.get() } shouldBe List(1000) { 1 }
            }
        }

        test("a job that throws is logged, and its thread goes on") {
            val said = Logs.during {
                withLane(threadsMax = 1) { lane ->
                    lane.submit(TestJob { throw AssertionError("of a job") })
                    TestJob().also { lane.submit(it) }.await() shouldBe 1
                    threadsNamed(PREFIX) shouldHaveSize 1
                }
            }
            said shouldHaveSize 1
        }

        test("a job that finds no room in the queue costs no worker") {
            withLane(threadsMax = 1) { lane ->
                val roomless =
                    object : TestOperation(Opcode.SYNC) {
                        override fun hashCode(): Int = throw OutOfMemoryError("for the test")
                    }
                shouldThrow<OutOfMemoryError> { lane.submit(TestJob(roomless)) }
                TestJob().also { lane.submit(it) }.await() shouldBe 1
            }
        }

        test("an interrupt that a callback leaves behind means nothing") {
            withLane(threadsMax = 1, factory = { LaneThread("new", it) }) { lane ->
                TestJob { Thread.currentThread().interrupt() }.also { lane.submit(it) }.await()
                TestJob().also { lane.submit(it) }.await() shouldBe 1
                threadsNamed(PREFIX) shouldHaveSize 1
            }
        }

        test("after close an operation fails, with the reason") {
            val lane = WorkerLane(NAME, 1)
            lane.close()
            val job = TestJob()
            lane.submit(job)
            job.awaitFailure().message shouldContain "closed"
        }
    })
