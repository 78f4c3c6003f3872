package io.aiofile.benchmarks.report

import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.rows.Cell
import io.aiofile.benchmarks.rows.Row
import io.aiofile.benchmarks.rows.Verdict
import io.aiofile.benchmarks.rows.shown
import java.nio.file.Files
import java.nio.file.Path

/** The report for people, in Markdown. */
internal class Page(private val findings: Findings, private val plots: Plots.Drawn) {
    private val text = StringBuilder()

    fun write(file: Path) {
        line("# Benchmark, ${findings.scale} run")
        line()
        machine()
        goals()
        plots.files.forEach { line("![${it.title}](${it.file.fileName})").also { line() } }
        plots.reason?.let { line("No plots: $it").also { line() } }
        findings.rows.forEach(::figures)
        missing()
        Files.writeString(file, text)
    }

    private fun line(content: String = "") {
        text.append(content).append('\n')
    }

    private fun row(vararg cells: String) = line(cells.joinToString(" | ", "| ", " |"))

    private fun machine() {
        for ((name, fact) in findings.machine.facts) {
            line("- $name: $fact")
        }
        val loads = findings.loads.entries.joinToString { "row ${it.key}: ${shown(it.value)}" }
        line("- load average (1 minute) as each row began: $loads")
        line()
        val cores = Runtime.getRuntime().availableProcessors()
        if (findings.loads.values.any { it > cores }) {
            line("**The machine was busy with other work: these figures say little.**")
            line()
        }
        line("Medians over the rounds; ratios are of medians of one run, played in turn.")
        line()
    }

    private fun goals() {
        line("## Goals")
        line()
        row("row", "cell", "goal", "reached", "met")
        row("--:", "---", "---", "---", "---")
        for (row in findings.rows) {
            for (goal in row.goals) {
                val verdict = goal.verdict(findings.results)
                val met =
                    when (verdict) {
                        is Verdict.Met -> "yes"
                        is Verdict.Missed -> "**no**"
                        is Verdict.Open -> "open"
                    }
                row(row.number.toString(), goal.cell, goal.text, verdict.reached, met)
            }
        }
        line()
    }

    private fun figures(row: Row) {
        line("## Row ${row.number}: ${row.title}")
        line()
        for (cell in row.cells) {
            table(cell)
        }
    }

    private fun table(cell: Cell) {
        val results = findings.results
        val participants = results.participants(cell.name)
        if (participants.isEmpty()) {
            line("${cell.name}: not measured").also { line() }
            return
        }
        val metrics =
            Metric.values().filter { metric ->
                metric == cell.metric ||
                    (metric != Metric.MAX &&
                        participants.any { results.values(cell.name, it, metric).isNotEmpty() })
            }
        line("**${cell.name}** (${cell.cache.label})").also { line() }
        row("", *metrics.map(::title).toTypedArray())
        row("---", *metrics.map { "--:" }.toTypedArray())
        val ordered = participants.sortedBy { results.median(cell.name, it, cell.metric) ?: 0.0 }
        for (participant in if (cell.metric.higherIsBetter) ordered.reversed() else ordered) {
            val values = metrics.map { metric ->
                results.median(cell.name, participant, metric)?.let(::shown) ?: ""
            }
            row(participant, *values.toTypedArray())
        }
        line()
    }

    private fun title(metric: Metric) =
        if (metric.unit.endsWith("/s") || metric == Metric.SECONDS) metric.unit
        else "${metric.label.replace('_', ' ')}, ${metric.unit}"

    private fun missing() {
        val all = findings.absences + findings.failures
        if (all.isEmpty()) {
            return
        }
        line("## Missing")
        line()
        row("row", "participant", "cell", "reason")
        row("--:", "---", "---", "---")
        for (absence in all) {
            row(
                absence.row.toString(),
                absence.participant,
                absence.cell ?: "all",
                absence.reason.replace('\n', ' ').replace("|", "\\|"),
            )
        }
    }
}
