package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.data.Order
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.players.Host
import io.aiofile.benchmarks.players.Player
import io.aiofile.benchmarks.worker.Work

/** Where the data is when a round begins. */
internal enum class Cache(val label: String) {
    CACHED("cached"),
    COLD("cold"),
    /** The page cache is passed by. */
    DIRECT("O_DIRECT"),
    /** A new file, which grows. */
    GROWING("growing file"),
}

/** Someone who takes part: how he is called, and how he comes. */
internal class Contestant(val name: String, val player: (Host) -> Player)

/** One thing that is measured, for everybody in the same way. */
internal class Cell(
    val row: Int,
    val name: String,
    val cache: Cache,
    val work: Work,
    /** What counts most. */
    val metric: Metric,
    val order: Order = Order.LINEAR,
    /** The same for everybody; 0 where the file's size says how much there is to do. */
    val operations: Int = 0,
    /** Those who take part; null: all of the row. */
    val only: Set<String>? = null,
    /** Unless the scale's are meant. */
    val rounds: Int? = null,
    val warmUps: Int? = null,
    /** Whether all may play at once: what is counted is nobody else's, and takes no time. */
    val together: Boolean = false,
)

/** A line of the table of targets. */
internal class Row(
    val number: Int,
    val title: String,
    val cells: List<Cell>,
    val contestants: List<Contestant>,
    val goals: List<Goal>,
    /** Who is looked for in this row, and why there is no point in trying. */
    val absent: Map<String, String> = emptyMap(),
    /**
     * How many processes each participant has, one after the other, which play all rounds each: the
     * compiler may have had other ideas in each of them.
     */
    val lives: Int = 1,
)
