package io.aiofile.benchmarks.soak

/** Tells what grew in a row of lines. */
internal object Growth {
    /** Lines that are not looked at: the compiler, pools and caches fill meanwhile. */
    const val WARM_UP_LINES = 2

    /** Fewer have no beginning and end to compare. */
    const val LINES_MIN = WARM_UP_LINES + 3

    /**
     * What has grown beyond its tolerance between the first third of the lines and the last, by
     * their medians, which a single outlier does not move.
     */
    fun of(lines: List<Figures>): List<String> {
        require(lines.size >= LINES_MIN) { "${lines.size} lines, of $LINES_MIN needed" }
        val warm = lines.drop(WARM_UP_LINES)
        val third = warm.size / 3
        return Figure.entries.mapNotNull { figure ->
            val before = median(warm.take(third).map { it[figure] })
            val after = median(warm.takeLast(third).map { it[figure] })
            if (after - before <= figure.tolerance) null
            else "${figure.title}: from ${figure.shown(before)} to ${figure.shown(after)}"
        }
    }

    /** The lower one of two in the middle. */
    private fun median(values: List<Long>) = values.sorted()[(values.size - 1) / 2]
}
