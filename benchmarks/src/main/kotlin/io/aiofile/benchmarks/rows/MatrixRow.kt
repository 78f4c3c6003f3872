package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.data.Order
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.Operation

/**
 * The matrix that Python's aiofile is measured by: row 6. Writes overwrite what is in the cache.
 */
internal class MatrixRow(private val scale: Scale) {
    private val chosen = Contestants.chosen
    private val best = "Python aiofile's best"
    private val limit = scale.pick(listOf(), listOf(Contestants.fio("psync")))
    private val orders = scale.pick(listOf(Order.RANDOM), Order.values().toList())

    fun row(): Row {
        val cells = blockSizes().flatMap { size -> cells(size) }
        return Row(
            6,
            "256 B, 4 KiB, 64 KiB × linear, random × read, write × 1, 8 awaited, buffered",
            cells,
            Contestants.ours + Contestants.python + limit,
            listOf(
                Goal.aheadInEvery(cells, chosen, Metric.P50, best, Contestants::isPython),
                Goal.geometricMeanAtLeast(4.0, cells, chosen, best, Contestants::isPython),
            ),
            Contestants.absentPython,
        )
    }

    private class BlockSize(val bytes: Int, val label: String, val operations: Int)

    private fun blockSizes() =
        scale.pick(
            quick = listOf(BlockSize(4096, "4 KiB", 2_000)),
            full =
                listOf(
                    BlockSize(256, "256 B", 10_000),
                    BlockSize(4096, "4 KiB", 10_000),
                    BlockSize(65_536, "64 KiB", 2_000),
                ),
        )

    private fun cells(size: BlockSize): List<Cell> =
        listOf(Operation.READ, Operation.WRITE).flatMap { operation ->
            orders.flatMap { order ->
                listOf(1, 8).map { inFlight -> cell(size, operation, order, inFlight) }
            }
        }

    private fun cell(size: BlockSize, operation: Operation, order: Order, inFlight: Int) =
        Cell(
            6,
            "${size.label} ${order.name.lowercase()} ${operation.name.lowercase()}, $inFlight awaited",
            Cache.CACHED,
            AwaitedWork(operation, size.bytes, inFlight, Access.BUFFERED),
            Metric.OPERATIONS,
            order,
            size.operations,
        )
}
