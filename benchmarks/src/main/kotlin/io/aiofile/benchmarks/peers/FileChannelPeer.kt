package io.aiofile.benchmarks.peers

import io.aiofile.AlignedBuffers
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.AwaitedJob
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.ByteSink
import io.aiofile.benchmarks.worker.CoroutineSession
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.ScanJob
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.SuspendingFile
import io.aiofile.benchmarks.worker.Work
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Path
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext

/** What Kotlin users write today: the blocking channel, each call on the dispatcher for I/O. */
internal class FileChannelPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job =
        when (work) {
            is AwaitedWork ->
                AwaitedJob(
                    work,
                    CoroutineSession(
                        work,
                        BlockingFile(
                            FileChannel.open(
                                file,
                                AsynchronousFileChannelPeer.options(work.operation, work.access),
                            )
                        ),
                    ),
                )
            is ScanWork -> ScanJob { scan(work, file, it) }
            else -> throw Missing("it has positional reads and writes only")
        }

    private fun scan(work: ScanWork, path: Path, sink: ByteSink) {
        val options = AsynchronousFileChannelPeer.options(Operation.READ, work.access)
        FileChannel.open(path, options).use { channel ->
            val chunk = AlignedBuffers.allocate(work.chunkBytes, PAGE_BYTES)
            runBlocking {
                while (true) {
                    chunk.clear()
                    if (withContext(Dispatchers.IO) { channel.read(chunk) } < 0) {
                        break
                    }
                    sink.take(chunk.flip())
                }
            }
        }
    }

    companion object {
        const val NAME = "FileChannel on Dispatchers.IO"
        private const val PAGE_BYTES = 4096
    }
}

private class BlockingFile(private val channel: FileChannel) : SuspendingFile {
    override suspend fun read(block: ByteBuffer, position: Long): Int =
        withContext(Dispatchers.IO) { channel.read(block, position) }

    override suspend fun write(block: ByteBuffer, position: Long): Int =
        withContext(Dispatchers.IO) { channel.write(block, position) }

    override suspend fun sync() = withContext(Dispatchers.IO) { channel.force(false) }

    override fun close() = channel.close()
}
