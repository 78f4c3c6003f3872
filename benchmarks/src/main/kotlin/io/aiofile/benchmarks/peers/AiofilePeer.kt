package io.aiofile.benchmarks.peers

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.aiofile.ChunkOptions
import io.aiofile.DirectChunkReader
import io.aiofile.LineOptions
import io.aiofile.LineReader
import io.aiofile.OpenMode
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedFile
import io.aiofile.benchmarks.worker.AwaitedJob
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.ByteSink
import io.aiofile.benchmarks.worker.CallbackSession
import io.aiofile.benchmarks.worker.CopyJob
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.CostWork
import io.aiofile.benchmarks.worker.IdleJob
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.LineSink
import io.aiofile.benchmarks.worker.LinesJob
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.ManyFilesJob
import io.aiofile.benchmarks.worker.ManyFilesWork
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.QueueLoop
import io.aiofile.benchmarks.worker.ScanJob
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Slot
import io.aiofile.benchmarks.worker.Work
import java.io.UncheckedIOException
import java.nio.file.Path
import java.util.function.BiConsumer

/** This library, from Java, on one of its backends. */
internal class AiofilePeer(private val backend: String) : Peer {
    override val name = nameOf(backend)

    override fun open(work: Work, file: Path, target: Path): Job {
        if (work is IdleWork) {
            // Each round a context of its own, whose threads are among those that are counted.
            return IdleJob(work) { awaited(open(backend), IdleJob.reads(file), file) }
        }
        val context = open(backend)
        try {
            return when (work) {
                is AwaitedWork -> awaited(context, work, file)
                is ScanWork -> OwningJob(context, ScanJob { scan(context, work, file, it) })
                is LinesWork -> OwningJob(context, LinesJob { lines(context, file, it) })
                is CopyWork -> OwningJob(context, copy(context, work, file, target))
                is ManyFilesWork -> OwningJob(context, manyFiles(context, work, file))
                is IdleWork -> error("it has a context of its own")
                is CostWork -> throw Missing("JMH does that")
            }
        } catch (failure: Throwable) {
            context.close()
            throw failure
        }
    }

    private fun awaited(context: AioContext, work: AwaitedWork, path: Path): Job {
        val file = context.openFileAsync(path, mode(work.operation, work.access)).await()
        return AwaitedJob(work, CallbackSession(work, QueueLoop(), AiofileFile(context, file)))
    }

    private fun scan(context: AioContext, work: ScanWork, path: Path, sink: ByteSink) {
        // As everybody here does with the memory of his.
        val options =
            ChunkOptions.defaults().withChunkBytes(work.chunkBytes).withReadAhead(work.readAhead)
        context.openFileAsync(path, mode(Operation.READ, work.access)).await().use { file ->
            DirectChunkReader(file, options).use { reader ->
                reader.forEachAsync(sink::take).await()
            }
        }
    }

    private fun lines(context: AioContext, path: Path, sink: LineSink) {
        context.openFileAsync(path, OpenMode.READ).await().use { file ->
            LineReader(file, LineOptions.defaults()).use { reader ->
                reader.forEachAsync(sink::line).await()
            }
        }
    }

    private fun manyFiles(context: AioContext, work: ManyFilesWork, directory: Path): Job {
        val files =
            (0 until work.files)
                .map { context.openFileAsync(directory.resolve("$it"), OpenMode.READ.withDirect()) }
                .map { it.await() }
        return ManyFilesJob(work) { index, block, answer ->
            files[index].readAsync(block, 0).onRelease { count, failure ->
                answer.given(count ?: 0, failure)
            }
        }
    }

    private fun copy(context: AioContext, work: CopyWork, source: Path, target: Path): Job {
        val mode = if (work.durable) OpenMode.WRITE else OpenMode.WRITE.withoutSyncOnClose()
        return CopyJob({ context.files().copyAsync(source, target, mode).await() }, {})
    }

    companion object {
        fun nameOf(backend: String) = "aiofile $backend"

        fun open(backend: String): AioContext =
            try {
                AioContext.open(AioOptions.defaults().withBackend(backend))
            } catch (unknown: IllegalArgumentException) {
                throw Missing(unknown.message ?: backend)
            } catch (unavailable: UncheckedIOException) {
                throw Missing(unavailable.message ?: backend)
            }

        fun mode(operation: Operation, access: Access): OpenMode {
            val mode =
                if (operation == Operation.READ) OpenMode.READ
                else OpenMode.READ_WRITE.withoutSyncOnClose()
            return if (access == Access.DIRECT) mode.withDirect() else mode
        }
    }
}

/** A job that takes its context along when it ends. */
internal class OwningJob(private val context: AioContext, private val job: Job) : Job by job {
    override fun close() {
        job.close()
        context.close()
    }
}

/**
 * Results that are there when the call returns are taken at once, as an awaiting coroutine takes
 * them; the others come back through the release hook, which is what a bridge to an event loop
 * uses.
 */
private class AiofileFile(private val context: AioContext, private val file: AsyncFile) :
    AwaitedFile {

    override fun read(slot: Slot) {
        slot.block.clear()
        take(file.readAsync(slot.block, slot.position), slot)
    }

    override fun write(slot: Slot) {
        slot.block.clear()
        take(file.writeAsync(slot.block, slot.position), slot)
    }

    override fun sync(slot: Slot) {
        file
            .dataSyncAsync()
            .onRelease(
                BiConsumer { _, failure ->
                    if (failure == null) slot.done(0) else slot.failed(failure)
                }
            )
    }

    private fun take(future: AioFuture<Int>, slot: Slot) {
        if (future.isDone && !future.isCompletedExceptionally) {
            slot.done(future.join())
        } else {
            future.onRelease(
                BiConsumer { count, failure ->
                    if (failure == null) slot.done(requireNotNull(count)) else slot.failed(failure)
                }
            )
        }
    }

    override fun close() {
        file.close()
        context.close()
    }
}
