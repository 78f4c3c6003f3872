package io.aiofile.benchmarks.data

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import java.util.SplittableRandom

/** In which order the blocks of a file are taken. */
internal enum class Order {
    LINEAR,
    RANDOM,
}

/**
 * Where the operations of a round go. Everyone gets the same places, by way of a file of 64-bit
 * little-endian positions; no block comes twice in a round, so that a cold one is cold, and a
 * written one is written once.
 */
internal object Positions {
    fun of(order: Order, fileBytes: Long, blockBytes: Int, operations: Int, seed: Long): LongArray {
        val blocks = Math.toIntExact(fileBytes / blockBytes)
        require(operations <= blocks) {
            "$operations operations of $blockBytes bytes need a larger file than $fileBytes bytes"
        }
        if (order == Order.LINEAR) {
            return LongArray(operations) { it.toLong() * blockBytes }
        }
        val random = SplittableRandom(seed)
        val shuffled = IntArray(blocks) { it }
        return LongArray(operations) { index ->
            val other = random.nextInt(index, blocks)
            val block = shuffled[other]
            shuffled[other] = shuffled[index]
            block.toLong() * blockBytes
        }
    }

    fun write(positions: LongArray, file: Path) {
        val bytes = ByteBuffer.allocate(positions.size * Long.SIZE_BYTES)
        bytes.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(positions)
        Files.write(file, bytes.array())
    }

    fun read(file: Path): LongArray {
        val longs = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN)
        return LongArray(longs.remaining() / Long.SIZE_BYTES).also { longs.asLongBuffer().get(it) }
    }
}

/**
 * The checksums of a pass over such positions: 32-bit little-endian, in the order of the positions.
 */
internal object Checksums {
    fun write(checksums: IntArray, file: Path) {
        val bytes = ByteBuffer.allocate(checksums.size * Int.SIZE_BYTES)
        bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(checksums)
        Files.write(file, bytes.array())
    }

    fun read(file: Path): IntArray {
        val ints = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN)
        return IntArray(ints.remaining() / Int.SIZE_BYTES).also { ints.asIntBuffer().get(it) }
    }
}
