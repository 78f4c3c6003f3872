package io.aiofile.benchmarks.soak

import io.aiofile.AioContext
import io.aiofile.AioOptions
import java.io.PrintWriter
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import kotlin.random.Random
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** How long, on what, and from which seed. */
internal class SoakPlan(
    val lines: Int,
    val interval: Duration,
    val backends: List<String>,
    val seed: Long,
)

/**
 * Keeps every backend busy for long, with reads, writes, cancels, opens and closes, all checked,
 * and looks after each interval, at rest, at what the process holds.
 *
 * Not a benchmark: it rests, checks and collects garbage. Its operations a second tell whether work
 * is done, and not how fast it could be.
 */
internal class Soak(
    private val plan: SoakPlan,
    private val directory: Path,
    private val out: PrintWriter,
    private val look: () -> Map<Figure, Long> = Figures::held,
) {
    private val failures = Failures(out)
    private var workersStarted = 0
    private val history = mutableListOf<Figures>()

    /** Runs it; says what was wrong, and nothing where all was well. */
    fun run(): List<String> {
        out.println("seed ${plan.seed}, on ${plan.backends.joinToString()}, in $directory")
        out.flush()
        val files = SoakFiles(directory)
        val contexts = plan.backends.map(::open)
        try {
            val busy = mutableListOf<String>()
            val start = System.nanoTime()
            while (history.size < plan.lines && busy.isEmpty()) {
                interval(start, files, contexts)
                busy += contexts.mapNotNull(::leftBusy)
            }
            return busy + grown() + errors()
        } finally {
            contexts.forEach { it.close() }
        }
    }

    private fun interval(start: Long, files: SoakFiles, contexts: List<AioContext>) {
        val before = operations(contexts)
        val began = System.nanoTime()
        val until = began + plan.interval.toNanos()
        runBlocking(Dispatchers.Default) {
            for (context in contexts) {
                repeat(WORKERS) {
                    val number = ++workersStarted
                    launch { work(context, files, number, until) }
                }
            }
        }
        val nanos = System.nanoTime() - began
        contexts.forEach(::awaitRest)
        val figures =
            Figures(
                Duration.ofNanos(System.nanoTime() - start).toSeconds(),
                (operations(contexts) - before) * NANOS / nanos,
                contexts.sumOf { it.metrics().pooledBytes() },
                failures.count,
                look(),
            )
        history += figures
        out.println(figures.line())
        out.flush()
    }

    private suspend fun work(context: AioContext, files: SoakFiles, number: Int, until: Long) {
        val own = directory.resolve("worker-$number.bin")
        val random = Random(plan.seed + number)
        val worker = SoakWorker(context, files, own, random) { open(context.backend()) }
        worker.work(until, failures)
        Files.deleteIfExists(own)
    }

    private fun open(backend: String) =
        AioContext.open(
            AioOptions.defaults()
                .withBackend(backend)
                .withMaxRequests(REQUESTS)
                .withPooledBytes(POOLED_BYTES)
        )

    /** Reads that were given up may still be in the kernel, and files be closing. */
    private fun awaitRest(context: AioContext) {
        val deadline = System.nanoTime() + REST_SECONDS * NANOS
        while (leftBusy(context) != null && System.nanoTime() - deadline < 0) Thread.sleep(1)
    }

    private fun leftBusy(context: AioContext): String? {
        val now = context.metrics()
        val idle = now.inFlight() == 0 && now.queued() == 0 && now.pooledBytes() == 0L
        return if (idle && now.openFiles() == 0) null
        else "${context.backend()} is not at rest after $REST_SECONDS s: $now"
    }

    private fun grown() = if (history.size < Growth.LINES_MIN) listOf() else Growth.of(history)

    private fun errors() =
        if (failures.count == 0L) listOf() else listOf("${failures.count} errors")

    private fun operations(contexts: List<AioContext>): Long = contexts.sumOf {
        it.metrics().run { completed() + failed() + cancelled() }
    }

    private companion object {
        const val WORKERS = 4
        const val REQUESTS = 64
        const val POOLED_BYTES = 4L shl 20
        const val REST_SECONDS = 30L
        const val NANOS = 1_000_000_000L
    }
}
