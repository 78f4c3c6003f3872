package io.aiofile.jna.engine

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger

/**
 * A kernel queue whose answers a test writes. Strict: whatever the real one forbids is noted in
 * [violations].
 */
class ScriptedQueue(private val slots: Int) : KernelQueue {
    data class Entry(
        val slot: Int,
        val token: Long,
        val what: String,
        val position: Long = 0,
    )

    /** What [await] gives next. */
    sealed interface Answer

    data class Events(val events: List<Pair<Long, Long>>) : Answer

    data class Errno(val errno: Int) : Answer

    data class Throws(val thrown: Throwable) : Answer

    /** Answers one submission: how many it takes, or -errno. Takes all by default. */
    @Volatile var onSubmit: (List<Entry>) -> Int = { it.size }

    /** Runs before a slot is prepared. */
    @Volatile var onPrepare: (Entry) -> Unit = {}

    val violations = CopyOnWriteArrayList<String>()
    val submissions = CopyOnWriteArrayList<List<Entry>>()
    val submitters = CopyOnWriteArrayList<Thread>()
    val closes = AtomicInteger()

    /** By slot: published, with the event still to come. */
    val inKernel = ConcurrentHashMap<Int, Entry>()

    /** What the kernel took, in order, for a test that plays the device. */
    val published = LinkedBlockingQueue<Entry>()

    private val prepared = ConcurrentHashMap<Int, Entry>()
    private val answers = LinkedBlockingQueue<Answer>()
    private val submitting = AtomicInteger()
    private val taken = Semaphore(0)

    override fun name() = "scripted"

    override fun capacity() = slots

    override fun prepareRead(
        slot: Int,
        token: Long,
        fd: Int,
        address: Long,
        length: Int,
        position: Long,
    ) = prepare(Entry(slot, token, "read", position))

    override fun prepareWrite(
        slot: Int,
        token: Long,
        fd: Int,
        address: Long,
        length: Int,
        position: Long,
    ) = prepare(Entry(slot, token, "write", position))

    override fun prepareSync(slot: Int, token: Long, fd: Int, dataOnly: Boolean) =
        prepare(Entry(slot, token, if (dataOnly) "dataSync" else "sync"))

    private fun prepare(entry: Entry) {
        onPrepare(entry)
        if (inKernel.containsKey(entry.slot)) violations += "prepared in the kernel: $entry"
        prepared[entry.slot] = entry
    }

    override fun submit(slots: IntArray, from: Int, count: Int): Int {
        if (submitting.incrementAndGet() > 1) violations += "two submitters"
        try {
            val entries =
                (from until from + count).map { i ->
                    prepared[slots[i]] ?: error("slot ${slots[i]} was not prepared")
                }
            submissions += entries
            submitters += Thread.currentThread()
            // A kernel may answer before the system call returns.
            entries.forEach { inKernel[it.slot] = it }
            // If this throws, nobody knows what the kernel has: all of them, then.
            val result = onSubmit(entries)
            val taken = result.coerceAtLeast(0)
            entries.drop(taken).forEach { inKernel.remove(it.slot, it) }
            entries.take(taken).forEach { prepared.remove(it.slot, it) }
            published += entries.take(taken)
            this.taken.release(taken)
            return result
        } finally {
            submitting.decrementAndGet()
        }
    }

    /** Waits until so many more operations were taken. */
    fun awaitTaken(count: Int) =
        check(taken.tryAcquire(count, PATIENCE_SECONDS, SECONDS)) { "not submitted" }

    /** Ends what is in the kernel under a token. */
    fun complete(entry: Entry, result: Long) = completeAll(listOf(entry to result))

    /** In one batch of events. */
    fun completeAll(results: List<Pair<Entry, Long>>) {
        results.forEach { (entry, _) ->
            if (!inKernel.remove(entry.slot, entry)) violations += "completed twice: $entry"
        }
        answer(Events(results.map { (entry, result) -> entry.token to result }))
    }

    /** Any answer, also one that no kernel would give. */
    fun answer(answer: Answer) {
        answers += answer
    }

    override fun await(batch: EventBatch): Int =
        when (val answer = answers.take()) {
            is Errno -> -answer.errno
            is Throws -> throw answer.thrown
            is Events -> {
                answer.events.forEachIndexed { i, (token, result) ->
                    batch.tokens[i] = token
                    batch.results[i] = result
                }
                answer.events.size
            }
        }

    override fun wake() = answer(Events(emptyList()))

    override fun close() {
        if (inKernel.isNotEmpty()) violations += "closed with ${inKernel.size} in the kernel"
        closes.incrementAndGet()
    }
}
