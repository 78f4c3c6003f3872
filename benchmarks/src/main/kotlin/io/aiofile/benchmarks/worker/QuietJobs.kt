package io.aiofile.benchmarks.worker

import io.aiofile.AlignedBuffers
import io.aiofile.benchmarks.data.Pattern
import io.aiofile.benchmarks.data.TestFiles
import io.aiofile.benchmarks.measure.Metric
import java.io.IOException
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * Opens something, uses it a little, leaves it open, and counts who wakes up although nobody asks.
 */
internal class IdleJob(private val work: IdleWork, private val open: () -> Job) : Job {

    override fun round(request: JsonObject): JsonObject {
        val before = census().keys
        val opened = open()
        try {
            opened.round(request)
            Thread.sleep(work.settleMillis)
            val start = census() - before
            Thread.sleep(work.observeMillis)
            val end = census() - before
            val wakeUps =
                end.entries.sumOf { (task, now) -> now.switches - (start[task]?.switches ?: 0) }
            System.err.println("idle: ${end.values.map { it.name }}")
            return buildJsonObject {
                metrics(
                    mapOf(
                        Metric.WAKE_UPS to wakeUps * MILLIS / work.observeMillis,
                        Metric.THREADS to end.size.toDouble(),
                    )
                )
            }
        } finally {
            opened.close()
        }
    }

    override fun check(request: JsonObject): JsonObject = buildJsonObject {}

    override fun close() = Unit

    private class Task(val name: String, val switches: Long)

    /** The threads of this process but those of the JVM and of the harness. */
    private fun census(): Map<String, Task> {
        val tasks = mutableMapOf<String, Task>()
        Files.newDirectoryStream(Path.of("/proc/self/task")).use { directory ->
            for (task in directory) {
                try {
                    val name = Files.readString(task.resolve("comm")).trim()
                    if (OTHERS.none { name.startsWith(it) }) {
                        tasks[task.fileName.toString()] = Task(name, switches(task))
                    }
                } catch (ended: IOException) {
                    // Between the listing and the look.
                }
            }
        }
        return tasks
    }

    private fun switches(task: Path): Long =
        Files.readAllLines(task.resolve("status"))
            .first { it.startsWith("voluntary_ctxt_switches") }
            .substringAfter(':')
            .trim()
            .toLong()

    companion object {
        private const val MILLIS = 1000.0

        /** The JVM's own come and go as they like; "loop" is the harness's. */
        private val OTHERS =
            listOf("C1 Comp", "C2 Comp", "GC Thread", "G1 ", "VM ", "Sweeper", "Attach") +
                listOf("process reaper", "loop")

        private const val IN_FLIGHT = 4

        /** What is done before everybody keeps still. */
        fun reads(file: Path): AwaitedWork {
            require(Files.exists(file))
            return AwaitedWork(Operation.READ, TestFiles.MANY_BYTES, IN_FLIGHT, Access.BUFFERED)
        }
    }
}

/**
 * Waves of requests on many open files: all submitted at once, each into memory of its own. After
 * each wave it is looked how much memory the process holds.
 */
internal class ManyFilesJob(
    private val work: ManyFilesWork,
    private val read: (file: Int, block: ByteBuffer, answer: Answer) -> Unit,
) : Job {
    private val memory = AlignedBuffers.allocate(work.requests * BLOCK_BYTES, TestFiles.MANY_BYTES)
    private val blocks = List(work.requests) { memory.slice(it * BLOCK_BYTES, BLOCK_BYTES) }
    private var heapAtFirst = 0.0
    private var residentAtFirst = 0.0

    /** Takes the answers of a wave. */
    internal class Answer(requests: Int) {
        val all = CountDownLatch(requests)
        val right = AtomicInteger()
        val failure = AtomicReference<Throwable>()

        fun given(count: Int, problem: Throwable?) {
            if (problem != null) {
                failure.compareAndSet(null, problem)
            } else if (count == BLOCK_BYTES) {
                right.incrementAndGet()
            }
            all.countDown()
        }
    }

    private fun wave(): Answer {
        val answer = Answer(work.requests)
        blocks.forEachIndexed { index, block ->
            block.clear()
            read(index % work.files, block, answer)
        }
        answer.all.await()
        answer.failure.get()?.let { throw IOException("a request failed", it) }
        return answer
    }

    override fun round(request: JsonObject): JsonObject {
        val began = System.nanoTime()
        val answer = wave()
        val nanos = System.nanoTime() - began
        val heap = heapBytes()
        val resident = residentBytes()
        if (request.long("round") <= 1) {
            heapAtFirst = heap
            residentAtFirst = resident
        }
        return buildJsonObject {
            put("answers", answer.right.get())
            metrics(
                mapOf(
                    Metric.OPERATIONS to perSecond(work.requests, nanos),
                    Metric.ANSWERED to answer.right.get() * PERCENT / work.requests,
                    Metric.HEAP_GROWTH to (heap / heapAtFirst - 1) * PERCENT,
                    Metric.RESIDENT_GROWTH to (resident / residentAtFirst - 1) * PERCENT,
                    Metric.RESIDENT to resident / MEGA_BYTES,
                )
            )
        }
    }

    override fun check(request: JsonObject): JsonObject {
        memory.clear()
        val answer = wave()
        val wrong =
            blocks.indices.count { index ->
                val position = (index % work.files).toLong() * TestFiles.MANY_BYTES
                Pattern.crc(blocks[index].duplicate().clear()) != Pattern.crc(position, BLOCK_BYTES)
            }
        return buildJsonObject {
            put("answers", answer.right.get())
            put("wrong", wrong)
        }
    }

    private fun heapBytes(): Double {
        repeat(COLLECTIONS) { System.gc() }
        return ManagementFactory.getMemoryMXBean().heapMemoryUsage.used.toDouble()
    }

    private fun residentBytes(): Double =
        Files.readAllLines(Path.of("/proc/self/status"))
            .first { it.startsWith("VmRSS") }
            .filter { it.isDigit() }
            .toDouble() * KIBI

    override fun close() = Unit

    private companion object {
        const val BLOCK_BYTES = 4096
        const val PERCENT = 100.0
        const val MEGA_BYTES = 1e6
        const val KIBI = 1024
        const val COLLECTIONS = 2
    }
}
