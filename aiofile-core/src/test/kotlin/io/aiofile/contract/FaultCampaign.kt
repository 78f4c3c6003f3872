package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AioOptions
import io.aiofile.ContextView
import io.aiofile.FileIoException
import io.aiofile.fake.FaultCounts
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.io.IOException
import java.nio.file.FileSystemException
import java.nio.file.Path
import java.time.Duration
import java.util.SplittableRandom
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.NANOSECONDS

/**
 * A backend with faults: what a campaign runs on.
 *
 * @param failures what operations may fail with: names of errnos, or the texts of those, where the
 *   JDK keeps nothing else
 * @param direct whether one of the files is to be opened with O_DIRECT
 * @param logged beginnings of what may be said to the log
 * @param path how the library gets to a file of [disk]
 * @param afterlife of the backend that was opened last, if it is one that dies
 * @param closeTimeout short for a backend that dies, since a close then waits for nothing
 * @param open a context whose faults come from a seed
 */
class Hazard(
    val backend: String,
    val disk: Disk,
    val counts: FaultCounts,
    val failures: Set<String>,
    val direct: Boolean = true,
    val logged: List<String> = emptyList(),
    val path: (Path) -> Path = { it },
    val afterlife: () -> Afterlife? = { null },
    val closeTimeout: Duration = Duration.ofSeconds(PATIENCE_SECONDS),
    val open: (AioOptions, Long) -> AioContext,
) {
    internal fun mustExpect(failure: Throwable) {
        val expected =
            failure is FileIoException && failure.errnoName() in failures ||
                failure is FileSystemException && failure.reason in failures
        if (!expected) throw AssertionError("nobody injected this: $failure", failure)
    }
}

/**
 * What becomes of a backend, a part of which dies in the midst of an episode: some transfers of the
 * first file are the kernel's for good then, and everything else goes on.
 */
interface Afterlife {
    /** Where those transfers begin. */
    val lost: Set<Long>

    /** The kernel does, now, what it still does of them. */
    fun settle()

    /** Gives back what a context that can't be closed leaves open. */
    fun bury()
}

/**
 * Random calls, up to 64 at once and on several files, against byte arrays, while faults come from
 * below. Whatever comes: every future ends; what succeeded is in the file, and what failed is there
 * up to where it says; memory is left alone once its operation is over; and in the end all slots,
 * permits, memory, descriptors and threads are back (the last two by [LeakCheck]).
 *
 * It goes by episodes, each with a seed, a context and limits of its own. A seed that fails is
 * asked for again by `-Daiofile.seed=…`.
 */
fun faultCampaign(hazard: Hazard) = funSpec {
    afterTest { hazard.disk.clear() }

    test("a campaign of random calls under faults keeps to the model") {
        val first = seed("faults of ${hazard.backend}")
        val begun = System.nanoTime()
        val lanes = LongArray(3)
        var calls = 0L
        repeat(scaled(EPISODES)) { i ->
            withClue("${hazard.backend}, -Daiofile.seed=${first + i}") {
                val episode = faultEpisode(hazard, first + i)
                calls += episode.calls
                episode.lanes.forEachIndexed { lane, count -> lanes[lane] += count }
            }
            hazard.disk.clear()
        }
        val seconds = NANOSECONDS.toMillis(System.nanoTime() - begun) / 1000.0
        println(
            "faults of ${hazard.backend}: $calls calls in $seconds s, of them ${lanes[0]} inline, " +
                "${lanes[1]} in the kernel, ${lanes[2]} by workers; ${hazard.counts}"
        )
        hazard.counts.total.shouldBeGreaterThan(0)
    }
}

/** One episode of a campaign. */
internal fun faultEpisode(hazard: Hazard, seed: Long) = Episode(hazard, seed).apply { run() }

private const val EPISODES = 5
private const val CALLS = 2000
private const val FILES = 3
private const val AT_ONCE_MAX = 64

internal class Episode(private val hazard: Hazard, private val seed: Long) {
    private val random = SplittableRandom(seed)
    private val memory = CampaignMemory()
    private val meddlers = ArrayList<CompletableFuture<*>>()
    private lateinit var files: MutableList<CampaignFile>
    private lateinit var mortal: CampaignFile
    private val lost = ArrayList<TransferCall<*>>()

    var calls = 0
        private set

    /** Inline, kernel, workers. */
    lateinit var lanes: LongArray
        private set

    fun run() {
        LogCapture().use { log ->
            val context = hazard.open(options(), random.nextLong())
            val played = runCatching { play(context) }
            val closed = runCatching { close(context) }
            played.getOrThrow()
            closed.getOrThrow()
            log.messages("")
                .map { log.text(it) }
                .filter { said -> hazard.logged.none { said.startsWith(it) } }
                .shouldBeEmpty()
        }
    }

    private fun options(): AioOptions =
        AioOptions.defaults()
            .withMaxRequests(oneOf(1, 3, 16, 64))
            .withPooledBytes(oneOf(64, 256, 4096) * 1024L)
            .withWorkerThreads(oneOf(1, 2, 4))
            .withInlineReadBytes(oneOf(0, 4096, 128 shl 10))
            .withInlineWriteBytes(oneOf(0, 4096, 16 shl 10))
            .withCloseTimeout(hazard.closeTimeout)

    private fun oneOf(vararg values: Int) = values[random.nextInt(values.size)]

    private fun play(context: AioContext) {
        files =
            MutableList(FILES) { CampaignFile(hazard, context, random, hazard.direct && it == 0) }
        mortal = files[0]
        while (calls < CALLS) {
            if (random.nextInt(6) == 0) alone(files[random.nextInt(FILES)]) else round()
            if (lostTransfers().isNotEmpty() && files[0] === mortal) {
                // It can't be closed any more: another one takes its place.
                files[0] = CampaignFile(hazard, context, random, isDirect = true)
            }
        }
        (files + mortal).forEach { it.verify() }
        files.forEach { close(it) }
        check(memory.areAllIntact()) { "memory was written to after its operation was over" }
        val end = context.metrics()
        lanes = longArrayOf(end.inlineHits(), end.kernelOperations(), end.workerOperations())
        // A read into the library's memory that was given up ends later than its future.
        eventually("permits and memory are back") {
            val now = context.metrics()
            now.inFlight() == lostTransfers().size && now.queued() == 0 && now.pooledBytes() == 0L
        }
        context.metrics().openFiles() shouldBe if (lostTransfers().isEmpty()) 0 else 1
    }

    private fun lostTransfers() = hazard.afterlife()?.lost.orEmpty()

    private fun close(context: AioContext) {
        if (lostTransfers().isEmpty()) {
            LeakCheck.watch(context).closeAsync()
            eventually("it is closed") { ContextView(context).isClosed }
            hazard.afterlife()?.bury()
        } else {
            context.closeAsync().fails<IOException>("close gave up", "${lostTransfers().size} op")
            lost.none { it.isOver } shouldBe true
            hazard.afterlife()?.bury()
        }
    }

    private fun round() {
        files.forEach { it.beginRound() }
        val started = ArrayList<CampaignCall<*>>()
        repeat(1 + random.nextInt(AT_ONCE_MAX)) {
            started += start(files[random.nextInt(FILES)])
            meddle(started)
        }
        calls += started.size
        val ended = if (hazard.afterlife() == null) started else started - lostOf(started)
        ended.forEach { it.check() }
        meddlers.forEach { it.got() }
        meddlers.clear()
        files.forEach { it.endRound() }
    }

    /** The calls that never end, after everything else has that waits for no others. */
    private fun lostOf(started: List<CampaignCall<*>>): Set<CampaignCall<*>> {
        val transfers = started.filterIsInstance<TransferCall<*>>()
        eventually("each is over, or the kernel's for good") {
            transfers.all { it.isOver || it.isAt(lostTransfers(), mortal) }
        }
        if (transfers.none { it.isAt(lostTransfers(), mortal) }) return emptySet()
        hazard.afterlife()?.settle()
        // A read into the library's memory is over by that, and so is a sync behind a write.
        started.filter { !it.isOver }.forEach { it.cancel() }
        val left = transfers.filter { !it.isOver && it.isAt(lostTransfers(), mortal) }
        left.forEach { it.lose() }
        lost += left
        return left.toSet()
    }

    private fun start(file: CampaignFile): CampaignCall<*> {
        val range = file.range() ?: return command(file)
        return when (random.nextInt(20)) {
            in 0..7 -> {
                val data = random.bytes(range.last + 1 - range.first)
                WriteCall(hazard, file, range, memory.take(random), data)
            }
            in 8..11 -> ReadCall(hazard, file, range, memory.take(random), isExact = false)
            in 12..14 -> ReadCall(hazard, file, range, memory.take(random), isExact = true)
            in 15..17 -> ReadBytesCall(hazard, file, range)
            else -> command(file)
        }
    }

    private fun command(file: CampaignFile): CampaignCall<*> =
        when (random.nextInt(3)) {
            0 -> OtherCall(hazard, file.file.syncAsync()) {}
            1 -> OtherCall(hazard, file.file.dataSyncAsync()) {}
            else ->
                OtherCall(hazard, file.file.sizeAsync()) {
                    check(it in file.sizes) { "size $it is not in ${file.sizes}" }
                }
        }

    /** Others lose interest, on this thread, on another one, or after a while. */
    private fun meddle(started: List<CampaignCall<*>>) {
        val victim = started[random.nextInt(started.size)]
        when (random.nextInt(30)) {
            0 -> victim.cancel()
            1 -> meddlers += CompletableFuture.runAsync { victim.cancel() }
            2 -> victim.timeOut(random.nextLong(2_000_000))
        }
    }

    // ---- calls that have a file for themselves

    private fun alone(file: CampaignFile) {
        calls++
        when (random.nextInt(5)) {
            0 -> truncate(file)
            1 -> allocate(file)
            2 -> if (file.isDirect) allocate(file) else append(file)
            3 -> file.verify()
            else -> {
                close(file)
                file.reopen()
            }
        }
    }

    private fun size(file: CampaignFile) =
        random.nextInt(CampaignFile.FILE_BYTES) / file.unit * file.unit

    private fun truncate(file: CampaignFile) {
        val size = size(file)
        resize(file, size, file.file.truncateAsync(size.toLong())) { file.model.truncate(size) }
    }

    private fun allocate(file: CampaignFile) {
        val end = size(file) + file.unit
        resize(file, maxOf(end, file.model.size), file.file.allocateAsync(0, end.toLong())) {
            file.model.allocate(end)
        }
    }

    private fun resize(file: CampaignFile, size: Int, future: AioFuture<*>, done: () -> Unit) {
        val call = OtherCall(hazard, future) { done() }
        if (random.nextInt(8) == 0) call.cancel()
        call.check()
        if (file.model.size != size) file.lookAfterResize(size)
    }

    private fun append(file: CampaignFile) {
        val data = random.bytes(1 + random.nextInt(5000))
        if (file.model.size + data.size > CampaignFile.FILE_BYTES) return truncate(file)
        val source = BufferKind.entries[random.nextInt(BufferKind.entries.size)].of(data)
        val start = source.position()
        file.beginRound()
        file.beginAppend()
        val handle = file.opened("ab")
        val appended = OtherCall(hazard, handle.appendAsync(source)) { it shouldBe data.size }
        if (random.nextInt(8) == 0) appended.cancel()
        appended.check()
        runCatching { handle.closeAsync().got() }.onFailure { hazard.mustExpect(it) }
        file.endWrite(file.model.size, data, source.position() - start)
        file.endRound()
    }

    private fun close(file: CampaignFile) {
        runCatching { file.file.closeAsync().got() }.onFailure { hazard.mustExpect(it) }
    }
}
