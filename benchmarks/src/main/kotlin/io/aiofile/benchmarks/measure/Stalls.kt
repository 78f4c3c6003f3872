package io.aiofile.benchmarks.measure

/** How long calls held the thread that made them. */
internal class Stalls(private val startNanos: LongArray, private val heldNanos: LongArray) {

    /** The stalls longer than a limit that began within a window after another such stall. */
    fun inCompany(limitNanos: Long, windowNanos: Long): Int {
        var previous: Long? = null
        var count = 0
        for (index in startNanos.indices) {
            if (heldNanos[index] > limitNanos) {
                if (previous != null && startNanos[index] - previous < windowNanos) {
                    count++
                }
                previous = startNanos[index]
            }
        }
        return count
    }
}
