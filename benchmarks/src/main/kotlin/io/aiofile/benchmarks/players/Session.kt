package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.measure.Absence
import io.aiofile.benchmarks.measure.Figure
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.measure.WrongResult
import io.aiofile.benchmarks.rows.Cell
import java.io.IOException
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** What came of a cell. */
internal class Outcome {
    val figures = mutableListOf<Figure>()
    val absences = mutableListOf<Absence>()
    /** Those who took part and gave a wrong result, or broke down. */
    val failures = mutableListOf<Absence>()
}

/**
 * One cell: everybody opens, is checked, warms up, and then the rounds are played in turn, A B C A
 * B C, so that what changes on the machine meanwhile meets everybody.
 */
internal class Session(
    private val cell: Cell,
    private val course: Course,
    private val warmUps: Int,
    private val rounds: Int,
) {
    private val outcome = Outcome()
    private val present = mutableListOf<Player>()

    fun play(players: List<Player>): Outcome {
        for (player in players) {
            if (guarded(player) { course.open(player) }) {
                present += player
            }
        }
        turns(Course.CHECK_ROUND) {
            try {
                course.check(it)
            } catch (trusted: Unchecked) {
                // Nothing to look at.
            }
        }
        if (warmUps > 0) {
            turns(WARM_UP_ROUND) { player -> warmUp(player) }
        }
        for (round in 1..rounds) {
            turns(round) { player -> note(player, round, course.round(player, round)) }
        }
        present.forEach { player -> guarded(player) { course.close(player) } }
        return outcome
    }

    /**
     * Once, and where it gets faster as it goes, so many rounds, and on for half a second: by then
     * the compiler is done with what the quickest do in a microsecond, too.
     */
    private fun warmUp(player: Player) {
        val began = System.nanoTime()
        var played = 0
        do {
            course.round(player, WARM_UP_ROUND)
            played++
        } while (player.warmsUp && (played < warmUps || System.nanoTime() - began < WARM_UP_NANOS))
    }

    private fun turns(round: Int, turn: (Player) -> Unit) {
        course.prepare(round)
        present.removeAll { player -> !guarded(player) { turn(player) } }
    }

    private fun note(player: Player, round: Int, answer: JsonObject) {
        for ((label, value) in requireNotNull(answer["metrics"]).jsonObject) {
            outcome.figures +=
                Figure(
                    cell.row,
                    cell.name,
                    player.name,
                    round,
                    Metric.of(label),
                    value.jsonPrimitive.double,
                )
        }
    }

    /** Whether it went well; who fails is out, with all he did in this cell. */
    private fun guarded(player: Player, action: () -> Unit): Boolean {
        val reason =
            try {
                action()
                return true
            } catch (missing: Missing) {
                outcome.absences += absence(player, missing.message ?: "missing")
                null
            } catch (wrong: WrongResult) {
                wrong.message
            } catch (broken: IOException) {
                broken.message
            }
        if (reason != null) {
            outcome.failures += absence(player, "failed: $reason")
        }
        outcome.figures.removeAll { it.participant == player.name }
        return false
    }

    private fun absence(player: Player, reason: String) =
        Absence(cell.row, cell.name, player.name, reason)

    private companion object {
        const val WARM_UP_ROUND = 0
        const val WARM_UP_NANOS = 500_000_000L
    }
}
