package io.aiofile.benchmarks

import io.aiofile.benchmarks.data.TestFiles
import io.aiofile.benchmarks.measure.Absence
import io.aiofile.benchmarks.measure.Figure
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.players.Course
import io.aiofile.benchmarks.players.Host
import io.aiofile.benchmarks.players.Outcome
import io.aiofile.benchmarks.players.Player
import io.aiofile.benchmarks.players.Session
import io.aiofile.benchmarks.report.CsvFiles
import io.aiofile.benchmarks.report.Findings
import io.aiofile.benchmarks.report.Machine
import io.aiofile.benchmarks.report.Page
import io.aiofile.benchmarks.report.Plots
import io.aiofile.benchmarks.rows.Cell
import io.aiofile.benchmarks.rows.Contestants
import io.aiofile.benchmarks.rows.Results
import io.aiofile.benchmarks.rows.Row
import io.aiofile.benchmarks.rows.Scale
import io.aiofile.benchmarks.rows.shown
import java.io.PrintWriter
import java.nio.file.Path

/** Plays rows, one after another, and writes what came of them. */
internal class Run(
    private val scale: Scale,
    private val rows: List<Row>,
    private val host: Host,
    private val files: TestFiles,
    private val output: Path,
    private val out: PrintWriter,
) {
    private val machine = Machine.describe(files.directory, host.python)
    private val figures = mutableListOf<Figure>()
    private val absences = mutableListOf<Absence>()
    private val failures = mutableListOf<Absence>()
    private val loads = mutableMapOf<Int, Double>()

    /** Plays all of it; says whether this library took part well: peers may break down. */
    fun play(): Boolean {
        host.unpackScripts()
        for (row in rows) {
            play(row)
            // After each row, so that what is there outlives an interrupted run.
            CsvFiles.write(findings(), output)
        }
        val findings = findings()
        Page(findings, Plots(findings, output).draw()).write(output.resolve("report.md"))
        out.println("\nreport: ${output.resolve("report.md")}")
        out.flush()
        return failures.none { Contestants.isOurs(it.participant) }
    }

    private fun findings() =
        Findings(scale.name, machine, rows, Results(figures), absences, failures, loads)

    private fun play(row: Row) {
        loads[row.number] = Machine.load()
        out.println("\nrow ${row.number}: ${row.title}")
        out.flush()
        row.absent.forEach { (name, reason) ->
            absences += Absence(row.number, null, name, reason)
        }
        val outcomes = row.cells.associateWith { Outcome() }
        repeat(row.lives) { life -> live(row, life, outcomes) }
        for (goal in row.goals) {
            val verdict = goal.verdict(Results(figures))
            out.println("  goal ${goal.text}: ${verdict.reached}")
        }
        out.flush()
    }

    private fun live(row: Row, life: Int, outcomes: Map<Cell, Outcome>) {
        // Processes for each participant and row: nobody inherits what another row left behind.
        val players = row.contestants.map { it.player(host) }
        try {
            // Together: what a JVM needs for its start is a good part of a quick run.
            players.forEach(Player::start)
            row.cells.forEachIndexed { index, cell ->
                val among = players.filter { cell.only == null || it.name in cell.only }
                val outcome = outcomes.getValue(cell)
                outcome += play(cell, among, life, warm = index > 0)
                if (life == row.lives - 1) {
                    take(cell, outcome, among)
                }
            }
        } finally {
            players.forEach(Player::close)
        }
    }

    private fun play(cell: Cell, among: List<Player>, life: Int, warm: Boolean): Outcome =
        try {
            val course = Course.of(cell, files, SEED + cell.row)
            val rounds = cell.rounds ?: scale.rounds
            val first = 1 + life * rounds
            Session(cell, course, cell.warmUps ?: scale.warmUps, first until first + rounds, warm)
                .play(among)
        } catch (impossible: Missing) {
            Outcome().apply {
                absences += Absence(cell.row, cell.name, "everybody", impossible.message ?: "")
            }
        }

    private fun take(cell: Cell, outcome: Outcome, among: List<Player>) {
        figures += outcome.figures
        absences += outcome.absences.distinct()
        failures += outcome.failures.distinct()
        show(cell, outcome, among.map { it.name })
    }

    private fun show(cell: Cell, outcome: Outcome, participants: List<String>) {
        out.println("  ${cell.name} [${cell.cache.label}]")
        val results = Results(outcome.figures)
        for (participant in participants) {
            val value = results.median(cell.name, participant, cell.metric) ?: continue
            out.println("    %-34s %12s %s".format(participant, shown(value), cell.metric.unit))
        }
        for (absence in (outcome.absences + outcome.failures).distinct()) {
            out.println("    %-34s missing: %s".format(absence.participant, absence.reason))
        }
        out.flush()
    }

    private companion object {
        const val SEED = 20261121L
    }
}
