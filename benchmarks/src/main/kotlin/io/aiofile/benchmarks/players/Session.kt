package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.measure.Absence
import io.aiofile.benchmarks.measure.Figure
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.measure.WrongResult
import io.aiofile.benchmarks.rows.Cell
import java.io.IOException
import java.util.concurrent.FutureTask
import kotlin.random.Random
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

    operator fun plusAssign(other: Outcome) {
        figures += other.figures
        absences += other.absences
        failures += other.failures
    }
}

/**
 * One cell: everybody opens, is checked, warms up, and then the rounds are played in turn, so that
 * what changes on the machine meanwhile meets everybody; each round in an order of its own, A B C
 * then C A B, so that what somebody leaves behind does, too.
 */
internal class Session(
    private val cell: Cell,
    private val course: Course,
    private val warmUps: Int,
    /** Their numbers, from 1 on. */
    private val rounds: IntRange,
    /** Whether the players have been through another cell like this. */
    private val warm: Boolean = false,
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
        for (round in rounds) {
            turns(round) { player -> note(player, round, course.round(player, round)) }
        }
        present.forEach { player -> guarded(player) { course.close(player) } }
        return outcome
    }

    /**
     * Once, and where it gets faster as it goes, so many rounds, and on for a while: by then the
     * compiler is done with what the quickest do in a microsecond, too.
     */
    private fun warmUp(player: Player) {
        val enough = if (warm) WARM_NANOS else COLD_NANOS
        val began = System.nanoTime()
        var played = 0
        do {
            course.round(player, WARM_UP_ROUND)
            played++
        } while (player.warmsUp && (played < warmUps || System.nanoTime() - began < enough))
    }

    private fun turns(round: Int, turn: (Player) -> Unit) {
        course.prepare(round)
        if (!cell.together) {
            val out = present.shuffled(Random(round)).filterNot { guarded(it) { turn(it) } }
            present.removeAll(out)
            return
        }
        val turns = present.associateWith { player ->
            FutureTask { guarded(player) { turn(player) } }.also { Thread(it).start() }
        }
        present.removeAll { player -> !turns.getValue(player).get() }
    }

    private fun note(player: Player, round: Int, answer: JsonObject) {
        val figures =
            requireNotNull(answer["metrics"]).jsonObject.map { (label, value) ->
                Figure(
                    cell.row,
                    cell.name,
                    player.name,
                    round,
                    Metric.of(label),
                    value.jsonPrimitive.double,
                )
            }
        synchronized(outcome) { outcome.figures += figures }
    }

    /** Whether it went well; who fails is out, with all he did in this cell. */
    private fun guarded(player: Player, action: () -> Unit): Boolean {
        try {
            action()
            return true
        } catch (missing: Missing) {
            isOut(player) { absences += absence(player, missing.message ?: "missing") }
        } catch (wrong: WrongResult) {
            isOut(player) { failures += absence(player, "failed: ${wrong.message}") }
        } catch (broken: IOException) {
            isOut(player) { failures += absence(player, "failed: ${broken.message}") }
        }
        return false
    }

    private fun isOut(player: Player, note: Outcome.() -> Unit) =
        synchronized(outcome) {
            outcome.note()
            outcome.figures.removeAll { it.participant == player.name }
        }

    private fun absence(player: Player, reason: String) =
        Absence(cell.row, cell.name, player.name, reason)

    private companion object {
        const val WARM_UP_ROUND = 0
        const val COLD_NANOS = 200_000_000L
        const val WARM_NANOS = 100_000_000L
    }
}
