package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.data.Order
import io.aiofile.benchmarks.data.TestFiles
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.measure.Missing
import io.aiofile.benchmarks.rows.Cache
import io.aiofile.benchmarks.rows.Cell
import io.aiofile.benchmarks.rows.Results
import io.aiofile.benchmarks.worker.Access
import io.aiofile.benchmarks.worker.AwaitedFile
import io.aiofile.benchmarks.worker.AwaitedJob
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.CallbackSession
import io.aiofile.benchmarks.worker.Job
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.Peer
import io.aiofile.benchmarks.worker.QueueLoop
import io.aiofile.benchmarks.worker.Slot
import io.aiofile.benchmarks.worker.Work
import io.aiofile.benchmarks.worker.Worker
import io.aiofile.benchmarks.worker.text
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.ForkJoinPool
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.serialization.json.JsonObject

private const val BLOCK_BYTES = 512
private const val OPERATIONS = 40

private fun cell(operation: Operation, inFlight: Int = 3, together: Boolean = false) =
    Cell(
        1,
        "a cell",
        Cache.CACHED,
        AwaitedWork(operation, BLOCK_BYTES, inFlight, Access.BUFFERED),
        Metric.OPERATIONS,
        Order.RANDOM,
        OPERATIONS,
        together = together,
    )

/**
 * Blocking calls, on the loop's thread or another; at one count of operations it does something
 * else.
 */
private class PlainFile(
    path: Path,
    private val elsewhere: Boolean,
    private val slip: (count: Int, slot: Slot) -> Unit,
) : AwaitedFile {
    private val channel = FileChannel.open(path, READ, WRITE)
    private val count = AtomicInteger()

    override fun read(slot: Slot) = doing(slot) { channel.read(slot.block.clear(), slot.position) }

    override fun write(slot: Slot) =
        doing(slot) { channel.write(slot.block.clear(), slot.position) }

    override fun sync(slot: Slot) = doing(slot) { 0.also { channel.force(false) } }

    private fun doing(slot: Slot, action: () -> Int) {
        val run = {
            val transferred = action()
            slip(count.incrementAndGet(), slot)
            slot.done(transferred)
        }
        if (elsewhere) ForkJoinPool.commonPool().execute(run) else run()
    }

    override fun close() = channel.close()
}

private class PlainPeer(
    override val name: String,
    private val elsewhere: Boolean = false,
    private val slip: (Int, Slot) -> Unit = { _, _ -> },
) : Peer {
    override fun open(work: Work, file: Path, target: Path): Job {
        work as AwaitedWork
        val plain = PlainFile(file, elsewhere, slip)
        return AwaitedJob(work, CallbackSession(work, QueueLoop(), plain))
    }
}

/** A worker in this process, that notes what is asked of it. */
private class Near(
    private val peer: Peer,
    private val notes: MutableList<String> = mutableListOf(),
    private val answered: (request: JsonObject) -> Unit = {},
) : Player {
    override val name = peer.name
    private val worker = Worker(listOf(peer))

    override fun ask(request: JsonObject): JsonObject {
        notes += "$name ${request.text("do")}"
        val answer = Player.opened(worker.answer(request))
        answered(request)
        return answer
    }

    override fun close() = Unit
}

class SessionTest :
    StringSpec({
        val files = TestFiles(tempdir().toPath(), 64L shl 10, 10)

        fun play(cell: Cell, vararg players: Player, rounds: Int = 3): Outcome =
            Session(cell, Course.of(cell, files, 1), warmUps = 1, 1..rounds).play(players.toList())

        "rounds are played in turn, after a check and a warm-up that are not counted" {
            val count = 12
            val notes = mutableListOf<String>()
            val outcome =
                play(
                    cell(Operation.READ),
                    Near(PlainPeer("a"), notes),
                    Near(PlainPeer("b", elsewhere = true), notes),
                    rounds = count,
                )
            val turns = notes.chunked(2)
            fun both(what: String) = setOf("a $what", "b $what")
            turns.map { it.toSet() } shouldContainExactly
                listOf(both("open"), both("check")) +
                    List(1 + count) { both("round") } +
                    listOf(both("close"))
            // What somebody leaves behind is to meet everybody.
            turns.drop(2).dropLast(1).map { it.first() }.toSet() shouldBe both("round")
            outcome.failures.shouldBeEmpty()
            val rounds = outcome.figures.filter { it.metric == Metric.OPERATIONS }
            rounds.map { it.participant to it.round } shouldContainExactlyInAnyOrder
                (1..count).flatMap { listOf("a" to it, "b" to it) }
        }

        "those who may play together do, and one who fails is out alone" {
            // Each waits for the others in the check, the warm-up and the first timed round.
            val meeting = CyclicBarrier(3)
            fun peer(name: String) =
                PlainPeer(name) { count, _ ->
                    if (count % OPERATIONS == 1 && count < 3 * OPERATIONS)
                        meeting.await(60, SECONDS)
                    check(name != "broken" || count < 3 * OPERATIONS) { "no more" }
                }
            val outcome =
                play(
                    cell(Operation.READ, together = true),
                    Near(peer("a")),
                    Near(peer("broken")),
                    Near(peer("c")),
                )
            outcome.failures.single().participant shouldBe "broken"
            val rounds = outcome.figures.filter { it.metric == Metric.OPERATIONS }
            rounds.map { it.participant to it.round } shouldContainExactlyInAnyOrder
                (1..3).flatMap { listOf("a" to it, "c" to it) }
        }

        "what one leaves to be checked is not touched by another who is checked meanwhile" {
            val files = ConcurrentHashMap.newKeySet<String>()
            val written = CyclicBarrier(2)
            fun near(name: String) =
                Near(PlainPeer(name)) { request ->
                    if (request.text("do") == "check") {
                        files += request.text("into")
                        written.await(60, SECONDS)
                    }
                }
            val outcome = play(cell(Operation.READ, together = true), near("a"), near("b"))
            outcome.failures.shouldBeEmpty()
            files shouldHaveSize 2
        }

        "one wrong byte of a read is caught, and none of its figures count" {
            val lying =
                PlainPeer("liar") { count, slot ->
                    if (count == 17) {
                        slot.block.put(100, (slot.block.get(100) + 1).toByte())
                    }
                }
            val outcome =
                play(
                    cell(Operation.READ),
                    Near(lying),
                    Near(PlainPeer("honest")),
                )
            outcome.failures.single().participant shouldBe "liar"
            outcome.failures.single().reason shouldContain "wrong bytes"
            Results(outcome.figures).participants("a cell") shouldContainExactly listOf("honest")
        }

        "a read that was forgotten in a timed round is caught by what is left in memory" {
            val lazy =
                PlainPeer("lazy") { count, slot ->
                    // After the check, whose 40 blocks are all looked at.
                    if (count > OPERATIONS) {
                        slot.block.putLong(0, 0)
                    }
                }
            val outcome = play(cell(Operation.READ), Near(lazy))
            outcome.failures.single().reason shouldContain "wrong bytes"
        }

        "a block written to a wrong place is caught" {
            val misplaced =
                object : Peer {
                    override val name = "misplaced"

                    override fun open(work: Work, file: Path, target: Path): Job {
                        work as AwaitedWork
                        val plain = PlainFile(file, elsewhere = false) { _, _ -> }
                        val shifted =
                            object : AwaitedFile by plain {
                                override fun write(slot: Slot) {
                                    slot.position = (slot.position + BLOCK_BYTES) % (64L shl 10)
                                    plain.write(slot)
                                }
                            }
                        return AwaitedJob(work, CallbackSession(work, QueueLoop(), shifted))
                    }
                }
            val outcome = play(cell(Operation.WRITE), Near(misplaced))
            outcome.failures.single().reason shouldContain "wrong bytes"
        }

        "writes and syncs are counted once" {
            val outcome =
                play(
                    cell(Operation.WRITE_AND_SYNC, inFlight = 2),
                    Near(PlainPeer("a", elsewhere = true)),
                )
            outcome.failures.shouldBeEmpty()
            outcome.figures.count { it.metric == Metric.OPERATIONS } shouldBe 3
        }

        "who is missing is named with the reason, and the others play on" {
            val absent =
                object : Peer {
                    override val name = "absent"

                    override fun open(work: Work, file: Path, target: Path): Job =
                        throw Missing("it is not installed")
                }
            val outcome =
                play(
                    cell(Operation.READ),
                    Near(absent),
                    Near(PlainPeer("there")),
                )
            outcome.absences.single().participant shouldBe "absent"
            outcome.absences.single().reason shouldBe "it is not installed"
            outcome.failures.shouldBeEmpty()
            Results(outcome.figures).participants("a cell") shouldContainExactly listOf("there")
        }

        "who breaks down is named as failed" {
            val broken = PlainPeer("broken") { count, _ -> check(count < 60) { "no more" } }
            val outcome = play(cell(Operation.READ), Near(broken))
            outcome.failures.single().reason shouldContain "no more"
            outcome.figures.shouldBeEmpty()
        }
    })
