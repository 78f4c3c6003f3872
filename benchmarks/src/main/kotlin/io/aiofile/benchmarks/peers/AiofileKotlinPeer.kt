package io.aiofile.benchmarks.peers

import io.aiofile.OpenMode
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.LinesJob
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.Work
import io.aiofile.ktx.lines
import io.aiofile.ktx.openFile
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

/** This library, from Kotlin, on one of its backends: a flow that one thread collects. */
internal class AiofileKotlinPeer(private val backend: String) : Peer {
    override val name = nameOf(backend)

    override fun open(work: Work, file: Path, target: Path): Job {
        if (work !is LinesWork) {
            throw Missing("from Kotlin its flows are measured; the rest is the same as from Java")
        }
        val context = AiofilePeer.open(backend)
        return OwningJob(
            context,
            LinesJob { sink ->
                runBlocking {
                    context.openFile(file, OpenMode.READ) { opened ->
                        opened.lines().collect(sink::line)
                    }
                }
            },
        )
    }

    companion object {
        fun nameOf(backend: String) = "${AiofilePeer.nameOf(backend)}, Flow"
    }
}
