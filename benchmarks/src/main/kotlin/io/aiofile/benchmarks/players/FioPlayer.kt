package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.MICRO
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Work
import io.aiofile.benchmarks.worker.metrics
import io.aiofile.benchmarks.worker.text
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** fio: the limit that others are measured against. It chooses its places itself. */
internal class FioPlayer(private val engine: String) : Player {
    override val name = nameOf(engine)

    private lateinit var work: Work
    private lateinit var file: String
    private lateinit var order: String

    override fun ask(request: JsonObject): JsonObject {
        when (request.text("do")) {
            "open" -> {
                Tools.output("fio", "--version")
                work = Work.of(requireNotNull(request["work"]).jsonObject)
                val writes =
                    (work as? AwaitedWork)?.operation?.let { it != Operation.READ } ?: false
                file = request.text(if (writes) "target" else "file")
                order = request.text("order")
            }
            "check" -> throw Unchecked("fio does not tell what it reads")
            "round" -> return round(requireNotNull(request["operations"]).jsonPrimitive.int)
        }
        return buildJsonObject {}
    }

    private fun round(operations: Int): JsonObject {
        // A round of the slowest is long enough for all; fio tells time in milliseconds only.
        val report = Tools.output("fio", *arguments(operations * multiple()).toTypedArray())
        val json = Json.parseToJsonElement(report.substring(report.indexOf('{'))).jsonObject
        val job = requireNotNull(json["jobs"]).jsonArray.first().jsonObject
        val side = requireNotNull(job[if (writes()) "write" else "read"]).jsonObject
        val current = work
        return buildJsonObject {
            if (current is ScanWork) {
                val megabytes = side.number("bw_bytes") / 1e6
                metrics(mapOf(Metric.BYTES to megabytes))
            } else {
                metrics(mapOf(Metric.OPERATIONS to side.number("iops")) + latencies(side))
            }
        }
    }

    private fun latencies(side: JsonObject): Map<Metric, Double> {
        val completion = requireNotNull(side["clat_ns"]).jsonObject
        val percentiles = requireNotNull(completion["percentile"]).jsonObject
        return mapOf(
            Metric.P50 to percentiles.number("50.000000") * MICRO,
            Metric.P95 to percentiles.number("95.000000") * MICRO,
            Metric.P99 to percentiles.number("99.000000") * MICRO,
            Metric.P999 to percentiles.number("99.900000") * MICRO,
            Metric.MAX to completion.number("max") * MICRO,
        )
    }

    private fun JsonObject.number(key: String) = requireNotNull(this[key]).jsonPrimitive.double

    private fun writes() = (work as? AwaitedWork)?.operation?.let { it != Operation.READ } ?: false

    private fun multiple(): Int =
        if (engine == "psync" && (work as? AwaitedWork)?.access == Access.BUFFERED) CACHED_MULTIPLE
        else 1

    private fun arguments(operations: Int): List<String> = buildList {
        add("--name=limit")
        add("--filename=$file")
        add("--ioengine=$engine")
        add("--thread")
        add("--output-format=json")
        add("--eta=never")
        // What is cached or cold is made so before.
        add("--invalidate=0")
        add("--allow_file_create=0")
        when (val current = work) {
            is AwaitedWork -> {
                val pattern = if (order == "RANDOM") "rand" else ""
                add("--rw=$pattern${if (writes()) "write" else "read"}")
                add("--bs=${current.blockBytes}")
                add("--iodepth=${current.inFlight}")
                add("--direct=${if (current.access == Access.DIRECT) 1 else 0}")
                add("--number_ios=$operations")
                if (order == "RANDOM") {
                    // Quick, and without the same block twice.
                    add("--random_generator=lfsr")
                }
                if (multiple() > 1) {
                    add("--io_size=${operations.toLong() * current.blockBytes}")
                }
                if (current.operation == Operation.WRITE_AND_SYNC) {
                    add("--fdatasync=1")
                }
            }
            is ScanWork -> {
                add("--rw=read")
                add("--bs=${current.chunkBytes}")
                add("--iodepth=${current.readAhead + 1}")
                add("--direct=${if (current.access == Access.DIRECT) 1 else 0}")
            }
            else -> throw Missing("it has no such thing")
        }
    }

    override fun close() = Unit

    companion object {
        private const val CACHED_MULTIPLE = 10

        fun nameOf(engine: String) = "fio $engine"
    }
}

/** Right or wrong can't be seen from outside; figures are taken on trust. */
internal class Unchecked(reason: String) : Exception(reason)
