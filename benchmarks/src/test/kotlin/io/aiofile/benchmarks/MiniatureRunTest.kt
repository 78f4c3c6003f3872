package io.aiofile.benchmarks

import de.siegmar.fastcsv.reader.CsvReader
import io.aiofile.benchmarks.data.Order
import io.aiofile.benchmarks.data.TestFiles
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.peers.AiofilePeer
import io.aiofile.benchmarks.peers.AsynchronousFileChannelPeer
import io.aiofile.benchmarks.peers.BufferedReaderPeer
import io.aiofile.benchmarks.players.Host
import io.aiofile.benchmarks.rows.Cache
import io.aiofile.benchmarks.rows.Cell
import io.aiofile.benchmarks.rows.Contestants
import io.aiofile.benchmarks.rows.Goal
import io.aiofile.benchmarks.rows.Row
import io.aiofile.benchmarks.rows.Scale
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.Operation
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.PrintWriter
import java.io.StringWriter
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO

private const val JAVA = "java"

private fun reads(inFlight: Int) =
    Cell(
        2,
        "reads, $inFlight awaited",
        Cache.CACHED,
        AwaitedWork(Operation.READ, 4096, inFlight, Access.BUFFERED),
        Metric.OPERATIONS,
        Order.RANDOM,
        100,
    )

private fun rows(): List<Row> {
    val ours = Contestants.ours.filter { it.name == AiofilePeer.nameOf(JAVA) }
    val reads = listOf(reads(1), reads(4))
    val lines = Cell(10, "lines", Cache.CACHED, LinesWork, Metric.LINES)
    val idle =
        Cell(
            15,
            "idle",
            Cache.CACHED,
            IdleWork(1, 1),
            Metric.THREADS,
            operations = 10,
            together = true,
        )
    val others =
        listOf(
            Contestants.asynchronousFileChannel,
            Contestants.python.first(),
            Contestants.fio("none"),
        )
    return listOf(
        Row(
            2,
            "reads",
            reads,
            ours + others,
            listOf(Goal.atLeast(1.0, reads[0], ours[0].name, "everybody") { true }),
            mapOf("somebody" to "there is no point"),
        ),
        Row(10, "lines", listOf(lines), ours + Contestants.bufferedReader, emptyList(), lives = 2),
        Row(15, "idle", listOf(idle), ours, emptyList()),
    )
}

private fun records(file: Path): List<List<String>> =
    CsvReader.builder().ofCsvRecord(file).use { csv -> csv.map { it.fields }.toList() }

class MiniatureRunTest :
    StringSpec({
        "a run in processes of their own leaves CSV files, plots and a report behind" {
            val place = tempdir().toPath()
            val output = Files.createDirectories(tempdir().toPath().resolve("out"))
            val scale = Scale("miniature", 1L shl 20, lines = 2_000, rounds = 2, warmUps = 0)
            val out = StringWriter()
            val host = Host("no-such-python", output, place)
            val files = TestFiles(place, scale.fileBytes, scale.lines)
            val right = Run(scale, rows(), host, files, output, PrintWriter(out)).play()

            withClue(out.toString()) {
                right shouldBe true
                val rounds = records(output.resolve("rounds.csv"))
                val rates = rounds.filter { it[5] == "operations" || it[5] == "lines" }
                val java = AiofilePeer.nameOf(JAVA)
                rates.map { it[1] to it[3] } shouldContainExactlyInAnyOrder
                    listOf(
                            "reads, 1 awaited" to java,
                            "reads, 1 awaited" to AsynchronousFileChannelPeer.NAME,
                            "reads, 4 awaited" to java,
                            "reads, 4 awaited" to AsynchronousFileChannelPeer.NAME,
                            "lines" to java,
                            "lines" to BufferedReaderPeer.NAME,
                        )
                        .flatMap { played ->
                            List(if (played.first == "lines") 4 else 2) { played }
                        }
                // Two of the first process, and two of the second.
                rates.filter { it[1] == "lines" && it[3] == java }.map { it[4] } shouldBe
                    listOf("1", "2", "3", "4")
                rates.all { it[6].toDouble() > 0 } shouldBe true
                rounds.count { it[1] == "idle" && it[5] == "threads" } shouldBe 2
                records(output.resolve("goals.csv")).size shouldBe 2

                val missing = records(output.resolve("missing.csv")).drop(1)
                missing.map { it[2] }.distinct() shouldContainExactlyInAnyOrder
                    listOf("somebody", "Python aiofile uring", "fio none")
                missing.first { it[2].startsWith("Python") }[3] shouldContain "does not start"

                val report = Files.readString(output.resolve("report.md"))
                report shouldContain "| 2 | reads, 1 awaited |"
                report shouldContain "Python aiofile uring"
                if ("No plots: " in report) {
                    report shouldContain "draws no text"
                } else {
                    val plots =
                        Files.list(output).use { it.toList() }.filter { "$it".endsWith(".png") }
                    plots.map { it.fileName.toString() } shouldContain "concurrency-cached.png"
                    plots.forEach { ImageIO.read(it.toFile()).width shouldBe 1100 }
                }
            }
        }
    })
