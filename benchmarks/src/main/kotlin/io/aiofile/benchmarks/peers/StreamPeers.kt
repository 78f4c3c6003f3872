package io.aiofile.benchmarks.peers

import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.CopyJob
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.LinesJob
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.ScanJob
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Work
import java.io.FileInputStream
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption
import okio.FileSystem
import okio.Path.Companion.toOkioPath
import okio.buffer

/** The JDK's blocking stream: what a scan could cost at best. */
internal class FileInputStreamPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job {
        if (work !is ScanWork) {
            throw Missing("it is a stream of bytes")
        }
        val chunk = ByteArray(work.chunkBytes)
        return ScanJob { sink ->
            FileInputStream(file.toFile()).use { input ->
                while (true) {
                    val count = input.read(chunk)
                    if (count < 0) {
                        break
                    }
                    sink.take(chunk, count)
                }
            }
        }
    }

    companion object {
        const val NAME = "FileInputStream"
    }
}

/** The JDK's blocking reader of lines. */
internal class BufferedReaderPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job {
        if (work !is LinesWork) {
            throw Missing("it reads lines")
        }
        return LinesJob { sink ->
            Files.newBufferedReader(file).use { reader ->
                while (true) {
                    sink.line(reader.readLine() ?: break)
                }
            }
        }
    }

    companion object {
        const val NAME = "BufferedReader"
    }
}

/** The JDK's copy. */
internal class FilesCopyPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job {
        if (work !is CopyWork) {
            throw Missing("it copies")
        }
        return CopyJob(
            {
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING)
                syncIf(work, target)
            },
            {},
        )
    }

    companion object {
        const val NAME = "Files.copy"
    }
}

/** Okio: blocking, with segments of its own. */
internal class OkioPeer : Peer {
    override val name = NAME

    override fun open(work: Work, file: Path, target: Path): Job =
        when (work) {
            is ScanWork -> scan(work, file)
            is LinesWork -> lines(file)
            is CopyWork ->
                CopyJob(
                    {
                        FileSystem.SYSTEM.copy(file.toOkioPath(), target.toOkioPath())
                        syncIf(work, target)
                    },
                    {},
                )
            else -> throw Missing("it is blocking")
        }

    private fun scan(work: ScanWork, file: Path): Job {
        val chunk = ByteArray(work.chunkBytes)
        return ScanJob { sink ->
            FileSystem.SYSTEM.source(file.toOkioPath()).buffer().use { source ->
                while (true) {
                    val count = source.read(chunk)
                    if (count < 0) {
                        break
                    }
                    sink.take(chunk, count)
                }
            }
        }
    }

    private fun lines(file: Path): Job = LinesJob { sink ->
        FileSystem.SYSTEM.source(file.toOkioPath()).buffer().use { source ->
            while (true) {
                sink.line(source.readUtf8Line() ?: break)
            }
        }
    }

    companion object {
        const val NAME = "Okio"
    }
}

private fun syncIf(work: CopyWork, target: Path) {
    if (work.durable) {
        FileChannel.open(target, StandardOpenOption.WRITE).use { it.force(false) }
    }
}
