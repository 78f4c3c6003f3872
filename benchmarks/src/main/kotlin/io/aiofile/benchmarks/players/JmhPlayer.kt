package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.jmh.ChannelReadCost
import io.aiofile.benchmarks.jmh.ReadCost
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.peers.AiofilePeer
import io.aiofile.benchmarks.peers.AsynchronousFileChannelPeer
import io.aiofile.benchmarks.peers.backends
import io.aiofile.benchmarks.rows.Contestant
import io.aiofile.benchmarks.worker.CostWork
import io.aiofile.benchmarks.worker.Work
import io.aiofile.benchmarks.worker.metrics
import io.aiofile.benchmarks.worker.text
import java.io.IOException
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject
import org.openjdk.jmh.profile.GCProfiler
import org.openjdk.jmh.results.Result
import org.openjdk.jmh.runner.Runner
import org.openjdk.jmh.runner.RunnerException
import org.openjdk.jmh.runner.options.OptionsBuilder
import org.openjdk.jmh.runner.options.TimeValue

/** A participant measured by JMH: a round is a fork. */
internal class JmhPlayer(
    override val name: String,
    private val benchmark: Class<*>,
    private val parameters: Map<String, String>,
    private val log: Path,
) : Player {
    private lateinit var work: CostWork
    private lateinit var file: String

    override fun ask(request: JsonObject): JsonObject {
        when (request.text("do")) {
            "open" -> {
                work = Work.of(requireNotNull(request["work"]).jsonObject) as CostWork
                file = request.text("file")
            }
            "check" -> throw Unchecked("JMH's forks look at the count only")
            "round" -> return round()
        }
        return buildJsonObject {}
    }

    private fun round(): JsonObject {
        // Several may run on one machine, each in a directory of its own.
        System.setProperty("jmh.ignoreLock", "true")
        val time = TimeValue(work.millis.toLong(), TimeUnit.MILLISECONDS)
        val options =
            OptionsBuilder()
                .include("^" + benchmark.name.replace(".", "\\.") + "\\.")
                .param("access", work.access.name)
                .param("file", file)
                .forks(1)
                .warmupIterations(ITERATIONS)
                .warmupTime(time)
                .measurementIterations(ITERATIONS)
                .measurementTime(time)
                .addProfiler(GCProfiler::class.java)
                .jvmArgsAppend(*Host.nativeAccess().toTypedArray())
                .output(log.toString())
                .shouldFailOnError(true)
        parameters.forEach { (key, value) -> options.param(key, value) }
        val result =
            try {
                Runner(options.build()).runSingle()
            } catch (failed: RunnerException) {
                throw IOException("JMH failed, see ${log.fileName}", failed)
            }
        val allocated = result.secondaryResults.entries.first { "alloc.rate.norm" in it.key }.value
        return buildJsonObject {
            metrics(
                mapOf(
                    Metric.ALLOCATED to score(allocated),
                    Metric.TIME_PER_OPERATION to score(result.primaryResult),
                )
            )
        }
    }

    private fun score(result: Result<*>) = result.score

    override fun close() = Unit

    companion object {
        private const val ITERATIONS = 3

        fun contestants(): List<Contestant> =
            backends().map { backend ->
                val name = AiofilePeer.nameOf(backend)
                Contestant(name) { host ->
                    JmhPlayer(
                        name,
                        ReadCost::class.java,
                        mapOf("backend" to backend),
                        host.log(name),
                    )
                }
            } +
                Contestant(AsynchronousFileChannelPeer.NAME) { host ->
                    JmhPlayer(
                        AsynchronousFileChannelPeer.NAME,
                        ChannelReadCost::class.java,
                        emptyMap(),
                        host.log(AsynchronousFileChannelPeer.NAME),
                    )
                }
    }
}
