package io.aiofile.benchmarks.peers

import io.aiofile.benchmarks.measure.WrongResult
import io.aiofile.benchmarks.worker.AwaitedFile
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.ByteSink
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.Loop
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.ScanJob
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.Slot
import io.aiofile.benchmarks.worker.blocksFor
import java.util.concurrent.CompletableFuture

/**
 * A scan for those who have positional reads and nothing else: as many in flight as the read-ahead
 * says, and one, handed over in their order. What such a user would write.
 */
internal class AwaitedScan(
    private val work: ScanWork,
    private val fileBytes: Long,
    private val loop: Loop,
    private val file: AwaitedFile,
) : AutoCloseable {
    private val blocks =
        blocksFor(AwaitedWork(Operation.READ, work.chunkBytes, work.readAhead + 1, work.access))
    private val slots = blocks.mapIndexed { index, block -> Slot(index, block, loop, ::arrived) }
    private val there = BooleanArray(slots.size)
    private lateinit var sink: ByteSink
    private lateinit var over: CompletableFuture<Unit>
    private var issuedBytes = 0L
    private var takenBytes = 0L
    private var next = 0
    private var issuing = false

    fun job(): Job {
        val scan = ScanJob(::scan)
        return object : Job by scan {
            override fun close() = this@AwaitedScan.close()
        }
    }

    private fun scan(into: ByteSink) {
        over = CompletableFuture()
        loop.execute {
            sink = into
            issuedBytes = 0
            takenBytes = 0
            next = 0
            slots.forEach(::issue)
            deliver()
        }
        over.join()
    }

    private fun issue(slot: Slot) {
        there[slot.index] = false
        if (issuedBytes >= fileBytes) {
            return
        }
        slot.position = issuedBytes
        issuedBytes += work.chunkBytes
        issuing = true
        file.read(slot)
        issuing = false
    }

    private fun arrived(slot: Slot) {
        slot.failure?.let {
            over.completeExceptionally(it)
            return
        }
        there[slot.index] = true
        if (!issuing) {
            deliver()
        }
    }

    private fun deliver() {
        while (there[next]) {
            val slot = slots[next]
            val wanted = minOf(work.chunkBytes.toLong(), fileBytes - slot.position).toInt()
            if (slot.transferred != wanted) {
                over.completeExceptionally(WrongResult("${slot.transferred} of $wanted bytes"))
                return
            }
            sink.take(file.content(slot).limit(wanted))
            takenBytes += wanted
            next = (next + 1) % slots.size
            if (takenBytes >= fileBytes) {
                there.fill(false)
                over.complete(Unit)
                return
            }
            issue(slot)
        }
    }

    override fun close() {
        file.close()
        loop.close()
    }
}
