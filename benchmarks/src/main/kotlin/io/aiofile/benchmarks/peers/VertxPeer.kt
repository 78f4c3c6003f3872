package io.aiofile.benchmarks.peers

import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedFile
import io.aiofile.benchmarks.worker.AwaitedJob
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.ByteSink
import io.aiofile.benchmarks.worker.CallbackSession
import io.aiofile.benchmarks.worker.CopyJob
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.IdleJob
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.LineSink
import io.aiofile.benchmarks.worker.LinesJob
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.Loop
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.ScanJob
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Slot
import io.aiofile.benchmarks.worker.Work
import io.vertx.core.Context
import io.vertx.core.Future
import io.vertx.core.Vertx
import io.vertx.core.VertxOptions
import io.vertx.core.buffer.Buffer
import io.vertx.core.file.AsyncFile
import io.vertx.core.file.OpenOptions
import io.vertx.core.parsetools.RecordParser
import io.vertx.core.streams.ReadStream
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.concurrent.CompletableFuture

/** Vert.x, its files used from its own event loop. */
internal class VertxPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job {
        if ((work as? AwaitedWork)?.access == Access.DIRECT) {
            throw Missing(NO_DIRECT)
        }
        if (work is IdleWork) {
            return IdleJob(work) { open(IdleJob.reads(file), file, target) }
        }
        val vertx = Vertx.vertx(VertxOptions().setEventLoopPoolSize(1))
        val loop = VertxLoop(vertx)
        val job =
            when (work) {
                is AwaitedWork -> {
                    val vertxFile = VertxFile(loop.open(file, work.operation), work)
                    AwaitedJob(work, CallbackSession(work, loop, vertxFile))
                }
                is ScanWork -> ScanJob { scan(loop, file, work.chunkBytes, it) }
                is LinesWork -> LinesJob { lines(loop, file, it) }
                is CopyWork -> copy(vertx, work, file, target)
                else -> throw Missing("no $work here")
            }
        return object : Job by job {
            override fun close() {
                job.close()
                vertx.close().toCompletionStage().toCompletableFuture().join()
            }
        }
    }

    private fun scan(loop: VertxLoop, path: Path, chunkBytes: Int, sink: ByteSink) {
        loop.drain(path, chunkBytes, { it }) { chunk ->
            val bytes = chunk.bytes
            sink.take(bytes, bytes.size)
        }
    }

    private fun lines(loop: VertxLoop, path: Path, sink: LineSink) {
        loop.drain(path, READ_BUFFER_BYTES, { RecordParser.newDelimited("\n", it) }) {
            sink.line(it.toString())
        }
    }

    private fun copy(vertx: Vertx, work: CopyWork, source: Path, target: Path): Job {
        if (work.durable) {
            throw Missing("its copy has no sync")
        }
        val files = vertx.fileSystem()
        return CopyJob(
            { files.copyBlocking(source.toString(), target.toString()) },
            {},
        )
    }

    companion object {
        const val NAME = "Vert.x AsyncFile"
        const val NO_DIRECT = "it has no O_DIRECT"

        /** Its own default. */
        private const val READ_BUFFER_BYTES = 8192
    }
}

/** Vert.x's event loop; [VertxPeer] closes what it belongs to. */
private class VertxLoop(private val vertx: Vertx) : Loop {
    private val context: Context = vertx.getOrCreateContext()
    private val thread: Thread =
        CompletableFuture<Thread>().run {
            context.runOnContext { complete(Thread.currentThread()) }
            join()
        }

    override fun isCurrent() = Thread.currentThread() === thread

    override fun execute(task: Runnable) = context.runOnContext { task.run() }

    /** Files belong to the context they are opened on. */
    fun open(path: Path, operation: Operation): AsyncFile {
        val options =
            OpenOptions().setRead(true).setWrite(operation != Operation.READ).setCreate(false)
        val opened = CompletableFuture<AsyncFile>()
        execute {
            vertx
                .fileSystem()
                .open(path.toString(), options)
                .onComplete({ opened.complete(it) }, { opened.completeExceptionally(it) })
        }
        return opened.join()
    }

    /** Reads a file as a stream until its end. */
    fun drain(
        path: Path,
        chunkBytes: Int,
        parse: (ReadStream<Buffer>) -> ReadStream<Buffer>,
        take: (Buffer) -> Unit,
    ) {
        val file = open(path, Operation.READ)
        val over = CompletableFuture<Unit>()
        execute {
            file.setReadBufferSize(chunkBytes)
            parse(file)
                .exceptionHandler { over.completeExceptionally(it) }
                .endHandler { over.complete(Unit) }
                .handler { take(it) }
        }
        over.join()
        file.close().toCompletionStage().toCompletableFuture().join()
    }

    override fun close() = Unit
}

private class VertxFile(private val file: AsyncFile, private val work: AwaitedWork) : AwaitedFile {
    private val buffers = List(work.inFlight) { Buffer.buffer(ByteArray(work.blockBytes)) }

    override fun read(slot: Slot) {
        take(file.read(buffers[slot.index], 0, slot.position, work.blockBytes), slot)
    }

    override fun write(slot: Slot) {
        take(file.write(buffers[slot.index], slot.position), slot)
    }

    override fun sync(slot: Slot) = take(file.flush(), slot)

    private fun take(future: Future<*>, slot: Slot) {
        // How much was read is not said; the checksums tell whether all of it was.
        future.onComplete({ slot.done(work.blockBytes) }, { slot.failed(it) })
    }

    override fun load(slot: Slot, content: ByteBuffer) {
        buffers[slot.index].setBytes(0, content.duplicate())
    }

    override fun stamp(slot: Slot, stamp: Long) {
        buffers[slot.index].setLongLE(0, stamp)
    }

    override fun content(slot: Slot): ByteBuffer =
        ByteBuffer.wrap(buffers[slot.index].getBytes(0, work.blockBytes))

    override fun close() {
        file.close().toCompletionStage().toCompletableFuture().join()
    }
}
