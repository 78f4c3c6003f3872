package io.aiofile.benchmarks.report

import com.sun.management.OperatingSystemMXBean
import io.aiofile.benchmarks.players.Tools
import java.io.IOException
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.util.Locale

/** What the figures were taken on. */
internal class Machine(val facts: Map<String, String>) {
    companion object {
        fun describe(directory: Path, python: String): Machine {
            val system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean::class.java)
            val store = Files.getFileStore(directory)
            val pythonAiofile =
                Tools.version(
                    python,
                    "-c",
                    "$VERSIONS; print(m('aiofile'), 'with caio', m('caio'))",
                )
            return Machine(
                linkedMapOf(
                    "date" to ZonedDateTime.now().format(DateTimeFormatter.RFC_1123_DATE_TIME),
                    "processor" to
                        "${processor()}, ${Runtime.getRuntime().availableProcessors()} cores",
                    "memory" to gibibytes(system.totalMemorySize),
                    "kernel" to "${system.name} ${system.version} ${system.arch}",
                    "file system" to "${store.type()}, ${gibibytes(store.usableSpace)} free",
                    "JDK" to
                        "${System.getProperty("java.vendor")} ${System.getProperty("java.runtime.version")}",
                    "fio" to (Tools.version("fio", "--version") ?: "not installed"),
                    "Python" to (Tools.version(python, "--version") ?: "not installed"),
                    "Python aiofile" to (pythonAiofile ?: "python3 cannot import aiofile"),
                )
            )
        }

        private const val VERSIONS = "from importlib.metadata import version as m"

        private fun gibibytes(bytes: Long) =
            "%.1f GiB".format(Locale.ROOT, bytes.toDouble() / (1L shl 30))

        private fun processor(): String =
            try {
                Files.readAllLines(Path.of("/proc/cpuinfo"))
                    .first { it.startsWith("model name") }
                    .substringAfter(':')
                    .trim()
            } catch (unknown: IOException) {
                "unknown processor"
            } catch (unnamed: NoSuchElementException) {
                "unknown processor"
            }

        /** How many threads wanted a processor over the last minute. */
        fun load(): Double =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean::class.java).systemLoadAverage
    }
}
