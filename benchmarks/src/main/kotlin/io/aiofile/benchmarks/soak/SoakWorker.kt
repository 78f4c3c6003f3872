package io.aiofile.benchmarks.soak

import io.aiofile.AioContext
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.aiofile.benchmarks.data.Pattern
import io.aiofile.ktx.awaitRelease
import io.aiofile.ktx.copy
import io.aiofile.ktx.dataSync
import io.aiofile.ktx.lineFlow
import io.aiofile.ktx.lines
import io.aiofile.ktx.openFile
import io.aiofile.ktx.openText
import io.aiofile.ktx.readBytes
import io.aiofile.ktx.readFully
import io.aiofile.ktx.readLine
import io.aiofile.ktx.size
import io.aiofile.ktx.use
import io.aiofile.ktx.write
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.util.concurrent.TimeUnit.MICROSECONDS
import kotlin.random.Random
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.count
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull

/**
 * One of those who use a context at the same time: does this and that by chance, and checks all
 * that it gets.
 */
internal class SoakWorker(
    private val context: AioContext,
    private val files: SoakFiles,
    private val own: Path,
    private val random: Random,
    private val openContext: () -> AioContext,
) {
    private val isDirect = files.isDirectOn(context)
    private val aligned = AlignedBuffers.allocate(BLOCK_BYTES_MAX, PAGE_BYTES)
    private val heap = ByteBuffer.allocate(BLOCK_BYTES_MAX)
    private val expected = ByteBuffer.allocate(BLOCK_BYTES_MAX)

    private val jobs: List<Pair<String, suspend () -> Unit>> =
        listOf(
            "cached reads" to ::cachedReads,
            "direct reads" to ::directReads,
            "writes" to ::writes,
            "direct writes" to ::directWrites,
            "lines" to ::lines,
            "copy" to ::copies,
            "cancelled reads" to ::cancelledReads,
            "timeouts" to ::timeouts,
            "opens" to ::opens,
            "cancelled opens" to ::cancelledOpens,
            "a context" to ::contexts,
        )

    /**
     * Works until that time, of [System.nanoTime]; ends with nothing open and nothing under way.
     */
    suspend fun work(until: Long, failures: Failures) {
        while (System.nanoTime() - until < 0) {
            val (name, job) = jobs[random.nextInt(jobs.size)]
            try {
                job()
            } catch (failure: Throwable) {
                failures.note("$name on ${context.backend()}", failure)
            }
        }
    }

    private suspend fun cachedReads() =
        context.openFile(files.pattern, "rb") { file ->
            repeat(READS) {
                val length = words(BLOCK_BYTES_MAX)
                val position = words(SoakFiles.PATTERN_BYTES - length).toLong()
                when (it % 3) {
                    0 -> check(file, aligned, position, length)
                    1 -> check(file, heap, position, length)
                    else -> check(ByteBuffer.wrap(file.readBytes(position, length)), position)
                }
            }
        }

    private suspend fun directReads() {
        if (!isDirect) return
        context.openFile(files.pattern, OpenMode.READ.withDirect()) { file ->
            repeat(READS) {
                val pages = 1 + random.nextInt(BLOCK_BYTES_MAX / PAGE_BYTES)
                val page = random.nextInt(SoakFiles.PATTERN_BYTES / PAGE_BYTES - pages)
                check(file, aligned, page.toLong() * PAGE_BYTES, pages * PAGE_BYTES)
            }
            val length = words(BLOCK_BYTES_MAX)
            val position = words(SoakFiles.PATTERN_BYTES - length).toLong()
            check(ByteBuffer.wrap(file.readBytes(position, length)), position)
        }
    }

    private suspend fun writes() =
        context.openFile(own, OpenMode.parse("wb+").withoutSyncOnClose()) { file ->
            repeat(WRITES) { round ->
                val source = if (round % 2 == 0) aligned else heap
                val length = words(BLOCK_BYTES_MAX)
                writeAndCheck(file, source, words(OWN_BYTES).toLong(), length)
            }
            file.dataSync()
        }

    private suspend fun directWrites() {
        if (!isDirect) return
        val mode = OpenMode.parse("wb+").withDirect().withoutSyncOnClose()
        context.openFile(own, mode) { file ->
            repeat(WRITES) {
                val pages = 1 + random.nextInt(BLOCK_BYTES_MAX / PAGE_BYTES)
                val page = random.nextInt(OWN_BYTES / PAGE_BYTES)
                writeAndCheck(file, aligned, page.toLong() * PAGE_BYTES, pages * PAGE_BYTES)
            }
        }
    }

    /** Writes what belongs elsewhere in the pattern, so that what was there before shows. */
    private suspend fun writeAndCheck(
        file: AsyncFile,
        source: ByteBuffer,
        position: Long,
        length: Int,
    ) {
        val stamp = words(1 shl 30).toLong()
        Pattern.fill(source.clear().limit(length), stamp)
        check(file.write(source, position) == length)
        source.clear().limit(length).put(ByteArray(length)).flip()
        file.readFully(source, position)
        check(source.flip(), stamp)
    }

    private suspend fun lines() {
        context.openFile(files.text.path, "r") { file ->
            check(file.lines().count() == files.text.lines) { "lines are missing" }
        }
        val some = 1 + random.nextInt(files.text.lines)
        check(files.text.path.lineFlow(context).take(some).count() == some)
        context.openText(files.text.path, "r") { text -> checkNotNull(text.readLine()) }
    }

    private suspend fun copies() {
        val length = context.files().copy(files.text.path, own)
        check(length == files.text.bytes && Files.size(own) == length) { "$length bytes copied" }
    }

    /** What is read into is used again as soon as the reading coroutine has ended. */
    private suspend fun cancelledReads() {
        val mode = if (isDirect) OpenMode.READ.withDirect() else OpenMode.READ
        context.openFile(files.pattern, mode) { file ->
            repeat(READS) {
                val page = random.nextInt((SoakFiles.PATTERN_BYTES - BLOCK_BYTES_MAX) / PAGE_BYTES)
                aligned.clear()
                cancelledSoon { file.readFully(aligned, page.toLong() * PAGE_BYTES) }
                fillWithCanary(aligned)
                check(file, heap, page.toLong() * PAGE_BYTES, PAGE_BYTES)
                checkCanary(aligned)
            }
        }
    }

    private suspend fun timeouts() {
        withTimeoutOrNull(random.nextLong(1, 4)) {
            context.openFile(files.pattern, "rb") { file ->
                while (true) check(file, aligned, 0, BLOCK_BYTES_MAX)
            }
        }
        context.openFile(files.pattern, "rb") { file ->
            repeat(WRITES) {
                val late =
                    file.readBytesAsync(words(PAGE_BYTES).toLong(), SoakFiles.PATTERN_BYTES / 4)
                if (it % 2 == 0) late.orTimeout(random.nextLong(200), MICROSECONDS)
                else late.completeOnTimeout(ByteArray(0), random.nextLong(200), MICROSECONDS)
                late.handle { _, _ -> }.awaitRelease()
            }
        }
    }

    private suspend fun opens() {
        repeat(READS) { context.openFile(files.pattern, "rb") { check(it.size() > 0) } }
        try {
            context.openFile(files.directory.resolve("missing"), "rb") {}
            error("a missing file was opened")
        } catch (_: NoSuchFileException) {
            // as it should be
        }
    }

    private suspend fun cancelledOpens() =
        repeat(READS) { cancelledSoon { context.openFile(files.pattern, "rb") {} } }

    private suspend fun contexts() =
        openContext().use { brief ->
            brief.openFile(files.pattern, "rb") { check(it, heap, 0, PAGE_BYTES) }
        }

    private suspend fun cancelledSoon(block: suspend () -> Unit) = coroutineScope {
        val job = launch(start = CoroutineStart.UNDISPATCHED) { block() }
        repeat(random.nextInt(SPINS_MAX)) { Thread.onSpinWait() }
        job.cancelAndJoin()
    }

    private suspend fun check(file: AsyncFile, target: ByteBuffer, position: Long, length: Int) {
        file.readFully(target.clear().limit(length), position)
        check(target.flip(), position)
    }

    private fun check(actual: ByteBuffer, position: Long) {
        Pattern.fill(expected.clear().limit(actual.remaining()), position)
        check(actual == expected) { "other bytes at $position, ${actual.remaining()} of them" }
    }

    private fun fillWithCanary(target: ByteBuffer) {
        target.clear()
        while (target.hasRemaining()) target.putLong(CANARY)
    }

    private fun checkCanary(target: ByteBuffer) {
        target.clear()
        while (target.hasRemaining()) {
            check(target.getLong() == CANARY) { "written to after it was given back" }
        }
    }

    /** A multiple of a word of the pattern, from one word on. */
    private fun words(bytesMax: Int): Int =
        (1 + random.nextInt(bytesMax / Pattern.WORD_BYTES)) * Pattern.WORD_BYTES

    private companion object {
        const val PAGE_BYTES = 4096
        const val BLOCK_BYTES_MAX = 64 shl 10
        const val OWN_BYTES = 256 shl 10
        const val READS = 24
        const val WRITES = 8
        const val SPINS_MAX = 4_000
        const val CANARY = 0x5CA1AB1E0DDBA11L
    }
}
