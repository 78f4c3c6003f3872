package io.aiofile.jna.engine

import io.aiofile.jna.sys.AlignedMemory
import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.OpenFlags
import io.aiofile.jna.sys.noDirectReason
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.jna.sys.withFile
import io.aiofile.jna.sys.withMemory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

private const val BLOCK = 4096

/** Token and result of one event. */
data class Event(val token: Long, val result: Long)

/** On a thread of its own: a wait that never ends fails the test instead of stopping the build. */
fun KernelQueue.awaitEvents(batch: EventBatch = EventBatch(128)): List<Event> {
    val waiting = CompletableFuture<Int>()
    thread(isDaemon = true) { waiting.complete(await(batch)) }
    val count = waiting.get(PATIENCE_SECONDS, SECONDS)
    check(count >= 0) { Errno.describe(-count) }
    return List(count) { Event(batch.tokens[it], batch.results[it]) }
}

fun KernelQueue.submitAll(count: Int) {
    val slots = IntArray(count) { it }
    var from = 0
    while (from < count) {
        val taken = submit(slots, from, count - from)
        check(taken > 0) { Errno.describe(-taken) }
        from += taken
    }
}

fun KernelQueue.awaitExactly(count: Int): List<Event> {
    val events = mutableListOf<Event>()
    while (events.size < count) {
        events += awaitEvents()
    }
    return events
}

private fun pattern(bytes: Int) = ByteArray(bytes) { (it * 31 + it / 251).toByte() }

private fun AlignedMemory.bytes(index: Int, length: Int) =
    ByteArray(length).also { buffer().get(index, it) }

/** What every [KernelQueue] keeps to; [open] takes a capacity. */
fun kernelQueueContract(directory: Path, open: (capacity: Int) -> KernelQueue) = funSpec {
    fun withQueue(capacity: Int, block: (KernelQueue) -> Unit) {
        val queue = open(capacity)
        try {
            block(queue)
        } finally {
            queue.close()
        }
    }

    fun newFile(content: ByteArray): Path =
        Files.createTempFile(directory, "queue", null).apply { writeBytes(content) }

    fun roundTrip(flags: Int) {
        val file = newFile(pattern(8 * BLOCK))
        withQueue(4) { queue ->
            withMemory(2 * BLOCK) { memory ->
                withFile(file, OpenFlags.O_RDWR or flags) { fd ->
                    queue.prepareRead(2, 7, fd, memory.address(), BLOCK, 3L * BLOCK)
                    queue.submit(intArrayOf(2), 0, 1) shouldBe 1
                    queue.awaitEvents() shouldBe listOf(Event(7, BLOCK.toLong()))
                    memory.bytes(0, BLOCK) shouldBe
                        pattern(8 * BLOCK).copyOfRange(3 * BLOCK, 4 * BLOCK)

                    val written = pattern(BLOCK).reversedArray()
                    memory.buffer().put(BLOCK, written)
                    queue.prepareWrite(2, 8, fd, memory.address() + BLOCK, BLOCK, 5L * BLOCK)
                    queue.submit(intArrayOf(2), 0, 1) shouldBe 1
                    queue.awaitEvents() shouldBe listOf(Event(8, BLOCK.toLong()))
                    file.readBytes().copyOfRange(5 * BLOCK, 6 * BLOCK) shouldBe written
                }
            }
        }
    }

    test("buffered: reads and writes what is there") { roundTrip(flags = 0) }

    val noDirect = noDirectReason(directory)
    val skipped = if (noDirect == null) "" else " (skipped: $noDirect)"
    test("O_DIRECT: reads and writes what is there$skipped").config(enabled = noDirect == null) {
        roundTrip(OpenFlags.O_DIRECT)
    }

    test("O_DIRECT: a misaligned position is EINVAL in the event$skipped").config(
        enabled = noDirect == null
    ) {
        withQueue(4) { queue ->
            withMemory(BLOCK) { memory ->
                val file = newFile(pattern(2 * BLOCK))
                withFile(file, OpenFlags.O_RDONLY or OpenFlags.O_DIRECT) { fd ->
                    queue.prepareRead(0, 1, fd, memory.address(), BLOCK, 1)
                    queue.submit(intArrayOf(0), 0, 1) shouldBe 1
                    queue.awaitEvents() shouldBe listOf(Event(1, -Errno.EINVAL.toLong()))
                }
            }
        }
    }

    test("a read at the end is short, and past it 0") {
        withQueue(4) { queue ->
            withMemory(BLOCK) { memory ->
                withFile(newFile(pattern(100)), OpenFlags.O_RDONLY) { fd ->
                    queue.prepareRead(0, 1, fd, memory.address(), BLOCK, 90)
                    queue.prepareRead(1, 2, fd, memory.address(), BLOCK, 100)
                    queue.submitAll(2)
                    queue.awaitExactly(2) shouldContainExactlyInAnyOrder
                        listOf(Event(1, 10), Event(2, 0))
                }
            }
        }
    }

    test("syncs, with data and without, in a slot that held a transfer") {
        withQueue(2) { queue ->
            withMemory(BLOCK) { memory ->
                withFile(newFile(pattern(BLOCK)), OpenFlags.O_RDWR) { fd ->
                    queue.prepareWrite(0, 1, fd, memory.address(), BLOCK, BLOCK.toLong())
                    queue.prepareWrite(1, 2, fd, memory.address(), BLOCK, 0)
                    queue.submitAll(2)
                    queue.awaitExactly(2)
                    queue.prepareSync(0, 3, fd, false)
                    queue.prepareSync(1, 4, fd, true)
                    queue.submitAll(2)
                    queue.awaitExactly(2) shouldContainExactlyInAnyOrder
                        listOf(Event(3, 0), Event(4, 0))
                }
            }
        }
    }

    test("tokens come back unchanged, stale and equal ones too") {
        val tokens = listOf(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 0x0123456789ABCDEF, -1L)
        withQueue(tokens.size) { queue ->
            withMemory(BLOCK) { memory ->
                withFile(newFile(pattern(10)), OpenFlags.O_RDONLY) { fd ->
                    tokens.forEachIndexed { slot, token ->
                        queue.prepareRead(slot, token, fd, memory.address(), 10, 0)
                    }
                    queue.submitAll(tokens.size)
                    queue.awaitExactly(tokens.size) shouldContainExactlyInAnyOrder
                        tokens.map { Event(it, 10) }
                }
            }
        }
    }

    test("a full queue in one submission, again and again, and through a small batch") {
        val capacity = 64
        withQueue(capacity) { queue ->
            withMemory(capacity * BLOCK) { memory ->
                withFile(newFile(pattern(capacity * BLOCK)), OpenFlags.O_RDONLY) { fd ->
                    for (round in 0 until 20) {
                        for (slot in 0 until capacity) {
                            val position = (slot + round) % capacity * BLOCK
                            val address = memory.address() + position
                            queue.prepareRead(
                                slot,
                                slot + round * 1000L,
                                fd,
                                address,
                                BLOCK,
                                position.toLong(),
                            )
                        }
                        queue.submit(IntArray(capacity + 2) { it - 2 }, 2, capacity) shouldBe
                            capacity
                        val small = EventBatch(5)
                        val events = mutableListOf<Event>()
                        while (events.size < capacity) {
                            events += queue.awaitEvents(small)
                        }
                        events shouldContainExactlyInAnyOrder
                            List(capacity) { Event(it + round * 1000L, BLOCK.toLong()) }
                    }
                    memory.bytes(0, capacity * BLOCK) shouldBe pattern(capacity * BLOCK)
                }
            }
        }
    }

    test("a wake-up ends a wait: one that is to come, and one under way") {
        withQueue(1) { queue ->
            queue.wake()
            queue.wake()
            queue.awaitEvents().shouldBeEmpty()
            val waiting = CompletableFuture.supplyAsync { queue.awaitEvents() }
            Thread.sleep(50)
            waiting.isDone shouldBe false
            queue.wake()
            waiting.get(PATIENCE_SECONDS, SECONDS).shouldBeEmpty()
        }
    }

    test("a wake-up works with every slot in use, and takes no event away") {
        withQueue(3) { queue ->
            withMemory(BLOCK) { memory ->
                withFile(newFile(pattern(10)), OpenFlags.O_RDONLY) { fd ->
                    for (slot in 0 until 3) {
                        queue.prepareRead(slot, slot.toLong(), fd, memory.address(), 10, 0)
                    }
                    queue.submitAll(3)
                    queue.wake()
                    queue.awaitExactly(3) shouldContainExactlyInAnyOrder
                        List(3) { Event(it.toLong(), 10) }
                }
            }
        }
    }

    test("no wake-up is lost between threads") {
        val rounds = 20_000
        withQueue(1) { queue ->
            // Every request is seen by a wait that returns after it.
            val requested = AtomicInteger()
            val seen = AtomicInteger()
            val failures = ConcurrentLinkedQueue<Throwable>()
            val waiter =
                thread(isDaemon = true) {
                    val batch = EventBatch(1)
                    while (seen.get() < rounds) {
                        runCatching { check(queue.await(batch) == 0) }.onFailure(failures::add)
                        seen.set(requested.get())
                    }
                }
            val wakers =
                List(2) {
                    thread(isDaemon = true) {
                        while (true) {
                            val mine = requested.incrementAndGet()
                            if (mine > rounds) break
                            queue.wake()
                            while (mine % 7 == 0 && seen.get() < mine && waiter.isAlive) {
                                Thread.onSpinWait()
                            }
                        }
                    }
                }
            wakers.forEach { it.join(SECONDS.toMillis(PATIENCE_SECONDS)) }
            queue.wake()
            waiter.join(SECONDS.toMillis(PATIENCE_SECONDS))
            waiter.isAlive shouldBe false
            failures.shouldBeEmpty()
        }
    }

    test("closed twice, it is closed, takes no wake-up, and leaves nothing behind") {
        val before = openDescriptors()
        val queue = open(8)
        queue.wake()
        queue.close()
        queue.close()
        queue.wake()
        openDescriptors() shouldBe before
    }
}
