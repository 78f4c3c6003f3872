package io.aiofile.benchmarks.worker

import io.aiofile.benchmarks.measure.Missing
import java.io.BufferedReader
import java.io.FileDescriptor
import java.io.FileOutputStream
import java.io.PrintStream
import java.nio.file.Path
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.put

/** Someone who may take part: opens whatever work it has a way to do. */
internal interface Peer {
    val name: String

    /**
     * Gets ready for a work.
     *
     * @throws Missing if it can't do that, with the reason
     */
    fun open(work: Work, file: Path, target: Path): Job
}

/**
 * Serves one participant in a process of its own: a request a line on standard input, an answer a
 * line on standard output, both JSON. Ends with its standard input.
 */
internal class Worker(private val peers: List<Peer>) {
    private var job: Job? = null

    fun answer(request: JsonObject): JsonObject =
        try {
            serve(request)
        } catch (missing: Missing) {
            buildJsonObject { put("missing", missing.message) }
        } catch (failure: Throwable) {
            failure.printStackTrace()
            buildJsonObject { put("error", failure.toString()) }
        }

    private fun serve(request: JsonObject): JsonObject {
        when (val what = request.text("do")) {
            "open" -> {
                val name = request.text("participant")
                val peer = peers.find { it.name == name } ?: throw Missing("nobody is called $name")
                val work = Work.of(requireNotNull(request["work"]).jsonObject)
                job =
                    peer.open(work, Path.of(request.text("file")), Path.of(request.text("target")))
            }
            "round" -> return opened().round(request)
            "check" -> return opened().check(request)
            "close" -> {
                job?.close()
                job = null
            }
            else -> throw IllegalArgumentException("unknown request $what")
        }
        return buildJsonObject {}
    }

    private fun opened() = checkNotNull(job) { "nothing is open" }

    fun serve(requests: BufferedReader, answers: PrintStream) {
        while (true) {
            val line = requests.readLine() ?: return
            answers.println(answer(Json.parseToJsonElement(line).jsonObject))
            answers.flush()
        }
    }
}

/** The process of a worker. What a library prints goes to standard error. */
internal object WorkerProcess {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val answers = PrintStream(FileOutputStream(FileDescriptor.out), false, Charsets.UTF_8)
        System.setOut(System.err)
        Worker(io.aiofile.benchmarks.peers.allPeers())
            .serve(System.`in`.bufferedReader(Charsets.UTF_8), answers)
        // Some peers leave threads behind that are no daemons.
        Runtime.getRuntime().halt(0)
    }
}
