package io.aiofile.contract

import io.aiofile.AlignedBuffers
import java.nio.ByteBuffer
import java.util.SplittableRandom
import java.util.concurrent.ConcurrentLinkedQueue

/**
 * Memory for the calls of a [FaultCampaign]. What is not lent is full of canaries, so a kernel that
 * still uses the memory of an operation that is over is found out.
 */
internal class CampaignMemory {
    /** A block of memory, of which a call gets a part, with canaries before and behind. */
    inner class Block(private val whole: ByteBuffer) {
        /** The call's part, with the call's own position and limit. */
        fun lend(length: Int): ByteBuffer = whole.duplicate().position(EDGE).limit(EDGE + length)

        fun put(bytes: ByteArray) {
            whole.put(EDGE, bytes)
        }

        /** The first bytes of that part. */
        fun bytes(count: Int) = ByteArray(count).also { whole.get(EDGE, it) }

        /**
         * The call is over. All but the first [used] bytes must still be canaries: else answers the
         * index of the first that is not, -1 being the last one before the call's part.
         */
        fun takeBack(used: Int): Int? {
            for (i in 0 until used) whole.put(EDGE + i, CANARY)
            val stray = stray()
            if (stray == null) idle += this
            return stray?.minus(EDGE)
        }

        private fun stray() =
            whole.duplicate().clear().mismatch(canaries.duplicate()).takeIf { it >= 0 }

        fun isIntact() = stray() == null
    }

    private val canaries: ByteBuffer = ByteBuffer.allocate(BYTES)
    private val idle = ConcurrentLinkedQueue<Block>()

    init {
        fill(canaries)
    }

    /** A block, on the heap or direct, at a page boundary or not. */
    fun take(random: SplittableRandom): Block {
        // A while after it was given back: the longer, the more is found.
        val reused = if (idle.size >= IDLE_MIN) idle.poll() else null
        if (reused != null) {
            check(reused.isIntact()) { "memory was written to after its operation was over" }
            return reused
        }
        val memory =
            when (random.nextInt(4)) {
                0 -> ByteBuffer.allocate(BYTES)
                1 -> ByteBuffer.allocateDirect(BYTES + 3).position(3).slice()
                else -> AlignedBuffers.allocate(BYTES, EDGE)
            }
        fill(memory)
        return Block(memory)
    }

    /** To be called at the end, with nothing lent. */
    fun areAllIntact() = idle.all { it.isIntact() }

    private fun fill(memory: ByteBuffer) {
        for (i in 0 until BYTES) memory.put(i, CANARY)
    }

    companion object {
        const val LENGTH_MAX = 48 shl 10
        private const val EDGE = 4096
        private const val BYTES = LENGTH_MAX + 2 * EDGE
        private const val IDLE_MIN = 96
        private const val CANARY: Byte = 0x5A
    }
}
