package io.aiofile.benchmarks.rows

/** How much is done: file sizes, operations, rounds. */
internal class Scale(
    val name: String,
    val fileBytes: Long,
    val lines: Int,
    val rounds: Int,
    val warmUps: Int,
) {
    val isQuick: Boolean
        get() = this !== FULL

    /** Processes of a participant where some are faster than others, for as long as they live. */
    val lives: Int
        get() = pick(1, 3)

    /** The choice between what a quick and what a full run does. */
    fun <T> pick(quick: T, full: T): T = if (isQuick) quick else full

    companion object {
        private const val MEBI = 1L shl 20

        val FULL =
            Scale("full", fileBytes = 1024 * MEBI, lines = 1_000_000, rounds = 5, warmUps = 2)
        val QUICK = Scale("quick", fileBytes = 64 * MEBI, lines = 700_000, rounds = 3, warmUps = 1)
    }
}
