package io.aiofile.benchmarks.worker

import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path

/** How long the current thread has been ready to run, and had no processor. */
internal class RunQueue {
    private var last = 0L

    /** In nanoseconds, since the last call; 0 where the kernel does not say. */
    fun waitedNanos(): Long {
        val now = total()
        val waited = now - last
        last = now
        return waited
    }

    private fun total(): Long =
        try {
            // Time on a processor, time waiting for one, time slices: sched-stats.rst of Linux.
            Files.readString(SCHEDSTAT).split(' ')[1].toLong()
        } catch (absent: IOException) {
            last
        }

    private companion object {
        val SCHEDSTAT: Path = Path.of("/proc/thread-self/schedstat")
    }
}
