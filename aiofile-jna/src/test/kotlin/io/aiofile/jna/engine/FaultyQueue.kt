package io.aiofile.jna.engine

import io.aiofile.fake.FaultCounts
import io.aiofile.jna.sys.Errno
import java.util.SplittableRandom
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * A kernel queue between the lane and another queue that is as unkind as a seed says: submissions
 * that are interrupted, refused or taken in part, or that reach the kernel only after the call;
 * transfers cut short; errors in events; events late, out of order, doubled, and of a generation
 * that is gone.
 *
 * It is strict too: what [KernelQueue] forbids is noted in [violations].
 */
class FaultyQueue(
    private val real: KernelQueue,
    seed: Long,
    private val counts: FaultCounts,
    private val death: Death? = null,
) : KernelQueue {
    /** How the lane is made to die, once, with nothing but transfers in the kernel. */
    enum class Death {
        SUBMISSION_THROWS,
        COMPLETION_THREAD_DIES,
    }

    /** What a slot was prepared with, and what is to become of it; a sync has no position. */
    private inner class Entry(val slot: Int, val token: Long, val position: Long?) {
        /** Not 0: the event says this in place of the result. */
        var errno = 0

        /** Whether the kernel does it all the same. */
        var isDone = true

        /** So many batches the event is held back. */
        var late = 0

        fun failing(errnos: Map<String, Int>, isDone: Boolean) {
            val (name, number) = errnos.entries.elementAt(random.nextInt(errnos.size))
            counts.add("$name in an event")
            errno = number
            this.isDone = isDone
        }
    }

    private class Event(val token: Long, val result: Long, var late: Int = 0)

    val violations = CopyOnWriteArrayList<String>()

    /** Where the transfers begin that nobody hears of any more, since the lane died. */
    val lost: MutableSet<Long> = ConcurrentHashMap.newKeySet()

    private val submitting = AtomicInteger()

    private val lock = ReentrantLock()

    // All guarded by the lock.
    private val random = SplittableRandom(seed)
    private val prepared = arrayOfNulls<Entry>(real.capacity())
    private val inKernel = HashMap<Long, Entry>()
    private val unpublished = ArrayList<Entry>()
    private val due = ArrayList<Event>()
    private var inReal = 0
    private var callsLeft = if (death == null) Int.MAX_VALUE else random.nextInt(CALLS_OF_LIFE_MAX)
    private var isDead = false
    private var isBuried = false

    override fun name() = real.name()

    override fun capacity() = real.capacity()

    private fun chance(perMille: Int) = random.nextInt(1000) < perMille

    // ---- preparing

    override fun prepareRead(
        slot: Int,
        token: Long,
        fd: Int,
        address: Long,
        length: Int,
        position: Long,
    ) =
        prepare(slot, token, position) { entry ->
            // Of a read that is said to have failed, nobody looks at what is in the memory; but
            // it must not be touched, as nothing was transferred.
            if (chance(40)) entry.failing(READ_ERRNOS, isDone = false)
            real.prepareRead(slot, token, fd, address, cut(length), position)
        }

    override fun prepareWrite(
        slot: Int,
        token: Long,
        fd: Int,
        address: Long,
        length: Int,
        position: Long,
    ) =
        prepare(slot, token, position) { entry ->
            if (chance(60)) entry.failing(WRITE_ERRNOS, isDone = random.nextBoolean())
            real.prepareWrite(slot, token, fd, address, cut(length), position)
        }

    override fun prepareSync(slot: Int, token: Long, fd: Int, dataOnly: Boolean) =
        prepare(slot, token, null) { entry ->
            if (chance(60)) entry.failing(WRITE_ERRNOS, isDone = random.nextBoolean())
            real.prepareSync(slot, token, fd, dataOnly)
        }

    private fun prepare(slot: Int, token: Long, position: Long?, body: (Entry) -> Unit) =
        lock.withLock {
            if (inKernel.values.any { it.slot == slot })
                violations += "prepared in the kernel: $slot"
            val entry = Entry(slot, token, position)
            prepared[slot] = entry
            if (chance(100)) {
                counts.add("late event")
                entry.late = 1 + random.nextInt(3)
            }
            body(entry)
        }

    /** What the kernel transfers of it: a whole number of [UNIT]s, as O_DIRECT has to. */
    private fun cut(length: Int): Int {
        if (length < 2 * UNIT || !chance(150)) return length
        counts.add("short")
        return UNIT * (1 + random.nextInt(length / UNIT - 1))
    }

    // ---- submitting

    override fun submit(slots: IntArray, from: Int, count: Int): Int {
        if (submitting.incrementAndGet() > 1) violations += "two submitters"
        try {
            return lock.withLock {
                val batch =
                    List(count) {
                        checkNotNull(prepared[slots[from + it]]) { "slot was not prepared" }
                    }
                if (isDead) {
                    takeForGood(batch)
                } else {
                    throwIfDue(batch)
                    refusal() ?: take(batch, some(count))
                }
            }
        } finally {
            submitting.decrementAndGet()
        }
    }

    private fun refusal(): Int? =
        when (random.nextInt(100)) {
            in 0..3 -> -Errno.EINTR.also { counts.add("EINTR at submission") }
            in 4..7 -> -Errno.EAGAIN.also { counts.add("EAGAIN at submission") }
            8 -> -Errno.EBADF.also { counts.add("EBADF at submission") }
            9 -> -Errno.EINVAL.also { counts.add("EINVAL at submission") }
            else -> null
        }

    private fun some(count: Int): Int {
        if (count == 1 || !chance(150)) return count
        counts.add("partial submission")
        return 1 + random.nextInt(count - 1)
    }

    private fun take(batch: List<Entry>, taken: Int): Int {
        val now = ArrayList<Entry>()
        for (entry in batch.take(taken)) {
            prepared[entry.slot] = null
            inKernel[entry.token] = entry
            if (!entry.isDone) {
                due += Event(entry.token, -entry.errno.toLong(), entry.late)
            } else if (chance(100)) {
                counts.add("late submission")
                unpublished += entry
            } else {
                now += entry
            }
        }
        publish(now)
        // The thread that waits has to look after these.
        if (due.isNotEmpty() || unpublished.isNotEmpty()) real.wake()
        return taken
    }

    private fun isDue(now: Death, entries: Collection<Entry>): Boolean {
        if (now != death || isDead || callsLeft-- > 0) return false
        isDead = entries.isNotEmpty() && entries.all { it.position != null }
        if (isDead) counts.add(death.name)
        return isDead
    }

    private fun lose(entry: Entry) {
        counts.add("stranded transfer")
        lost += entry.position!!
    }

    /** Nobody but the kernel knows how many it took of the submission that throws. */
    private fun throwIfDue(batch: List<Entry>) {
        if (!isDue(Death.SUBMISSION_THROWS, batch)) return
        val taken = random.nextInt(batch.size + 1)
        batch.drop(taken).forEach { lose(it) }
        take(batch, taken)
        error("for the test")
    }

    /** A submission that had begun when the completion thread died. */
    private fun takeForGood(batch: List<Entry>): Int {
        if (death == Death.SUBMISSION_THROWS) violations += "submitted to a dead lane"
        val transfers = batch.takeWhile { it.position != null }
        transfers.forEach { lose(it) }
        return if (transfers.isEmpty()) -Errno.EBADF else transfers.size
    }

    private fun publish(entries: List<Entry>) {
        val slots = IntArray(entries.size) { entries[it].slot }
        var from = 0
        while (from < slots.size) {
            val taken = real.submit(slots, from, slots.size - from)
            if (taken > 0) {
                from += taken
                inReal += taken
            } else if (taken == -Errno.EAGAIN) {
                unpublished += entries.drop(from)
                return
            } else {
                error("the real queue refuses what it was given: ${Errno.describe(-taken)}")
            }
        }
    }

    // ---- events

    override fun await(batch: EventBatch): Int {
        val mayWait = lock.withLock {
            check(!isBuried) { "for the test" }
            if (isDue(Death.COMPLETION_THREAD_DIES, inKernel.values)) {
                inKernel.values.forEach { lose(it) }
                throw OutOfMemoryError("for the test")
            }
            val (now, later) = unpublished.partition { random.nextInt(4) > 0 }
            unpublished.clear()
            publish(now)
            unpublished += later
            unpublished.isEmpty() && due.all { it.late > 0 } && (inReal > 0 || due.isEmpty())
        }
        val fresh = if (mayWait) real.await(batch) else 0
        return lock.withLock {
            if (fresh < 0) return fresh
            receive(batch, fresh)
            if (chance(20)) {
                counts.add("EINTR of a wait")
                return -Errno.EINTR
            }
            deliver(batch)
        }
    }

    private fun receive(batch: EventBatch, count: Int) {
        inReal -= count
        for (i in 0 until count) {
            val entry = inKernel[batch.tokens[i]]
            if (entry == null) {
                violations += "an event of the real queue for nothing: ${batch.tokens[i]}"
                continue
            }
            val result = if (entry.errno == 0) batch.results[i] else -entry.errno.toLong()
            due += Event(entry.token, result, entry.late)
        }
    }

    /** Copies out what is due, in any order, and some of it twice. */
    private fun deliver(batch: EventBatch): Int {
        if (inReal == 0) due.forEach { it.late = 0 }
        val now = due.filter { it.late == 0 }.shuffled().take(batch.capacity())
        due.removeAll(now.toSet())
        due.forEach { it.late = maxOf(0, it.late - 1) }
        now.forEachIndexed { i, event ->
            batch.tokens[i] = event.token
            batch.results[i] = event.result
            // What comes again is not doubled again, since it belongs to nothing in the kernel.
            if (inKernel.remove(event.token) != null && chance(30)) {
                counts.add("doubled event")
                due += Event(event.token, event.result, random.nextInt(4))
            }
        }
        return now.size
    }

    private fun List<Event>.shuffled(): List<Event> {
        val list = toMutableList()
        for (i in list.indices.reversed()) {
            val other = random.nextInt(i + 1)
            list[i] = list[other].also { list[other] = list[i] }
        }
        if (size > 1) counts.add("shuffled batch")
        return list
    }

    override fun wake() = real.wake()

    // ---- after the end

    /** Whether the lane has died. */
    val isOver: Boolean
        get() = lock.withLock { isDead }

    /** The kernel goes on when the completion thread is no more: with what it had by then. */
    fun settle() = lock.withLock {
        if (death == Death.COMPLETION_THREAD_DIES) {
            val events = EventBatch(real.capacity() + 1)
            while (inReal > 0) inReal -= maxOf(0, real.await(events))
        }
    }

    /** Ends the completion thread if there is one, and gives back what the lane keeps for good. */
    fun bury(completionThread: String) {
        settle()
        lock.withLock { isBuried = true }
        real.wake()
        eventually("no completion thread") { threadsNamed(completionThread).isEmpty() }
        real.close()
    }

    override fun close() {
        if (inKernel.isNotEmpty()) violations += "closed with ${inKernel.size} in the kernel"
        real.close()
    }

    private companion object {
        const val UNIT = 4096
        const val CALLS_OF_LIFE_MAX = 150
        val WRITE_ERRNOS =
            mapOf(
                "EIO" to Errno.EIO,
                "ENOSPC" to Errno.ENOSPC,
                "EFBIG" to Errno.EFBIG,
                "EDQUOT" to Errno.EDQUOT,
                "EAGAIN" to Errno.EAGAIN,
                "EINTR" to Errno.EINTR,
            )
        val READ_ERRNOS =
            mapOf("EIO" to Errno.EIO, "EAGAIN" to Errno.EAGAIN, "EINTR" to Errno.EINTR)
    }
}
