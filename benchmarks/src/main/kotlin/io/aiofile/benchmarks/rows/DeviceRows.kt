package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.data.Order
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.peers.VertxPeer
import io.aiofile.benchmarks.players.FioPlayer
import io.aiofile.benchmarks.players.JmhPlayer
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.CostWork
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.ManyFilesWork
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Watch

/** What is durable, and what a caller and a machine feel of all this: rows 11 and 13 to 16. */
internal class DeviceRows(private val scale: Scale) {
    private val chosen = Contestants.chosen

    fun durableWrites(): Row {
        val cells =
            listOf(1, 32).map { inFlight ->
                Cell(
                    11,
                    "4 KiB write and fdatasync, $inFlight awaited",
                    Cache.CACHED,
                    AwaitedWork(Operation.WRITE_AND_SYNC, BLOCK_BYTES, inFlight, Access.BUFFERED),
                    Metric.OPERATIONS,
                    Order.RANDOM,
                    scale.pick(120, 3_000),
                    warmUps = scale.pick(1, 3),
                )
            }
        val fio = FioPlayer.nameOf("libaio")
        return Row(
            11,
            "4 KiB random write and fdatasync, 1 and 32 awaited, buffered",
            cells,
            with(Contestants) {
                ours +
                    listOf(asynchronousFileChannel, fileChannel, vertx, jasyncfio) +
                    python +
                    fio("libaio")
            },
            cells.map { cell -> Goal.atLeast(0.9, cell, chosen, fio) { it == fio } },
            Contestants.absentPython,
        )
    }

    fun costs(): Row {
        val cached = cost(Cache.CACHED, Access.BUFFERED, scale.pick(100, 2_000))
        // As many operations take far longer, and the compiler sees them as often only then.
        val direct = cost(Cache.DIRECT, Access.DIRECT, scale.pick(300, 2_000))
        return Row(
            13,
            "memory and time of an operation, by JMH: readAsync of 4 KiB into a direct buffer",
            listOf(cached, direct),
            JmhPlayer.contestants(),
            listOf(
                Goal.limit(200.0, cached, chosen, Metric.ALLOCATED),
                Goal.limit(400.0, direct, chosen, Metric.ALLOCATED),
            ),
        )
    }

    private fun cost(cache: Cache, access: Access, millis: Int) =
        Cell(
            13,
            "cost of a 4 KiB read, ${cache.label}, 1 at a time",
            cache,
            CostWork(millis, access),
            Metric.ALLOCATED,
            rounds = 1,
            warmUps = 0,
        )

    fun stalls(): Row {
        val cells =
            listOf(
                held("cached reads", Cache.CACHED, Operation.READ, scale.pick(10_000, 200_000)),
                held("cold reads", Cache.COLD, Operation.READ, scale.pick(4_000, 60_000)),
                held("O_DIRECT reads", Cache.DIRECT, Operation.READ, scale.pick(4_000, 100_000)),
                writer(),
            )
        return Row(
            14,
            "the longest time a call holds the caller's thread, 32 awaited",
            cells,
            with(Contestants) {
                ours + listOf(asynchronousFileChannel, vertx, jasyncfio)
            },
            cells.flatMap {
                listOf(
                    Goal.limit(200.0, it, chosen, Metric.HELD_P999),
                    Goal.limit(0.0, it, chosen, Metric.STALLS_IN_COMPANY),
                )
            },
        )
    }

    private fun held(what: String, cache: Cache, operation: Operation, operations: Int) =
        Cell(
            14,
            "the caller's thread under $what of 4 KiB",
            cache,
            AwaitedWork(
                operation,
                BLOCK_BYTES,
                MANY,
                if (cache == Cache.DIRECT) Access.DIRECT else Access.BUFFERED,
                Watch.CALLER,
            ),
            Metric.HELD_P999,
            Order.RANDOM,
            operations,
            // Some seconds: until then threads of the compiler take the caller's processor.
            warmUps = scale.pick(1, if (cache == Cache.CACHED) 10 else 4),
            only =
                if (cache == Cache.DIRECT) {
                    Contestants.ours.map { it.name }.toSet() +
                        Contestants.asynchronousFileChannel.name
                } else null,
        )

    /** As much as fills the dirty pages that the kernel allows before it makes writers wait. */
    private fun writer() =
        Cell(
            14,
            "the caller's thread under appends of 64 KiB, ${scale.pick("128 MiB", "6 GiB")} at once",
            Cache.GROWING,
            AwaitedWork(Operation.WRITE, CHUNK_BYTES, MANY, Access.BUFFERED, Watch.CALLER),
            Metric.HELD_P999,
            Order.LINEAR,
            scale.pick(1 shl 11, 6 shl 14),
            rounds = scale.pick(1, 2),
            warmUps = 1,
        )

    fun idle(): Row {
        val cell =
            Cell(
                15,
                "an idle context, after a little work",
                Cache.CACHED,
                IdleWork(scale.pick(2_500L, 40_000L), scale.pick(500L, 10_000L)),
                Metric.WAKE_UPS,
                operations = 1_000,
                rounds = 1,
                warmUps = 0,
                together = true,
            )
        return Row(
            15,
            cell.name,
            listOf(cell),
            with(Contestants) { ours + listOf(asynchronousFileChannel, vertx, jasyncfio) },
            listOf(Goal.limit(0.0, cell, chosen, Metric.WAKE_UPS)) +
                // By then the workers have ended, and callbacks' threads.
                scale.pick(listOf(), listOf(Goal.limit(2.0, cell, chosen, Metric.THREADS))),
        )
    }

    fun manyFiles(): Row {
        val files = scale.pick(2_000, 10_000)
        val requests = scale.pick(20_000, 100_000)
        val cell =
            Cell(
                16,
                "%,d files open, %,d requests queued"
                    .format(java.util.Locale.ROOT, files, requests),
                Cache.DIRECT,
                ManyFilesWork(files, requests),
                Metric.OPERATIONS,
                warmUps = scale.pick(0, 2),
            )
        return Row(
            16,
            "10,000 files open, 100,000 requests queued" + scale.pick(" (a fifth of it)", ""),
            listOf(cell),
            with(Contestants) { ours + asynchronousFileChannel },
            listOf(
                Goal.atLeastValue(100.0, cell, chosen, Metric.ANSWERED),
                Goal.limit(5.0, cell, chosen, Metric.HEAP_GROWTH),
                Goal.limit(5.0, cell, chosen, Metric.RESIDENT_GROWTH),
            ),
            mapOf(
                VertxPeer.NAME to "its files are opened through a pool of 20 threads, one by one"
            ),
        )
    }

    private companion object {
        const val BLOCK_BYTES = 4096
        const val CHUNK_BYTES = 64 shl 10
        const val MANY = 32
    }
}
