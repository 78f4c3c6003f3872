package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.random.Random

/**
 * Any number of threads that submit and cancel, against a kernel that takes some, refuses some, has
 * no room at times, and answers in any order: every operation ends, once, and nothing is held in
 * the end.
 */
class KernelLaneModelTest :
    FunSpec({
        val seeds = List(6) { Random.nextLong() } + listOf(1L, 2L)
        for (seed in seeds) {
            test("every operation ends once, seed $seed") { Model(seed).run() }
            for (death in Death.entries) {
                test("$death: every operation ends once, or is the kernel's, seed $seed") {
                    Model(seed).run(death)
                }
            }
        }
    })

/** How a lane dies. */
private enum class Death {
    SUBMISSION_THROWS,
    COMPLETION_THREAD_DIES,
}

private class Model(seed: Long) {
    private val random = Random(seed)
    private val queue = ScriptedQueue(slots = 1 + random.nextInt(8))
    private val workers = Executors.newFixedThreadPool(2)
    private val file = descriptor()
    private val lane =
        KernelLane(queue, "aiofile-test-completion", LaneMetrics()) { request ->
            workers.execute { work(request.operation()) }
        }

    private inner class Passes(random: Random, opcode: Opcode) : TestOperation(opcode) {
        private val left = IntArray(1) { 1 + random.nextInt(3) }

        override fun advance(result: Long): Boolean {
            super.advance(result)
            return --left[0] > 0
        }

        override fun resubmit() = lane.submit(Request(this, file))
    }

    fun run() {
        val kernel = Random(random.nextLong())
        queue.onSubmit = { answer(kernel, it.size) }
        lane.start()
        val device = Device(random.nextLong())
        val rounds = List(3) { Random(random.nextLong()) }
        val perThread = rounds.map { mine -> List(300) { operation(mine) } }
        val said = Logs.during {
            val threads =
                perThread.zip(rounds).map { (operations, mine) -> thread { use(operations, mine) } }
            threads.forEach { it.join() }
            perThread.flatten().forEach { runCatching { it.await() } }
            eventually("no slot held") { lane.inFlight() == 0 }
            device.stop()
            workers.shutdown()
            workers.awaitTermination(PATIENCE_SECONDS, SECONDS) shouldBe true
            lane.close()
        }
        said.shouldBeEmpty()
        perThread.flatten().filter { it.endings.get() != 1 }.shouldBeEmpty()
        lane.strayEvents() shouldBe 0
        queue.violations.shouldBeEmpty()
        queue.closes.get() shouldBe 1
    }

    fun run(death: Death) {
        val kernel = Random(random.nextLong())
        val callsLeft = AtomicInteger(random.nextInt(100))
        queue.onSubmit = {
            if (callsLeft.getAndDecrement() == 0) kill(death, it.size)
            answer(kernel, it.size)
        }
        lane.start()
        val device = Device(random.nextLong())
        val rounds = List(3) { Random(random.nextLong()) }
        val perThread = rounds.map { mine -> List(300) { operation(mine) } }
        val said = Logs.during {
            val threads =
                perThread.zip(rounds).map { (operations, mine) -> thread { use(operations, mine) } }
            threads.forEach { it.join() }
            eventually("it is dead, and the others have ended") {
                val left = perThread.flatten().filter { !it.isOver }
                // That they are stranded is told last.
                isDead(death) &&
                    left.size == lane.inFlight() &&
                    left.all { it.strandings.get() > 0 }
            }
            device.stop()
            workers.shutdown()
            workers.awaitTermination(PATIENCE_SECONDS, SECONDS) shouldBe true
        }
        said.size shouldBe 1
        val (stranded, over) = perThread.flatten().partition { !it.isOver }
        over.filter { it.endings.get() != 1 }.shouldBeEmpty()
        stranded
            .filter { it.state() != Operation.State.IN_KERNEL || it.strandings.get() == 0 }
            .shouldBeEmpty()
        queue.violations.shouldBeEmpty()
        if (death == Death.SUBMISSION_THROWS) {
            // What the call that threw has published ends after all.
            queue.completeAll(queue.inKernel.values.map { it to 8L })
            eventually("no slot held") { lane.inFlight() == 0 }
        }
        Logs.during { lane.close() }
        if (death == Death.SUBMISSION_THROWS) {
            perThread.flatten().filter { it.endings.get() != 1 }.shouldBeEmpty()
            queue.closes.get() shouldBe 1
        }
    }

    @Volatile private var unknown = 0

    private fun kill(death: Death, published: Int) {
        if (death == Death.SUBMISSION_THROWS) {
            unknown = published
            error("for the test")
        }
        queue.answer(ScriptedQueue.Throws(OutOfMemoryError("for the test")))
    }

    /** Whether nothing will end any more but by a worker. */
    private fun isDead(death: Death) =
        if (death == Death.SUBMISSION_THROWS) unknown > 0 && lane.inFlight() == unknown
        else threadsNamed("aiofile-test-completion").isEmpty()

    private fun operation(random: Random): TestOperation {
        val opcode = listOf(Opcode.READ, Opcode.WRITE, Opcode.SYNC)[random.nextInt(3)]
        return Passes(random, opcode).over(ByteBuffer.allocateDirect(8), 0, 8)
    }

    private fun use(operations: List<TestOperation>, random: Random) {
        for ((i, operation) in operations.withIndex()) {
            lane.submit(Request(operation, file))
            if (random.nextInt(4) == 0) {
                val victim = operations[random.nextInt(i + 1)]
                if (victim.cancel()) lane.forget(victim)
            }
        }
    }

    private fun answer(random: Random, count: Int): Int =
        when (random.nextInt(8)) {
            0 -> -Errno.EAGAIN
            1 -> -Errno.EBADF
            2 -> -Errno.EINTR
            3,
            4 -> 1 + random.nextInt(count)
            else -> count
        }

    private fun work(operation: Operation) {
        if (operation.enterKernel()) operation.complete(1)
    }

    /** Completes what was published, some at a time, in any order. */
    private inner class Device(seed: Long) {
        @Volatile private var stopped = false
        private val random = Random(seed)
        private val thread = thread { play() }

        private fun play() {
            val held = mutableListOf<ScriptedQueue.Entry>()
            while (!stopped || held.isNotEmpty()) {
                queue.published.poll(1, MILLISECONDS)?.let { held += it }
                queue.published.drainTo(held)
                held.shuffle(random)
                // Not always all of them, but always some: a device does not sleep for ever.
                val count = if (held.isEmpty()) 0 else 1 + random.nextInt(held.size)
                val batch = held.take(count)
                held.subList(0, count).clear()
                if (batch.isNotEmpty()) queue.completeAll(batch.map { it to result() })
            }
        }

        private fun result(): Long =
            when (random.nextInt(10)) {
                0 -> -Errno.EAGAIN.toLong()
                1 -> -Errno.EIO.toLong()
                else -> 8L
            }

        fun stop() {
            stopped = true
            thread.join()
        }
    }
}
