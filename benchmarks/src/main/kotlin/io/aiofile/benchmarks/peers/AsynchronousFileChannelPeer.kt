package io.aiofile.benchmarks.peers

import com.sun.nio.file.ExtendedOpenOption
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedFile
import io.aiofile.benchmarks.worker.AwaitedJob
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.CallbackSession
import io.aiofile.benchmarks.worker.IdleJob
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.ManyFilesJob
import io.aiofile.benchmarks.worker.ManyFilesWork
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.QueueLoop
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Slot
import io.aiofile.benchmarks.worker.Work
import java.io.IOException
import java.nio.channels.AsynchronousFileChannel
import java.nio.channels.CompletionHandler
import java.nio.file.Files
import java.nio.file.OpenOption
import java.nio.file.Path
import java.nio.file.StandardOpenOption
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors

/** The JDK's, with its default group of threads; its blocking `force` on a pool. */
internal class AsynchronousFileChannelPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job =
        when (work) {
            is AwaitedWork -> awaited(work, file)
            is IdleWork -> IdleJob(work) { awaited(IdleJob.reads(file), file) }
            is ManyFilesWork -> manyFiles(work, file)
            is ScanWork ->
                AwaitedScan(
                        work,
                        Files.size(file),
                        QueueLoop(),
                        ChannelFile(channel(file, Operation.READ, work.access)),
                    )
                    .job()
            else -> throw Missing("it has positional reads and writes only")
        }

    private fun awaited(work: AwaitedWork, file: Path): Job {
        val channel = channel(file, work.operation, work.access)
        return AwaitedJob(work, CallbackSession(work, QueueLoop(), ChannelFile(channel)))
    }

    private fun manyFiles(work: ManyFilesWork, directory: Path): Job {
        val channels =
            List(work.files) { channel(directory.resolve("$it"), Operation.READ, Access.DIRECT) }
        val handler =
            object : CompletionHandler<Int, ManyFilesJob.Answer> {
                override fun completed(count: Int, answer: ManyFilesJob.Answer) =
                    answer.given(count, null)

                override fun failed(failure: Throwable, answer: ManyFilesJob.Answer) =
                    answer.given(0, failure)
            }
        return ManyFilesJob(work) { index, block, answer ->
            channels[index].read(block, 0, answer, handler)
        }
    }

    companion object {
        const val NAME = "AsynchronousFileChannel"

        fun options(operation: Operation, access: Access): Set<OpenOption> = buildSet {
            add(StandardOpenOption.READ)
            if (operation != Operation.READ) {
                add(StandardOpenOption.WRITE)
            }
            if (access == Access.DIRECT) {
                add(ExtendedOpenOption.DIRECT)
            }
        }

        private fun channel(file: Path, operation: Operation, access: Access) =
            AsynchronousFileChannel.open(file, options(operation, access), null)
    }
}

private class ChannelFile(private val channel: AsynchronousFileChannel) : AwaitedFile {
    private val pool: ExecutorService = Executors.newCachedThreadPool {
        Thread(it, "force").apply { isDaemon = true }
    }

    override fun read(slot: Slot) {
        slot.block.clear()
        channel.read(slot.block, slot.position, slot, Handler)
    }

    override fun write(slot: Slot) {
        slot.block.clear()
        channel.write(slot.block, slot.position, slot, Handler)
    }

    override fun sync(slot: Slot) {
        pool.execute {
            try {
                channel.force(false)
                slot.done(0)
            } catch (failure: IOException) {
                slot.failed(failure)
            }
        }
    }

    private object Handler : CompletionHandler<Int, Slot> {
        override fun completed(count: Int, slot: Slot) = slot.done(count)

        override fun failed(failure: Throwable, slot: Slot) = slot.failed(failure)
    }

    override fun close() {
        channel.close()
        pool.shutdown()
    }
}
