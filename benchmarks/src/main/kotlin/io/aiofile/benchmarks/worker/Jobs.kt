package io.aiofile.benchmarks.worker

import com.sun.management.OperatingSystemMXBean
import io.aiofile.benchmarks.data.Checksums
import io.aiofile.benchmarks.data.Positions
import io.aiofile.benchmarks.data.WrittenBlock
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.measure.Percentiles
import io.aiofile.benchmarks.measure.Stalls
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.zip.CRC32
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.add
import kotlinx.serialization.json.addJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonArray
import kotlinx.serialization.json.putJsonObject

/** Some work that is open, and waits to be told to play a round of it. */
internal interface Job : AutoCloseable {
    /** Plays a timed round. */
    fun round(request: JsonObject): JsonObject

    /** Does the same without a clock, and says the checksums of what it saw. */
    fun check(request: JsonObject): JsonObject
}

internal const val MICRO = 1e-3
private const val MEGA = 1e6
private const val NANOS_PER_SECOND = 1e9

/** A second: how far apart two stalls should be. */
private const val WINDOW_NANOS = 1_000_000_000L

internal fun perSecond(count: Number, nanos: Long): Double =
    count.toDouble() * NANOS_PER_SECOND / nanos

internal fun megabytesPerSecond(bytes: Long, nanos: Long): Double = perSecond(bytes, nanos) / MEGA

private fun processorNanos(): Long =
    (ManagementFactory.getOperatingSystemMXBean() as OperatingSystemMXBean).processCpuTime

internal fun JsonObjectBuilder.metrics(values: Map<Metric, Double>) {
    putJsonObject("metrics") { values.forEach { (metric, value) -> put(metric.label, value) } }
}

/** Rounds of positional reads or writes. */
internal class AwaitedJob(private val work: AwaitedWork, private val session: AwaitedSession) :
    Job {

    override fun round(request: JsonObject): JsonObject {
        val round = roundOf(request, null)
        val before = processorNanos()
        val nanos = session.play(round)
        val processor = (processorNanos() - before) * MICRO / round.operations
        return buildJsonObject {
            put("operations", round.operations)
            metrics(figures(round, nanos) + (Metric.PROCESSOR to processor))
            if (work.operation == Operation.READ) {
                putJsonArray("last") {
                    session.lastBlocks().forEach { (position, crc) ->
                        addJsonArray {
                            add(position)
                            add(crc)
                        }
                    }
                }
            }
        }
    }

    private fun figures(round: Round, nanos: Long): Map<Metric, Double> {
        val latency = Percentiles.of(round.latencyNanos)
        return mapOf(
            Metric.OPERATIONS to perSecond(round.operations, nanos),
            Metric.P50 to latency.at(0.50) * MICRO,
            Metric.P95 to latency.at(0.95) * MICRO,
            Metric.P99 to latency.at(0.99) * MICRO,
            Metric.P999 to latency.at(0.999) * MICRO,
            Metric.MAX to latency.max * MICRO,
        ) + if (work.watch == Watch.CALLER) caller(round) else emptyMap()
    }

    private fun caller(round: Round): Map<Metric, Double> {
        val held = Percentiles.of(round.heldNanos)
        val stalls = Stalls(round.startNanos, round.heldNanos, round.queuedNanos, STALL_NANOS)
        return mapOf(
            Metric.HELD_P99 to held.at(0.99) * MICRO,
            Metric.HELD_P999 to held.at(0.999) * MICRO,
            Metric.HELD_MAX to held.max * MICRO,
            Metric.STALLS to stalls.all.toDouble(),
            Metric.STALLS_IN_COMPANY to stalls.inCompany(WINDOW_NANOS).toDouble(),
        )
    }

    override fun check(request: JsonObject): JsonObject {
        val round = roundOf(request, IntArray(0))
        session.play(round)
        Checksums.write(requireNotNull(round.checksums), Path.of(request.text("into")))
        return buildJsonObject { put("operations", round.operations) }
    }

    private fun roundOf(request: JsonObject, checksums: IntArray?): Round {
        val positions = Positions.read(Path.of(request.text("positions")))
        val number = request.long("round")
        if (work.operation != Operation.READ) {
            session.load(WrittenBlock(work.blockBytes, number).unstamped())
        }
        return Round(positions, number, checksums?.let { IntArray(positions.size) })
    }

    override fun close() = session.close()
}

/** What takes the bytes of a scan. */
internal interface ByteSink {
    fun take(bytes: ByteArray, length: Int)

    fun take(bytes: ByteBuffer)
}

/** Counts, and looks at one byte of each chunk, as little as any consumer does. */
internal class CountingSink : ByteSink {
    var bytes = 0L
        private set

    private var seen = 0

    override fun take(bytes: ByteArray, length: Int) {
        this.bytes += length
        if (length > 0) {
            seen += bytes[length - 1]
        }
    }

    override fun take(bytes: ByteBuffer) {
        this.bytes += bytes.remaining()
        if (bytes.hasRemaining()) {
            seen += bytes.get(bytes.limit() - 1)
        }
    }
}

internal class CrcSink : ByteSink {
    private val crc = CRC32()
    val value
        get() = crc.value

    override fun take(bytes: ByteArray, length: Int) = crc.update(bytes, 0, length)

    override fun take(bytes: ByteBuffer) = crc.update(bytes.duplicate())
}

/** Whole reads of a file. */
internal class ScanJob(private val scan: (ByteSink) -> Unit) : Job {
    override fun round(request: JsonObject): JsonObject {
        val sink = CountingSink()
        val began = System.nanoTime()
        scan(sink)
        val nanos = System.nanoTime() - began
        return buildJsonObject {
            put("bytes", sink.bytes)
            metrics(mapOf(Metric.BYTES to megabytesPerSecond(sink.bytes, nanos)))
        }
    }

    override fun check(request: JsonObject): JsonObject {
        val sink = CrcSink().also(scan)
        return buildJsonObject { put("crc", sink.value) }
    }

    override fun close() = Unit
}

/** What takes lines. */
internal interface LineSink {
    fun line(line: String)
}

private class CountingLines : LineSink {
    var lines = 0L
    var characters = 0L

    override fun line(line: String) {
        lines++
        characters += line.length
    }
}

private class CrcLines : LineSink {
    val crc = CRC32()

    override fun line(line: String) {
        crc.update(line.toByteArray())
        crc.update('\n'.code)
    }
}

/** Whole reads of a text. */
internal class LinesJob(private val read: (LineSink) -> Unit) : Job {
    override fun round(request: JsonObject): JsonObject {
        val sink = CountingLines()
        val began = System.nanoTime()
        read(sink)
        val nanos = System.nanoTime() - began
        return buildJsonObject {
            put("lines", sink.lines)
            put("characters", sink.characters)
            metrics(mapOf(Metric.LINES to perSecond(sink.lines, nanos)))
        }
    }

    override fun check(request: JsonObject): JsonObject {
        val sink = CrcLines().also(read)
        return buildJsonObject { put("crc", sink.crc.value) }
    }

    override fun close() = Unit
}

/** Copies of a file; who asked for one compares it with its source. */
internal class CopyJob(private val copy: () -> Unit, private val release: () -> Unit) : Job {
    override fun round(request: JsonObject): JsonObject {
        val began = System.nanoTime()
        copy()
        val nanos = System.nanoTime() - began
        return buildJsonObject { metrics(mapOf(Metric.SECONDS to nanos / NANOS_PER_SECOND)) }
    }

    override fun check(request: JsonObject): JsonObject {
        copy()
        return buildJsonObject {}
    }

    override fun close() = release()
}
