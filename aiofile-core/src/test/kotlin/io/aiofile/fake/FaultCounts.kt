package io.aiofile.fake

import java.util.concurrent.ConcurrentSkipListMap
import java.util.concurrent.atomic.LongAdder

/** How many faults of each kind were injected; any thread counts. */
class FaultCounts {
    private val counts = ConcurrentSkipListMap<String, LongAdder>()

    fun add(kind: String) = counts.computeIfAbsent(kind) { LongAdder() }.increment()

    val total: Long
        get() = counts.values.sumOf { it.sum() }

    override fun toString() =
        "$total faults (${counts.entries.joinToString { "${it.key} ${it.value.sum()}" }})"
}
