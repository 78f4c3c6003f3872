package io.aiofile.benchmarks.report

import de.siegmar.fastcsv.writer.CsvWriter
import io.aiofile.benchmarks.measure.Absence
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.rows.Results
import io.aiofile.benchmarks.rows.Row
import io.aiofile.benchmarks.rows.Verdict
import java.nio.file.Path

/** All that a run found out. */
internal class Findings(
    val scale: String,
    val machine: Machine,
    val rows: List<Row>,
    val results: Results,
    val absences: List<Absence>,
    val failures: List<Absence>,
    /** The load of the machine when each row began. */
    val loads: Map<Int, Double>,
) {
    val cells = rows.flatMap { it.cells }
}

/** The figures for other programs: one value a line. */
internal object CsvFiles {
    fun write(findings: Findings, directory: Path) {
        rounds(findings, directory.resolve("rounds.csv"))
        summary(findings, directory.resolve("summary.csv"))
        goals(findings, directory.resolve("goals.csv"))
        missing(findings, directory.resolve("missing.csv"))
    }

    private fun rounds(findings: Findings, file: Path) =
        table(file, "row", "cell", "cache", "participant", "round", "metric", "value", "unit") { csv
            ->
            val cells = findings.cells.associateBy { it.name }
            for (figure in findings.results.figures) {
                csv.writeRecord(
                    figure.row.toString(),
                    figure.cell,
                    cells[figure.cell]?.cache?.label.orEmpty(),
                    figure.participant,
                    figure.round.toString(),
                    figure.metric.label,
                    figure.value.toString(),
                    figure.metric.unit,
                )
            }
        }

    private fun summary(findings: Findings, file: Path) =
        table(
            file,
            "row",
            "cell",
            "cache",
            "participant",
            "metric",
            "median",
            "least",
            "most",
            "unit",
        ) { csv ->
            for (cell in findings.cells) {
                for (participant in findings.results.participants(cell.name)) {
                    for (metric in Metric.values()) {
                        val values = findings.results.values(cell.name, participant, metric)
                        if (values.isNotEmpty()) {
                            csv.writeRecord(
                                cell.row.toString(),
                                cell.name,
                                cell.cache.label,
                                participant,
                                metric.label,
                                findings.results.median(cell.name, participant, metric).toString(),
                                values.min().toString(),
                                values.max().toString(),
                                metric.unit,
                            )
                        }
                    }
                }
            }
        }

    private fun goals(findings: Findings, file: Path) =
        table(file, "row", "cell", "goal", "reached", "verdict") { csv ->
            for (row in findings.rows) {
                for (goal in row.goals) {
                    val verdict = goal.verdict(findings.results)
                    csv.writeRecord(
                        row.number.toString(),
                        goal.cell,
                        goal.text,
                        verdict.reached,
                        word(verdict),
                    )
                }
            }
        }

    private fun missing(findings: Findings, file: Path) =
        table(file, "row", "cell", "participant", "reason") { csv ->
            for (absence in findings.absences + findings.failures) {
                csv.writeRecord(
                    absence.row.toString(),
                    absence.cell.orEmpty(),
                    absence.participant,
                    absence.reason,
                )
            }
        }

    private fun table(file: Path, vararg header: String, fill: (CsvWriter) -> Unit) {
        CsvWriter.builder().build(file).use { csv ->
            csv.writeRecord(*header)
            fill(csv)
        }
    }
}

internal fun word(verdict: Verdict): String =
    when (verdict) {
        is Verdict.Met -> "met"
        is Verdict.Missed -> "not met"
        is Verdict.Open -> "open"
    }
