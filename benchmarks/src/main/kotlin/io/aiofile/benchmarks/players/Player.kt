package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.text
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

/** A participant, as the one who runs the benchmark sees it. */
internal interface Player : AutoCloseable {
    val name: String

    /** Whether it gets faster as it goes, as a JVM does: others need one warm-up and no more. */
    val warmsUp: Boolean
        get() = false

    /** Lets it get ready for requests meanwhile; what goes wrong is told at the first of them. */
    fun start() = Unit

    /**
     * Puts a request, and waits for the answer.
     *
     * @throws Missing if the participant can't do that, with the reason
     * @throws IOException if it failed
     */
    fun ask(request: JsonObject): JsonObject

    companion object {
        /** What an answer says in place of a result. */
        fun opened(answer: JsonObject): JsonObject {
            if ("missing" in answer) {
                throw Missing(answer.text("missing"))
            }
            if ("error" in answer) {
                throw IOException(answer.text("error"))
            }
            return answer
        }
    }
}

/** A participant in a process of its own, started at the first request if not before. */
internal class ProcessPlayer(
    override val name: String,
    override val warmsUp: Boolean,
    private val command: List<String>,
    private val environment: Map<String, String>,
    private val log: Path,
) : Player {
    private var process: Process? = null
    private val answers = LinkedBlockingQueue<String>()

    override fun start() {
        try {
            launch()
        } catch (absent: Missing) {
            // Said again when it is asked for something.
        }
    }

    override fun ask(request: JsonObject): JsonObject {
        val running = launch()
        val line = request.toString() + "\n"
        try {
            running.outputStream.write(line.toByteArray())
            running.outputStream.flush()
        } catch (gone: IOException) {
            throw IOException("its process is gone, see ${log.fileName}", gone)
        }
        val answer = answers.poll(ANSWER_SECONDS, TimeUnit.SECONDS)
        if (answer == null || answer == END) {
            running.destroyForcibly()
            val what = if (answer == null) "no answer within $ANSWER_SECONDS s" else "it ended"
            throw IOException("$what, see ${log.fileName}")
        }
        return Player.opened(Json.parseToJsonElement(answer).jsonObject)
    }

    private fun launch(): Process {
        process?.let {
            return it
        }
        val builder =
            ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
        builder.environment() += environment
        val started =
            try {
                builder.start()
            } catch (absent: IOException) {
                throw Missing("${command.first()} does not start: ${absent.message}")
            }
        Thread { started.inputReader().forEachLine(answers::add).also { answers.add(END) } }
            .apply { isDaemon = true }
            .start()
        process = started
        return started
    }

    override fun close() {
        process?.let { running ->
            running.outputStream.close()
            if (!running.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly().waitFor()
            }
            if (Files.exists(log) && Files.size(log) == 0L) {
                Files.delete(log)
            }
        }
    }

    private companion object {
        /** For a round, which takes some seconds; a hang must not take the whole run along. */
        const val ANSWER_SECONDS = 300L
        const val END_SECONDS = 10L
        const val END = ""
    }
}
