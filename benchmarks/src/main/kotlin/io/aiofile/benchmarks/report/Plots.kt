package io.aiofile.benchmarks.report

import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.rows.Cache
import io.aiofile.benchmarks.rows.Cell
import io.aiofile.benchmarks.rows.Contestants
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.Operation
import java.awt.Color
import java.awt.image.BufferedImage
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.log10
import kotlin.math.log2
import kotlin.math.pow
import org.knowm.xchart.BitmapEncoder
import org.knowm.xchart.CategoryChart
import org.knowm.xchart.CategoryChartBuilder
import org.knowm.xchart.XYChart
import org.knowm.xchart.XYChartBuilder
import org.knowm.xchart.internal.chartpart.Chart
import org.knowm.xchart.style.Styler

/** The figures for the eye, as PNG. */
internal class Plots(private val findings: Findings, private val directory: Path) {

    class Plot(val title: String, val file: Path)

    /** What was drawn; with the reason where drawing is not possible. */
    class Drawn(val files: List<Plot>, val reason: String?)

    private val files = mutableListOf<Plot>()

    fun draw(): Drawn {
        System.setProperty("java.awt.headless", "true")
        noText()?.let {
            return Drawn(files, it)
        }
        concurrency(Cache.CACHED)
        concurrency(Cache.DIRECT)
        findings.cells.filter(::hasLatency).forEach(::latency)
        ratioToLimit()
        return Drawn(files, null)
    }

    /**
     * Why no text can be drawn here: a JVM without fontconfig, as in bare containers, throws any of
     * these.
     */
    private fun noText(): String? {
        try {
            BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics().fontMetrics
            return null
        } catch (noFonts: LinkageError) {
            return "this JVM draws no text: $noFonts"
        } catch (noFonts: InternalError) {
            return "this JVM draws no text: $noFonts"
        } catch (noFonts: RuntimeException) {
            return "this JVM draws no text: $noFonts"
        }
    }

    private fun concurrency(cache: Cache) {
        val cells =
            findings.cells
                .filter { it.cache == cache && isReadOf4KiB(it) }
                .sortedBy { (it.work as AwaitedWork).inFlight }
        if (cells.map { (it.work as AwaitedWork).inFlight }.distinct().size < 2) {
            return
        }
        val title = "4 KiB random read, ${cache.label}: operations a second by operations in flight"
        val chart = lines(title, "in flight, awaited from one thread", Metric.OPERATIONS.unit)
        chart.styler.setXAxisTickLabelsFormattingFunction(::powerOfTwo)
        val series = mutableMapOf<String, List<Pair<Double, Double>>>()
        for (participant in cells.flatMap { findings.results.participants(it.name) }.distinct()) {
            series[participant] = cells.mapNotNull { cell ->
                findings.results.median(cell.name, participant, Metric.OPERATIONS)?.let {
                    log2((cell.work as AwaitedWork).inFlight.toDouble()) to it
                }
            }
        }
        add(chart, series)
        save(chart, title, "concurrency-${slug(cache.label)}.png")
    }

    private fun powerOfTwo(exponent: Double): String =
        if (exponent == floor(exponent)) 2.0.pow(exponent).toInt().toString() else ""

    private fun lines(title: String, x: String, y: String): XYChart {
        val chart: XYChart =
            XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build()
        chart.styler.setYAxisLogarithmic(true)
        chart.styler.setXAxisTickMarkSpacingHint(TICK_PIXELS)
        chart.styler.setLegendPosition(Styler.LegendPosition.OutsideE)
        return chart
    }

    /** Ours in bold; the axis runs over whole decades, so that it has numbers on it. */
    private fun add(chart: XYChart, series: Map<String, List<Pair<Double, Double>>>) {
        for ((participant, points) in series) {
            chart
                .addSeries(
                    participant,
                    points.map { it.first }.toDoubleArray(),
                    points.map { it.second }.toDoubleArray(),
                )
                .setLineWidth(if (Contestants.isOurs(participant)) BOLD else THIN)
        }
        val values = series.values.flatten().map { it.second }
        chart.styler.setYAxisMin(10.0.pow(floor(log10(values.min()))))
        chart.styler.setYAxisMax(10.0.pow(ceil(log10(values.max()))))
    }

    private fun isReadOf4KiB(cell: Cell): Boolean {
        val work = cell.work as? AwaitedWork ?: return false
        return work.operation == Operation.READ && work.blockBytes == 4096 && cell.row in 1..5
    }

    private fun hasLatency(cell: Cell) = cell.row in LATENCY_ROWS && isAwaitedOnceOrMany(cell)

    private fun isAwaitedOnceOrMany(cell: Cell) =
        (cell.work as? AwaitedWork)?.inFlight.let { it == 1 || it == 32 }

    private fun latency(cell: Cell) {
        val title = "Latency of ${cell.name}"
        val series =
            findings.results
                .participants(cell.name)
                .associateWith { participant ->
                    PERCENTILES.keys.mapIndexedNotNull { index, metric ->
                        findings.results.median(cell.name, participant, metric)?.let {
                            index.toDouble() to it
                        }
                    }
                }
                .filterValues { it.isNotEmpty() }
        if (series.isEmpty()) {
            return
        }
        val chart = lines(title, "percentile", "µs")
        chart.styler.setXAxisTickLabelsFormattingFunction { x ->
            if (x == floor(x)) PERCENTILES.values.elementAtOrElse(x.toInt()) { "" } else ""
        }
        add(chart, series)
        save(chart, title, "latency-${slug(cell.name)}.png")
    }

    /** For each cell that has a limit, everybody's part of it. */
    private fun ratioToLimit() {
        val metricsOfCells = findings.cells.mapNotNull { cell -> limit(cell)?.let { cell to it } }
        if (metricsOfCells.isEmpty()) {
            return
        }
        val title =
            "Part of the limit (1 = fio's best engine, FileInputStream or cp in the same run)"
        val chart = bars(title, "ratio")
        chart.styler.setXAxisLabelRotation(LABEL_DEGREES)
        val names =
            metricsOfCells.flatMap { findings.results.participants(it.first.name) }.distinct()
        for (name in names.filterNot(Contestants::isLimit)) {
            val ratios = metricsOfCells.map { (cell, limit) ->
                findings.results.median(cell.name, name, cell.metric)?.let {
                    if (cell.metric.higherIsBetter) it / limit else limit / it
                } ?: 0.0
            }
            chart.addSeries(
                name,
                metricsOfCells.map { "${it.first.row}: ${it.first.name}" },
                ratios,
            )
        }
        save(chart, title, "ratio-to-limit.png")
    }

    private fun limit(cell: Cell): Double? =
        findings.results.best(cell.name, cell.metric, Contestants::isYardstick)?.second

    private fun bars(title: String, unit: String): CategoryChart {
        val chart =
            CategoryChartBuilder().width(WIDTH).height(HEIGHT).title(title).yAxisTitle(unit).build()
        chart.styler.setLegendPosition(Styler.LegendPosition.OutsideE)
        return chart
    }

    private fun save(chart: Chart<*, *>, title: String, name: String) {
        chart.styler.setChartBackgroundColor(Color.WHITE)
        val file = directory.resolve(name)
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", file.toFile())
        files += Plot(title, file)
    }

    private fun slug(text: String) = text.lowercase().replace(Regex("[^a-z0-9]+"), "-")

    private companion object {
        const val WIDTH = 1100
        const val HEIGHT = 600
        const val BOLD = 4f
        const val THIN = 1.5f
        const val LABEL_DEGREES = 30
        const val TICK_PIXELS = 100
        val PERCENTILES =
            linkedMapOf(
                Metric.P50 to "p50",
                Metric.P95 to "p95",
                Metric.P99 to "p99",
                Metric.P999 to "p99.9",
            )
        val LATENCY_ROWS = setOf(1, 2, 3, 4, 5, 11)
    }
}
