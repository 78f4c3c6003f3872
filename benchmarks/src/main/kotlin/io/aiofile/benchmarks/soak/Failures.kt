package io.aiofile.benchmarks.soak

import java.io.PrintWriter
import java.util.concurrent.atomic.AtomicLong

/** What went wrong: counted, and the first few of them told. */
internal class Failures(private val out: PrintWriter) {
    private val noted = AtomicLong()

    val count: Long
        get() = noted.get()

    fun note(where: String, failure: Throwable) {
        if (noted.incrementAndGet() <= TOLD_MAX) {
            synchronized(out) {
                out.println("error in $where: ${failure.stackTraceToString()}")
                out.flush()
            }
        }
    }

    private companion object {
        const val TOLD_MAX = 5
    }
}
