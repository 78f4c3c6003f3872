package io.aiofile.benchmarks.soak

import java.lang.management.BufferPoolMXBean
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path

/** What a process holds, and a number that must not grow with the work that it has done. */
internal enum class Figure(val title: String, val unit: String, val tolerance: Long) {
    /** What survives a collection. */
    HEAP("heap after GC", "MiB", 4L shl 20),

    /** Direct buffers, the library's pooled memory among them. */
    DIRECT("direct memory", "MiB", 8L shl 20),

    /**
     * All memory of the process that is in use. Says something about native memory where the heap
     * has a fixed size and is touched from the start; the compiler's share grows for some minutes.
     */
    RESIDENT("resident", "MiB", 32L shl 20),
    DESCRIPTORS("descriptors", "", 8),

    /** The library's threads come and go with the work: some fewer or more say nothing. */
    THREADS("threads", "", 16);

    /** As people read it. */
    fun shown(value: Long) = if (unit == "MiB") "%.1f MiB".format(value / MIB) else "$value"

    private companion object {
        const val MIB = 1048576.0
    }
}

/** One line of a soak: what was done in an interval, and what the process holds at its end. */
internal class Figures(
    private val seconds: Long,
    private val operationsPerSecond: Long,
    private val pooledBytes: Long,
    private val errors: Long,
    private val held: Map<Figure, Long>,
) {
    operator fun get(figure: Figure): Long = held.getValue(figure)

    fun line(): String {
        val values = held.map { (figure, value) -> "${figure.title} ${figure.shown(value)}" }
        return "%5d s: %d operations/s, %s, pooled %s, errors %d"
            .format(
                seconds,
                operationsPerSecond,
                values.joinToString(),
                Figure.DIRECT.shown(pooledBytes),
                errors,
            )
    }

    companion object {
        private val ownStatus = Path.of("/proc/self/status")
        private val ownDescriptors = Path.of("/proc/self/fd")

        /** Looks at this process, after a collection; 0 for what the system doesn't tell. */
        fun held(): Map<Figure, Long> {
            // The second one takes what the cleaners of the first have let go.
            repeat(2) {
                System.gc()
                Thread.sleep(CLEANERS_MILLIS)
            }
            return mapOf(
                Figure.HEAP to ManagementFactory.getMemoryMXBean().heapMemoryUsage.used,
                Figure.DIRECT to directBytes(),
                Figure.RESIDENT to residentBytes(),
                Figure.DESCRIPTORS to descriptors(),
                Figure.THREADS to ManagementFactory.getThreadMXBean().threadCount.toLong(),
            )
        }

        private fun directBytes(): Long =
            ManagementFactory.getPlatformMXBeans(BufferPoolMXBean::class.java)
                .filter { it.name == "direct" }
                .sumOf { it.memoryUsed }

        private fun residentBytes(): Long {
            if (!Files.exists(ownStatus)) return 0
            val line = Files.readAllLines(ownStatus).firstOrNull { it.startsWith("VmRSS:") }
            val kibibytes = line?.filter { it.isDigit() }?.toLong() ?: 0
            return kibibytes shl 10
        }

        private fun descriptors(): Long =
            if (Files.isDirectory(ownDescriptors)) Files.list(ownDescriptors).use { it.count() }
            else 0

        private const val CLEANERS_MILLIS = 100L
    }
}
