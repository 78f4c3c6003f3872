package io.aiofile.benchmarks.peers

import io.aiofile.AlignedBuffers
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedFile
import io.aiofile.benchmarks.worker.AwaitedJob
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.CallbackSession
import io.aiofile.benchmarks.worker.IdleJob
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.QueueLoop
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Slot
import io.aiofile.benchmarks.worker.Work
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import one.jasyncfio.AsyncFile
import one.jasyncfio.EventExecutor
import one.jasyncfio.OpenOption

/** io_uring for Java, with its defaults. */
internal class JasyncfioPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job =
        when (work) {
            is AwaitedWork -> awaited(work, file)
            is IdleWork -> IdleJob(work) { awaited(IdleJob.reads(file), file) }
            is ScanWork ->
                AwaitedScan(
                        work,
                        Files.size(file),
                        QueueLoop(),
                        open(file, Operation.READ, work.access),
                    )
                    .job()
            else -> throw Missing("it has positional reads and writes only")
        }

    private fun awaited(work: AwaitedWork, file: Path): Job {
        val opened = open(file, work.operation, work.access)
        return AwaitedJob(work, CallbackSession(work, QueueLoop(), opened))
    }

    private fun open(path: Path, operation: Operation, access: Access): AwaitedFile {
        val executor = executor()
        val options = buildList {
            add(if (operation == Operation.READ) OpenOption.READ_ONLY else OpenOption.READ_WRITE)
            if (access == Access.DIRECT) {
                add(OpenOption.DIRECT)
            }
        }
        val file = AsyncFile.open(path, executor, *options.toTypedArray()).join()
        if (access == Access.DIRECT) {
            tryDirect(file)
        }
        return JasyncfioFile(executor, file)
    }

    /** It has a ring with IORING_SETUP_IOPOLL for such files, and no way to do without. */
    private fun tryDirect(file: AsyncFile) {
        try {
            file.read(AlignedBuffers.allocate(PAGE_BYTES, PAGE_BYTES), 0L).join()
        } catch (refused: CompletionException) {
            throw Missing("its O_DIRECT needs a device that can be polled: ${refused.message}")
        }
    }

    companion object {
        const val NAME = "jasyncfio"
        private const val PAGE_BYTES = 4096

        fun executor(): EventExecutor =
            try {
                EventExecutor.initDefault()
            } catch (unusable: LinkageError) {
                throw Missing("its native library does not load: $unusable")
            } catch (unusable: RuntimeException) {
                throw Missing("it does not start: $unusable")
            }
    }
}

private class JasyncfioFile(private val executor: EventExecutor, private val file: AsyncFile) :
    AwaitedFile {

    override fun read(slot: Slot) {
        slot.block.clear()
        take(file.read(slot.block, slot.position), slot)
    }

    override fun write(slot: Slot) {
        slot.block.clear()
        take(file.write(slot.block, slot.position), slot)
    }

    override fun sync(slot: Slot) = take(file.dataSync(), slot)

    @Suppress("UNCHECKED_CAST") // its AsyncFile is compiled without the type arguments
    private fun take(future: CompletableFuture<*>, slot: Slot) {
        (future as CompletableFuture<Int>).whenComplete { count, failure ->
            if (failure == null) slot.done(count) else slot.failed(failure)
        }
    }

    override fun close() {
        file.close().join()
        executor.close()
    }
}
