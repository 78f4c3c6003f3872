package io.aiofile.benchmarks.worker

import io.aiofile.benchmarks.data.Pattern
import io.aiofile.benchmarks.data.WrittenBlock
import io.aiofile.benchmarks.measure.WrongResult
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture

/** The operations of one round, in their order, and what is noted about each. */
internal class Round(
    val positions: LongArray,
    /** For the stamp on what is written. */
    val number: Long,
    /** Where the checksum of what was read goes; null in a timed round. */
    val checksums: IntArray?,
) {
    val operations = positions.size
    val startNanos = LongArray(operations)
    val latencyNanos = LongArray(operations)
    /** How long the call held the caller's thread. */
    val heldNanos = LongArray(operations)
    /** Of a call that held it for long, how long the thread waited for a processor meanwhile. */
    val queuedNanos = LongArray(operations)
}

/** 5 ms: a call that holds its thread for longer is a stall. */
internal const val STALL_NANOS = 5_000_000L

/** A file, as someone lets operations be started on it. All calls come from the loop's thread. */
internal interface AwaitedFile : AutoCloseable {
    /**
     * Starts a read of the slot's block; [Slot.done] or [Slot.failed] is called from any thread.
     */
    fun read(slot: Slot)

    /** Starts a write of the slot's block. */
    fun write(slot: Slot)

    /** Starts a sync, which covers the write before it. */
    fun sync(slot: Slot)

    /** Puts the stamp into the first word of the slot's block. */
    fun stamp(slot: Slot, stamp: Long) {
        slot.block.putLong(0, stamp)
    }

    /** Puts the content before the stamp into the slot's block. */
    fun load(slot: Slot, content: ByteBuffer) {
        slot.block.duplicate().clear().put(content.duplicate())
    }

    /** What the slot's block holds. */
    fun content(slot: Slot): ByteBuffer = slot.block.duplicate().clear()
}

/** One of the operations in flight, with the memory it works on. */
internal class Slot(
    val index: Int,
    val block: ByteBuffer,
    private val loop: Loop,
    private val arrived: (Slot) -> Unit,
) : Runnable {
    var sequence = 0
    var position = 0L
    var syncing = false
    var transferred = 0
    var failure: Throwable? = null

    fun done(bytes: Int) {
        transferred = bytes
        hand()
    }

    fun failed(cause: Throwable) {
        failure = cause
        hand()
    }

    private fun hand() {
        if (loop.isCurrent()) {
            arrived(this)
        } else {
            loop.execute(this)
        }
    }

    override fun run() = arrived(this)
}

/**
 * Issues a round's operations from a loop. What is done before the call returned is taken up again
 * when the loop comes to it, not in the middle of the call, as an awaiting caller would.
 */
internal class AwaitedRun(
    private val work: AwaitedWork,
    private val loop: Loop,
    private val file: AwaitedFile,
    blocks: List<ByteBuffer>,
) {
    private val slots = blocks.mapIndexed { index, block -> Slot(index, block, loop, ::arrived) }
    private val runQueue = RunQueue()
    private val ready = ArrayDeque<Slot>(slots.size)
    private lateinit var round: Round
    private lateinit var over: CompletableFuture<Long>
    private var began = 0L
    private var issued = 0
    private var completed = 0
    private var draining = false

    /** The last block of each slot, for a look at what timed rounds read. */
    fun lastBlocks(): List<Pair<Long, Int>> =
        slots.take(round.operations).map { it.position to Pattern.crc(file.content(it)) }

    fun load(content: ByteBuffer) = slots.forEach { file.load(it, content) }

    /** Plays a round and says how many nanoseconds it took. */
    fun play(next: Round): Long {
        over = CompletableFuture()
        loop.execute {
            round = next
            issued = 0
            completed = 0
            began = System.nanoTime()
            slots.take(next.operations).forEach { ready.addLast(it) }
            drain { issueNext(it) }
        }
        return over.join()
    }

    private inline fun drain(issue: (Slot) -> Unit) {
        draining = true
        try {
            while (true) {
                val slot = ready.removeFirstOrNull() ?: break
                issue(slot)
            }
        } catch (failure: Exception) {
            over.completeExceptionally(failure)
        } finally {
            draining = false
        }
    }

    /** On the loop's thread. */
    private fun arrived(slot: Slot) {
        if (draining) {
            ready.addLast(slot)
            // Its latency ends here, not when its turn comes.
            note(slot)
            return
        }
        note(slot)
        ready.addLast(slot)
        drain { issueNext(it) }
    }

    private fun note(slot: Slot) {
        slot.failure?.let {
            slot.failure = null
            over.completeExceptionally(it)
            return
        }
        if (work.operation == Operation.WRITE_AND_SYNC && !slot.syncing) {
            slot.syncing = true
            return
        }
        slot.syncing = false
        if (work.operation == Operation.READ && slot.transferred != work.blockBytes) {
            over.completeExceptionally(
                WrongResult("${slot.transferred} bytes instead of ${work.blockBytes}")
            )
            return
        }
        val sequence = slot.sequence
        round.latencyNanos[sequence] = System.nanoTime() - round.startNanos[sequence]
        round.checksums?.set(sequence, Pattern.crc(file.content(slot)))
        if (++completed == round.operations) {
            over.complete(System.nanoTime() - began)
        }
    }

    private fun issueNext(slot: Slot) {
        if (slot.syncing) {
            file.sync(slot)
            return
        }
        if (issued == round.operations) {
            return
        }
        val sequence = issued++
        slot.sequence = sequence
        slot.position = round.positions[sequence]
        val start = System.nanoTime()
        round.startNanos[sequence] = start
        if (work.operation == Operation.READ) {
            file.read(slot)
        } else {
            file.stamp(slot, WrittenBlock.stamp(slot.position, round.number))
            file.write(slot)
        }
        if (work.watch == Watch.CALLER) {
            noteHeld(sequence, System.nanoTime() - start)
        }
    }

    private fun noteHeld(sequence: Int, heldNanos: Long) {
        round.heldNanos[sequence] = heldNanos
        if (heldNanos > STALL_NANOS) {
            round.queuedNanos[sequence] = runQueue.waitedNanos()
        } else if (sequence % LOOK_EVERY == 0) {
            runQueue.waitedNanos()
        }
    }

    private companion object {
        /** Calls: a look takes as long as several of them. */
        const val LOOK_EVERY = 16
    }
}
