package io.aiofile.threads

import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.util.Collections
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.atomic.AtomicInteger

private fun work() = TestOperation(Opcode.SIZE)

private fun Workers.run(operation: TestOperation, before: () -> Unit = {}) =
    execute(operation) {
        before()
        if (operation.enterKernel()) operation.complete(0)
    }

class WorkersTest :
    FunSpec({
        test("no more threads than allowed, however much there is to do, and all of it gets done") {
            val workers = Workers("w", 3) { it.start() }
            val names = Collections.synchronizedSet(HashSet<String>())
            val atOnce = AtomicInteger()
            val most = AtomicInteger()
            val all = List(500) { work() }
            all.forEach {
                workers.run(it) {
                    most.accumulateAndGet(atOnce.incrementAndGet(), ::maxOf)
                    names += Thread.currentThread().name
                    LaneThread.isCurrent() shouldBe true
                    atOnce.decrementAndGet()
                }
            }
            all.forEach { it.future.outcome() }
            workers.close()
            (most.get() <= 3) shouldBe true
            (names - setOf("w-1", "w-2", "w-3")).shouldHaveSize(0)
        }

        test("an idle thread is used again before another one is started") {
            val started = AtomicInteger()
            val workers =
                Workers("w", 8) {
                    started.incrementAndGet()
                    it.start()
                }
            lateinit var thread: Thread
            repeat(50) {
                val operation = work()
                workers.run(operation) { thread = Thread.currentThread() }
                operation.future.outcome()
                eventually("an idle thread") { thread.state == Thread.State.TIMED_WAITING }
            }
            started.get() shouldBe 1
            workers.close()
        }

        test("two that need each other run at once, however many threads are idle") {
            val workers = Workers("w", 2) { it.start() }
            repeat(20) {
                val barrier = CyclicBarrier(2)
                val pair = List(2) { work() }
                pair.forEach { workers.run(it) { barrier.await() } }
                pair.forEach { it.future.outcome() }
                val single = work()
                workers.run(single)
                single.future.outcome()
            }
            workers.close()
        }

        test("with one thread idle and two more to do, another thread is started") {
            val started = AtomicInteger()
            val workers =
                Workers("w", 2) {
                    started.incrementAndGet()
                    it.start()
                }
            val first = work()
            lateinit var thread: Thread
            workers.run(first) { thread = Thread.currentThread() }
            first.future.outcome()
            eventually("an idle thread") { thread.state == Thread.State.TIMED_WAITING }
            started.get() shouldBe 1
            val barrier = CyclicBarrier(2)
            val pair = List(2) { work() }
            pair.forEach { workers.run(it) { barrier.await() } }
            pair.forEach { it.future.outcome() }
            started.get() shouldBe 2
            workers.close()
        }

        test("an operation fails if not one thread can be started, and the next may be luckier") {
            val broken = AtomicInteger(1)
            val workers =
                Workers("w", 2) {
                    if (broken.getAndDecrement() > 0) throw OutOfMemoryError("no native thread")
                    it.start()
                }
            val first = work()
            workers.run(first)
            val failure = shouldThrow<IOException> { first.future.outcome() }
            failure.message shouldContain "no worker thread"
            failure.cause?.message shouldBe "no native thread"
            val second = work()
            workers.run(second)
            second.future.outcome()
            workers.close()
        }

        test(
            "where one thread lives, it does what the thread that could not be started should have"
        ) {
            val started = AtomicInteger()
            val workers =
                Workers("w", 4) {
                    if (started.getAndIncrement() > 0) throw OutOfMemoryError("no native thread")
                    it.start()
                }
            val gate = CountDownLatch(1)
            val all = List(20) { work() }
            all.forEach { workers.run(it) { gate.await() } }
            gate.countDown()
            all.forEach { it.future.outcome() shouldBe 0 }
            (started.get() > 1) shouldBe true
            workers.close()
        }

        test("a withdrawn operation is dropped by a worker, or forgotten before") {
            val workers = Workers("w", 1) { it.start() }
            val gate = CountDownLatch(1)
            val ran = AtomicInteger()
            val busy = work()
            workers.run(busy) { gate.await() }
            val withdrawn = work()
            val forgotten = work()
            workers.run(withdrawn) { ran.incrementAndGet() }
            workers.run(forgotten) { ran.addAndGet(100) }
            withdrawn.cancel() shouldBe true
            forgotten.cancel() shouldBe true
            workers.forget(forgotten)
            gate.countDown()
            val last = work()
            workers.run(last)
            last.future.outcome()
            ran.get() shouldBe 1
            workers.close()
        }

        test("a completion that throws costs nobody else anything") {
            val workers = Workers("w", 1) { it.start() }
            val rude = TestOperation(Opcode.SIZE, null, 0, 0, 0) { error("rude") }
            workers.run(rude)
            val next = work()
            workers.run(next)
            next.future.outcome()
            workers.close()
        }

        test("after the close, operations fail, and the threads are gone") {
            val threads = Collections.synchronizedList(ArrayList<Thread>())
            val workers =
                Workers("w", 4) {
                    threads += it
                    it.start()
                }
            val before = work()
            workers.run(before)
            before.future.outcome()
            workers.close()
            threads.none { it.isAlive } shouldBe true
            val after = work()
            workers.run(after)
            shouldThrow<IOException> { after.future.outcome() }
        }
    })
