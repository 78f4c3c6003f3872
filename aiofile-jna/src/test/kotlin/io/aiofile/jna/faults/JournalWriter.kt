package io.aiofile.jna.faults

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AioOptions
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.aiofile.contract.Records
import java.io.FileDescriptor
import java.io.FileOutputStream
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.SplittableRandom
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Semaphore

/** How a [JournalWriter] writes. */
internal enum class Journal(val mode: OpenMode) {
    /** Records of any length at the end of the file, through the page cache. */
    APPENDED(OpenMode.APPEND),

    /**
     * A record to a block, past the page cache: by way of the kernel's queue, where there is one.
     */
    BLOCKS(OpenMode.READ_WRITE.withDirect());

    companion object {
        const val BLOCK_BYTES = 4096
        const val BLOCKS_MAX = 8192
    }
}

/**
 * A process that writes records until it is killed, and says on its standard output which ones are
 * acknowledged: eight bytes for each number. Some are when their write is, others when a sync is
 * that was asked for after them.
 *
 * Arguments: backend, path, kind of [Journal], seed, first number.
 */
internal class JournalWriter
private constructor(private val file: AsyncFile, private val random: SplittableRandom) {
    private val acknowledged = FileOutputStream(FileDescriptor.out)
    private val places = Semaphore(IN_FLIGHT)

    private fun append(number: Long) {
        // A long one now and then: the kernel looks for SIGKILL between two pages of a write.
        val long = random.nextInt(30) == 0
        val length = Records.HEADER_BYTES + random.nextInt(if (long) 1_000_000 else 6000)
        val record = Records.of(number, length)
        // From the heap they go through pooled memory, the short ones inline; a long one would go
        // in pieces, with others between.
        val source =
            if (!long && random.nextBoolean()) ByteBuffer.wrap(record)
            else ByteBuffer.allocateDirect(record.size).put(record).flip()
        submit(number, file.appendAsync(source))
    }

    private fun writeBlock(number: Long) {
        val source = AlignedBuffers.allocate(Journal.BLOCK_BYTES, Journal.BLOCK_BYTES)
        source.put(Records.of(number, Journal.BLOCK_BYTES)).flip()
        submit(number, file.writeAsync(source, number * Journal.BLOCK_BYTES))
    }

    private fun submit(number: Long, write: AioFuture<Int>) {
        places.acquireUninterruptibly()
        val promise: AioFuture<*> = if (random.nextInt(40) == 0) file.dataSyncAsync() else write
        promise.onRelease { _, failure ->
            places.release()
            if (failure != null) abort(failure) else acknowledge(number)
        }
    }

    @Synchronized
    private fun acknowledge(number: Long) =
        acknowledged.write(ByteBuffer.allocate(Long.SIZE_BYTES).putLong(number).array())

    private fun abort(failure: Throwable) {
        failure.printStackTrace()
        Runtime.getRuntime().halt(1)
    }

    companion object {
        private const val IN_FLIGHT = 32

        @JvmStatic
        fun main(arguments: Array<String>) {
            val (backend, path, kind, seed, first) = arguments
            val journal = Journal.valueOf(kind)
            val context = AioContext.open(AioOptions.defaults().withBackend(backend))
            val file = context.openFileAsync(Path.of(path), journal.mode).await()
            val writer = JournalWriter(file, SplittableRandom(seed.toLong()))
            var number = first.toLong()
            when (journal) {
                Journal.APPENDED -> while (true) writer.append(number++)
                Journal.BLOCKS -> while (number < Journal.BLOCKS_MAX) writer.writeBlock(number++)
            }
            CountDownLatch(1).await()
        }
    }
}
