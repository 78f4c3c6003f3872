package io.aiofile.benchmarks.measure

/**
 * The calls that held their thread for longer than a limit.
 *
 * @param queuedNanos of each such call, how long the thread waited for a processor meanwhile, and
 *   at most a few calls before
 */
internal class Stalls(
    private val startNanos: LongArray,
    private val heldNanos: LongArray,
    private val queuedNanos: LongArray,
    private val limitNanos: Long,
) {
    /** How many there are, whoever made them. */
    val all: Int
        get() = heldNanos.count { it > limitNanos }

    /**
     * Those that began within a window after another such stall, and are none of the scheduler's:
     * what a thread waits for a processor is not the call's to answer for.
     */
    fun inCompany(windowNanos: Long): Int {
        var previous: Long? = null
        var count = 0
        for (index in startNanos.indices) {
            if (heldNanos[index] - queuedNanos[index] > limitNanos) {
                if (previous != null && startNanos[index] - previous < windowNanos) {
                    count++
                }
                previous = startNanos[index]
            }
        }
        return count
    }
}
