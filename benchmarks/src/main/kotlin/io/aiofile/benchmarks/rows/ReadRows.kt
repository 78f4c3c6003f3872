package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.data.Order
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.peers.AsynchronousFileChannelPeer
import io.aiofile.benchmarks.peers.VertxPeer
import io.aiofile.benchmarks.players.FioPlayer
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.Operation

/** 4 KiB random reads: rows 1 to 5. */
internal class ReadRows(private val scale: Scale) {
    private val chosen = Contestants.chosen
    private val depths = scale.pick(quick = listOf(), full = listOf(4, 16, 64))

    private val peers =
        with(Contestants) {
            listOf(asynchronousFileChannel, fileChannel, vertx, jasyncfio) + python
        }
    private val withoutDirect =
        mapOf(VertxPeer.NAME to VertxPeer.NO_DIRECT) +
            Contestants.absentPython(reason = VertxPeer.NO_DIRECT)
    private val directPeers =
        with(Contestants) { listOf(asynchronousFileChannel, fileChannel, jasyncfio) }

    private fun cell(row: Int, cache: Cache, inFlight: Int, operations: Int) =
        Cell(
            row,
            "4 KiB random read, ${cache.label}, $inFlight awaited",
            cache,
            AwaitedWork(
                Operation.READ,
                BLOCK_BYTES,
                inFlight,
                if (cache == Cache.DIRECT) Access.DIRECT else Access.BUFFERED,
            ),
            Metric.OPERATIONS,
            Order.RANDOM,
            operations,
        )

    fun rows() = listOf(cachedOne(), cachedMany(), directMany(), directOne(), cold())

    private fun cachedOne(): Row {
        val cell = cell(1, Cache.CACHED, 1, scale.pick(5_000, 50_000))
        return Row(
            1,
            "4 KiB random read, cached, 1 awaited",
            listOf(cell),
            Contestants.ours + peers + Contestants.fio("psync"),
            listOf(
                Goal.atLeast(6.0, cell, chosen, "Python aiofile's best", Contestants::isPython),
                asynchronousFileChannel(15.0, cell, chosen),
                fio(0.6, cell, chosen, "psync"),
            ),
            Contestants.absentPython,
            lives = scale.lives,
        )
    }

    private fun cachedMany(): Row {
        val operations = scale.pick(10_000, 200_000)
        val cell = cell(2, Cache.CACHED, MANY, operations)
        return Row(
            2,
            "4 KiB random read, cached, 32 awaited, and the curve around it",
            depths.map { cell(2, Cache.CACHED, it, operations) } + cell,
            Contestants.ours + peers,
            listOf(
                Goal.atLeast(1.0, cell, chosen, "every peer", Contestants::isPeer),
                Goal.atLeast(2.5, cell, chosen, "Python aiofile's best", Contestants::isPython),
            ),
            Contestants.absentPython,
        )
    }

    private fun directMany(): Row {
        val operations = scale.pick(4_000, 100_000)
        val cell = cell(3, Cache.DIRECT, MANY, operations)
        return Row(
            3,
            "4 KiB random read, O_DIRECT, 32 awaited, and the curve around it",
            depths.map { cell(3, Cache.DIRECT, it, operations) } + cell,
            Contestants.ours +
                directPeers +
                Contestants.fio("libaio") +
                Contestants.fio("io_uring"),
            listOf(fio(0.95, cell, chosen, "libaio"), asynchronousFileChannel(1.1, cell, chosen)),
            withoutDirect,
        )
    }

    private fun directOne(): Row {
        val cell = cell(4, Cache.DIRECT, 1, scale.pick(1_000, 40_000))
        return Row(
            4,
            "4 KiB random read, O_DIRECT, 1 awaited",
            listOf(cell),
            Contestants.ours +
                directPeers +
                Contestants.fio("libaio") +
                Contestants.fio("io_uring"),
            listOf(fio(0.85, cell, chosen, "libaio")),
            withoutDirect,
        )
    }

    private fun cold(): Row {
        val cell = cell(5, Cache.COLD, MANY, scale.pick(3_000, 60_000))
        val natives = Contestants.ours.filter { it.name != "aiofile java" }
        return Row(
            5,
            "4 KiB random read, buffered, cold, 32 awaited",
            listOf(cell),
            Contestants.ours + peers + Contestants.fio("io_uring") + Contestants.fio("libaio"),
            natives.flatMap {
                listOf(
                    fio(0.9, cell, it.name, "io_uring"),
                    asynchronousFileChannel(1.0, cell, it.name),
                )
            },
            Contestants.absentPython,
        )
    }

    private fun asynchronousFileChannel(factor: Double, cell: Cell, subject: String): Goal {
        val name = AsynchronousFileChannelPeer.NAME
        return Goal.atLeast(factor, cell, subject, name) { it == name }
    }

    private fun fio(factor: Double, cell: Cell, subject: String, engine: String): Goal {
        val name = FioPlayer.nameOf(engine)
        return Goal.atLeast(factor, cell, subject, name) { it == name }
    }

    private companion object {
        const val BLOCK_BYTES = 4096
        const val MANY = 32
    }
}
