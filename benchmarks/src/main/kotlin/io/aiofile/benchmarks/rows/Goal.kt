package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.measure.Figure
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.measure.geometricMean
import io.aiofile.benchmarks.measure.median

/** All figures of a run, by what they are of. */
internal class Results(val figures: List<Figure>) {
    private val byKey = figures.groupBy { Key(it.cell, it.participant, it.metric) }

    private data class Key(val cell: String, val participant: String, val metric: Metric)

    fun values(cell: String, participant: String, metric: Metric): List<Double> =
        byKey[Key(cell, participant, metric)].orEmpty().map { it.value }

    /** The median over the rounds; null where there are none. */
    fun median(cell: String, participant: String, metric: Metric): Double? =
        values(cell, participant, metric).takeIf { it.isNotEmpty() }?.let { median(it) }

    fun participants(cell: String): List<String> =
        figures.filter { it.cell == cell }.map { it.participant }.distinct()

    /** Of some participants the best, with his median; null where none of them was there. */
    fun best(cell: String, metric: Metric, among: (String) -> Boolean): Pair<String, Double>? {
        val medians =
            participants(cell).filter(among).mapNotNull { name ->
                median(cell, name, metric)?.let { name to it }
            }
        return if (metric.higherIsBetter) medians.maxByOrNull { it.second }
        else medians.minByOrNull { it.second }
    }
}

/** How a goal came out. */
internal sealed interface Verdict {
    /** What was reached, for people. */
    val reached: String

    class Met(override val reached: String) : Verdict

    class Missed(override val reached: String) : Verdict

    /** Not measured, or somebody who is needed was not there. */
    class Open(override val reached: String) : Verdict
}

/** One goal of a row. */
internal class Goal(val text: String, val cell: String, private val judge: (Results) -> Verdict) {
    fun verdict(results: Results): Verdict = judge(results)

    companion object {
        private fun verdict(met: Boolean, reached: String) =
            if (met) Verdict.Met(reached) else Verdict.Missed(reached)

        /** How many times better a subject is than the best of others; below 1, worse. */
        fun ratio(
            results: Results,
            cell: String,
            metric: Metric,
            subject: String,
            others: (String) -> Boolean,
        ): Pair<String, Double>? {
            val own = results.median(cell, subject, metric) ?: return null
            val (name, theirs) =
                results.best(cell, metric) { it != subject && others(it) } ?: return null
            return name to if (metric.higherIsBetter) own / theirs else theirs / own
        }

        /** At least so many times as good as the best of some others. */
        fun atLeast(
            factor: Double,
            cell: Cell,
            subject: String,
            whom: String,
            others: (String) -> Boolean,
        ) =
            Goal("$subject: ≥ ${shown(factor)} × $whom", cell.name) { results ->
                val (name, ratio) =
                    ratio(results, cell.name, cell.metric, subject, others)
                        ?: return@Goal notMeasured(results, cell, subject, whom)
                verdict(ratio >= factor, "${shown(ratio)} × $name")
            }

        /** At most so many times as long as another takes. */
        fun atMost(factor: Double, cell: Cell, subject: String, whom: String) =
            Goal("$subject: ≤ ${shown(factor)} × $whom", cell.name) { results ->
                val own = results.median(cell.name, subject, cell.metric)
                val theirs = results.median(cell.name, whom, cell.metric)
                if (own == null || theirs == null) {
                    notMeasured(results, cell, subject, whom)
                } else {
                    verdict(own / theirs <= factor, "${shown(own / theirs)} × $whom")
                }
            }

        /** A figure that may not exceed a limit, in the worst round. */
        fun limit(max: Double, cell: Cell, subject: String, metric: Metric) =
            Goal("$subject: ${metric.label} ≤ ${shown(max)} ${metric.unit}", cell.name) { results ->
                val worst = results.values(cell.name, subject, metric).maxOrNull()
                if (worst == null) Verdict.Open("not measured")
                else verdict(worst <= max, "${shown(worst)} ${metric.unit}")
            }

        /** A figure that may not be below a limit, in the worst round. */
        fun atLeastValue(min: Double, cell: Cell, subject: String, metric: Metric) =
            Goal("$subject: ${metric.label} ≥ ${shown(min)} ${metric.unit}", cell.name) { results ->
                val worst = results.values(cell.name, subject, metric).minOrNull()
                if (worst == null) Verdict.Open("not measured")
                else verdict(worst >= min, "${shown(worst)} ${metric.unit}")
            }

        /** Ahead of the best of others in every cell, in the rate and in another figure. */
        fun aheadInEvery(
            cells: List<Cell>,
            subject: String,
            second: Metric,
            whom: String,
            others: (String) -> Boolean,
        ) =
            Goal("$subject: every cell ahead of $whom", "all cells") { results ->
                val behind = mutableListOf<String>()
                var measured = 0
                for (cell in cells) {
                    for (metric in listOf(cell.metric, second)) {
                        val (_, ratio) =
                            ratio(results, cell.name, metric, subject, others) ?: continue
                        measured++
                        if (ratio <= 1) {
                            behind += "${cell.name} (${metric.label} ${shown(ratio)} ×)"
                        }
                    }
                }
                val reached =
                    if (behind.isEmpty()) "all $measured"
                    else "behind in " + behind.joinToString("; ")
                if (measured == 0) Verdict.Open("not measured")
                else verdict(behind.isEmpty(), reached)
            }

        fun geometricMeanAtLeast(
            factor: Double,
            cells: List<Cell>,
            subject: String,
            whom: String,
            others: (String) -> Boolean,
        ) =
            Goal("$subject: geometric mean ≥ ${shown(factor)} × $whom", "all cells") { results ->
                val ratios = cells.mapNotNull {
                    ratio(results, it.name, it.metric, subject, others)?.second
                }
                if (ratios.isEmpty()) Verdict.Open("not measured")
                else geometricMean(ratios).let { verdict(it >= factor, "${shown(it)} ×") }
            }

        private fun notMeasured(results: Results, cell: Cell, subject: String, whom: String) =
            Verdict.Open(
                if (results.median(cell.name, subject, cell.metric) == null) "$subject not measured"
                else "$whom not measured"
            )
    }
}

/** A number as people like to read it: three digits that count. */
internal fun shown(value: Double): String =
    when {
        value == 0.0 -> "0"
        value >= 100 -> "%,.0f".format(java.util.Locale.ROOT, value)
        value >= 10 -> "%.1f".format(java.util.Locale.ROOT, value).removeSuffix(".0")
        value >= 1 -> "%.2f".format(java.util.Locale.ROOT, value).trimZeros()
        else -> "%.3f".format(java.util.Locale.ROOT, value).trimZeros()
    }

private fun String.trimZeros() = trimEnd('0').removeSuffix(".")
