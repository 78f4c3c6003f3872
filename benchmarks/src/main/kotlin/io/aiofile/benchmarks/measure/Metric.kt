package io.aiofile.benchmarks.measure

/** What is measured, with its unit. */
internal enum class Metric(val unit: String, val higherIsBetter: Boolean) {
    OPERATIONS("operations/s", true),
    BYTES("MB/s", true),
    LINES("lines/s", true),
    SECONDS("s", false),
    P50("µs", false),
    P95("µs", false),
    P99("µs", false),
    P999("µs", false),
    MAX("µs", false),

    /** Time of processors, of all threads of the participant's process. */
    PROCESSOR("µs/operation", false),
    HELD_P99("µs", false),
    HELD_P999("µs", false),
    HELD_MAX("µs", false),
    STALLS("stalls", false),
    STALLS_IN_COMPANY("stalls", false),
    ALLOCATED("B/operation", false),
    TIME_PER_OPERATION("ns/operation", false),
    WAKE_UPS("wake-ups/s", false),
    THREADS("threads", false),
    ANSWERED("%", true),
    HEAP_GROWTH("%", false),
    RESIDENT_GROWTH("%", false),
    RESIDENT("MB", false);

    /** As it stands in the CSV files. */
    val label: String = name.lowercase()

    companion object {
        fun of(label: String): Metric = valueOf(label.uppercase())
    }
}

/** One value of one round. */
internal class Figure(
    val row: Int,
    val cell: String,
    val participant: String,
    val round: Int,
    val metric: Metric,
    val value: Double,
)

/** Somebody who should be in a row, or in one cell of it, and why not. */
internal data class Absence(
    val row: Int,
    val cell: String?,
    val participant: String,
    val reason: String,
)
