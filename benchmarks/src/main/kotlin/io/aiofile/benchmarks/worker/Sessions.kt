package io.aiofile.benchmarks.worker

import io.aiofile.AlignedBuffers
import io.aiofile.benchmarks.data.Pattern
import io.aiofile.benchmarks.data.WrittenBlock
import io.aiofile.benchmarks.measure.WrongResult
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.Executors
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** A file open for rounds of awaited operations. */
internal interface AwaitedSession : AutoCloseable {
    /** Gives each block in flight its content before the stamp. */
    fun load(content: ByteBuffer)

    /** Plays a round and says how many nanoseconds it took. */
    fun play(round: Round): Long

    /** Positions and checksums of what the last operations have left in memory. */
    fun lastBlocks(): List<Pair<Long, Int>>
}

/** Memory for the operations in flight: direct, and aligned for any device. */
internal fun blocksFor(work: AwaitedWork): List<ByteBuffer> =
    List(work.inFlight) {
        AlignedBuffers.allocate(work.blockBytes, ALIGNMENT).order(ByteOrder.LITTLE_ENDIAN)
    }

private const val ALIGNMENT = 4096

/** Results come back to a loop by a callback. */
internal class CallbackSession(work: AwaitedWork, private val loop: Loop, val file: AwaitedFile) :
    AwaitedSession {
    private val blocks = blocksFor(work)
    private val run = AwaitedRun(work, loop, file, blocks)

    override fun load(content: ByteBuffer) {
        run.load(content)
    }

    override fun play(round: Round): Long = run.play(round)

    override fun lastBlocks() = run.lastBlocks()

    override fun close() {
        file.close()
        loop.close()
    }
}

/** A file whose operations suspend. */
internal interface SuspendingFile : AutoCloseable {
    suspend fun read(block: ByteBuffer, position: Long): Int

    suspend fun write(block: ByteBuffer, position: Long): Int

    suspend fun sync()
}

/** One coroutine for each operation in flight, all on one thread. */
internal class CoroutineSession(private val work: AwaitedWork, private val file: SuspendingFile) :
    AwaitedSession {
    private val loop = Executors.newSingleThreadExecutor {
        Thread(it, "loop").apply { isDaemon = true }
    }
    private val dispatcher = loop.asCoroutineDispatcher()
    private val blocks = blocksFor(work)
    private val lastPositions = LongArray(work.inFlight)
    // Only the loop's thread touches it.
    private var issued = 0

    override fun load(content: ByteBuffer) {
        blocks.forEach { it.duplicate().clear().put(content.duplicate()) }
    }

    override fun play(round: Round): Long =
        runBlocking(dispatcher) {
            issued = 0
            val began = System.nanoTime()
            val players =
                List(minOf(work.inFlight, round.operations)) { launch { play(round, it) } }
            players.forEach { it.join() }
            System.nanoTime() - began
        }

    private suspend fun play(round: Round, slot: Int) {
        val block = blocks[slot]
        while (issued < round.operations) {
            val sequence = issued++
            val position = round.positions[sequence]
            lastPositions[slot] = position
            round.startNanos[sequence] = System.nanoTime()
            block.clear()
            if (work.operation == Operation.READ) {
                val count = file.read(block, position)
                if (count != work.blockBytes) {
                    throw WrongResult("$count bytes instead of ${work.blockBytes}")
                }
            } else {
                block.putLong(0, WrittenBlock.stamp(position, round.number))
                file.write(block, position)
                if (work.operation == Operation.WRITE_AND_SYNC) {
                    file.sync()
                }
            }
            round.latencyNanos[sequence] = System.nanoTime() - round.startNanos[sequence]
            round.checksums?.set(sequence, Pattern.crc(block.duplicate().clear()))
        }
    }

    override fun lastBlocks() = blocks.mapIndexed { slot, block ->
        lastPositions[slot] to Pattern.crc(block.duplicate().clear())
    }

    override fun close() {
        file.close()
        dispatcher.close()
    }
}
