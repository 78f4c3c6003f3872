package io.aiofile.benchmarks.measure

import kotlin.math.ceil
import kotlin.math.exp
import kotlin.math.ln

/** Percentiles by nearest rank: each is a value that was measured. */
internal class Percentiles private constructor(private val sorted: LongArray) {

    /**
     * The smallest value that at least this part, above 0 and up to 1, of all values don't exceed.
     */
    fun at(part: Double): Long {
        require(part > 0 && part <= 1) { "part must be above 0 and at most 1: $part" }
        return sorted[ceil(part * sorted.size).toInt().coerceAtLeast(1) - 1]
    }

    val max: Long
        get() = sorted.last()

    companion object {
        fun of(values: LongArray): Percentiles {
            require(values.isNotEmpty()) { "no values" }
            return Percentiles(values.sortedArray())
        }
    }
}

/** The middle value; of an even count the mean of the two middle ones. */
internal fun median(values: Collection<Double>): Double {
    require(values.isNotEmpty()) { "no values" }
    val sorted = values.sorted()
    val half = sorted.size / 2
    return if (sorted.size % 2 == 1) sorted[half] else (sorted[half - 1] + sorted[half]) / 2
}

internal fun geometricMean(values: Collection<Double>): Double {
    require(values.isNotEmpty()) { "no values" }
    return exp(values.sumOf { ln(it) } / values.size)
}
