package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.measure.Missing
import java.io.IOException
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** Programs of the system. */
internal object Tools {
    private const val SECONDS_MAX = 600L

    /** What a program prints, once it has ended well. */
    fun output(vararg command: String): String {
        val process =
            try {
                ProcessBuilder(*command).redirectErrorStream(true).start()
            } catch (absent: IOException) {
                throw Missing("${command.first()} is not installed")
            }
        process.outputStream.close()
        val text = process.inputReader().readText()
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly()
            throw IOException("${command.first()} did not end within $SECONDS_MAX s")
        }
        if (process.exitValue() != 0) {
            throw IOException(
                "${command.first()} ended with ${process.exitValue()}: ${text.trim()}"
            )
        }
        return text
    }

    /** The first line of what a program says of itself; null where it is not installed. */
    fun version(vararg command: String): String? =
        try {
            output(*command).lineSequence().first().trim()
        } catch (absent: Missing) {
            null
        } catch (odd: IOException) {
            null
        }
}

/** Where a participant's process comes from. */
internal class Host(val python: String, private val logs: Path, private val scripts: Path) {

    /** A JVM with this program's own classes, which plays one of the peers. */
    fun jvm(participant: String): Player =
        ProcessPlayer(
            participant,
            warmsUp = true,
            listOf(javaCommand()) + nativeAccess() + JVM_OPTIONS + WORKER,
            emptyMap(),
            log(participant),
        )

    /** Python with the script that speaks for its aiofile. */
    fun python(participant: String, backend: String): Player =
        ProcessPlayer(
            participant,
            warmsUp = false,
            listOf(python, scripts.resolve(SCRIPT).toString()),
            mapOf("CAIO_IMPL" to backend),
            log(participant),
        )

    fun log(participant: String): Path =
        logs.resolve(participant.lowercase().replace(Regex("[^a-z0-9]+"), "-") + ".log")

    /** Writes the script to where Python finds it. */
    fun unpackScripts() {
        val source = checkNotNull(javaClass.getResource("/io/aiofile/benchmarks/$SCRIPT"))
        scripts.resolve(SCRIPT).toFile().writeBytes(source.readBytes())
    }

    companion object {
        private const val SCRIPT = "python_aiofile.py"
        private const val FIRST_THAT_WARNS = 24

        /** The same for everybody. */
        private val JVM_OPTIONS =
            listOf(
                "-Xms512m",
                "-Xmx1g",
                "-Dfile.encoding=UTF-8",
                "-Dvertx.disableDnsResolver=true",
                "-cp",
                System.getProperty("java.class.path"),
            )
        private const val WORKER = "io.aiofile.benchmarks.worker.WorkerProcess"

        fun javaCommand(): String =
            Path.of(System.getProperty("java.home"), "bin", "java").toString()

        /** JDK 24 and later warn about native access that was not asked for. */
        fun nativeAccess(): List<String> =
            if (Runtime.version().feature() < FIRST_THAT_WARNS) emptyList()
            else listOf("--enable-native-access=ALL-UNNAMED")
    }
}
