package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.Work
import io.aiofile.benchmarks.worker.metrics
import io.aiofile.benchmarks.worker.text
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject

/** The system's cp, followed by its sync for a durable copy. */
internal class CpPlayer : Player {
    override val name = NAME

    private lateinit var work: CopyWork
    private lateinit var source: String
    private lateinit var target: String

    override fun ask(request: JsonObject): JsonObject {
        when (request.text("do")) {
            "open" -> {
                Tools.output("cp", "--version")
                work = Work.of(requireNotNull(request["work"]).jsonObject) as CopyWork
                source = request.text("file")
                target = request.text("target")
            }
            "check" -> copy()
            "round" -> {
                val began = System.nanoTime()
                copy()
                val seconds = (System.nanoTime() - began) / 1e9
                return buildJsonObject { metrics(mapOf(Metric.SECONDS to seconds)) }
            }
        }
        return buildJsonObject {}
    }

    private fun copy() {
        Tools.output("cp", source, target)
        if (work.durable) {
            Tools.output("sync", "-d", target)
        }
    }

    override fun close() = Unit

    companion object {
        const val NAME = "cp"
    }
}
