package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.peers.BufferedReaderPeer
import io.aiofile.benchmarks.peers.FileInputStreamPeer
import io.aiofile.benchmarks.peers.OkioPeer
import io.aiofile.benchmarks.peers.VertxPeer
import io.aiofile.benchmarks.players.CpPlayer
import io.aiofile.benchmarks.players.FioPlayer
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.ScanWork

/** Whole files: chunks, lines, copies; rows 7 to 10, and 12. */
internal class StreamRows(private val scale: Scale) {
    private val chosen = Contestants.chosen

    /** A tenth of a second each, on processors that are slower for seconds at a time (ADR 10). */
    private val lineRounds = scale.pick(3, 15)

    /** The compiler takes a flow's lines in hand later than a loop's. */
    private val lineWarmUps = scale.pick(1, 12)

    fun cachedScan(): Row {
        val cell =
            Cell(
                7,
                "sequential read, cached, chunks of 64 KiB",
                Cache.CACHED,
                ScanWork(64 shl 10, readAhead = 1, Access.BUFFERED),
                Metric.BYTES,
                rounds = scale.pick(3, 5),
            )
        val stream = FileInputStreamPeer.NAME
        return Row(
            7,
            cell.name,
            listOf(cell),
            with(Contestants) {
                ours +
                    listOf(
                        asynchronousFileChannel,
                        fileChannel,
                        vertx,
                        okio,
                        jasyncfio,
                        fileInputStream,
                    ) +
                    python
            },
            listOf(
                Goal.atLeast(0.7, cell, chosen, stream) { it == stream },
                Goal.atLeast(2.0, cell, chosen, "Python aiofile's best", Contestants::isPython),
            ),
            Contestants.absentPython,
            lives = scale.lives,
        )
    }

    fun directScan(): Row {
        val cell =
            Cell(
                8,
                "sequential read, O_DIRECT, chunks of 128 KiB, 8 read ahead",
                Cache.DIRECT,
                ScanWork(128 shl 10, readAhead = 8, Access.DIRECT),
                Metric.BYTES,
            )
        val fio = FioPlayer.nameOf("libaio")
        return Row(
            8,
            cell.name,
            listOf(cell),
            with(Contestants) {
                ours + listOf(asynchronousFileChannel, fileChannel, jasyncfio, fio("libaio"))
            },
            listOf(Goal.atLeast(0.95, cell, chosen, fio) { it == fio }),
            mapOf(VertxPeer.NAME to VertxPeer.NO_DIRECT, OkioPeer.NAME to VertxPeer.NO_DIRECT) +
                Contestants.absentPython(reason = VertxPeer.NO_DIRECT),
        )
    }

    fun kotlinLines(): Row {
        val cell =
            Cell(
                9,
                "lines from Kotlin, cached (Flow<String>)",
                Cache.CACHED,
                LinesWork,
                Metric.LINES,
                rounds = lineRounds,
                warmUps = lineWarmUps,
            )
        val reader = BufferedReaderPeer.NAME
        val subject = Contestants.chosenInKotlin
        return Row(
            9,
            cell.name,
            listOf(cell),
            with(Contestants) { oursInKotlin + listOf(bufferedReader, okio) + python },
            listOf(
                Goal.atLeast(1.5, cell, subject, reader) { it == reader },
                Goal.atLeast(1.0, cell, subject, OkioPeer.NAME) { it == OkioPeer.NAME },
                Goal.atLeast(10.0, cell, subject, "Python aiofile's best", Contestants::isPython),
            ),
            Contestants.absentPython,
            lives = scale.lives,
        )
    }

    fun javaLines(): Row {
        val cell =
            Cell(
                10,
                "lines from Java, cached (forEachAsync)",
                Cache.CACHED,
                LinesWork,
                Metric.LINES,
                rounds = lineRounds,
                warmUps = lineWarmUps,
            )
        val reader = BufferedReaderPeer.NAME
        return Row(
            10,
            cell.name,
            listOf(cell),
            with(Contestants) { ours + listOf(bufferedReader, okio, vertx) },
            listOf(Goal.atLeast(2.0, cell, chosen, reader) { it == reader }),
            Contestants.absentPython(reason = "the same as in row 9"),
            lives = scale.lives,
        )
    }

    fun copies(): Row {
        val cells =
            listOf(false, true).map { durable ->
                Cell(
                    12,
                    "copy of a cached file, ${if (durable) "with" else "without"} sync",
                    Cache.CACHED,
                    CopyWork(durable),
                    Metric.SECONDS,
                    // Some are twice as slow as the others, whoever plays them (ADR 13).
                    rounds = scale.pick(3, 9),
                    // The check is a copy, too.
                    warmUps = scale.pick(0, 1),
                )
            }
        return Row(
            12,
            "copy of a cached file, without and with sync",
            cells,
            with(Contestants) { ours + listOf(filesCopy, okio, vertx, cp) },
            cells.map { Goal.atMost(1.05, it, chosen, CpPlayer.NAME) },
        )
    }
}
