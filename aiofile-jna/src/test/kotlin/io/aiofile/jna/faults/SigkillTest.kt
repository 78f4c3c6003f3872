package io.aiofile.jna.faults

import io.aiofile.contract.Records
import io.aiofile.contract.scaled
import io.aiofile.contract.seed
import io.aiofile.jna.sys.noDirectReason
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.shouldBe
import java.io.DataInputStream
import java.io.EOFException
import java.io.File
import java.io.RandomAccessFile
import java.util.SplittableRandom
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.concurrent.thread

/**
 * A process that writes records is killed at random: what it had acknowledged is there, and nothing
 * torn is read as whole.
 *
 * The page cache outlives a process, so this says nothing of syncs: see CrashTest for those.
 */
class SigkillTest :
    FunSpec({
        val directory = tempdir()
        val noDirect = noDirectReason(directory.toPath())

        for (backend in backends) for (journal in Journal.entries) {
            val isThere = journal != Journal.BLOCKS || noDirect == null
            val reason = if (isThere) "" else " (skipped: $noDirect)"
            test("$backend, ${journal.name.lowercase()}: SIGKILL loses nothing acknowledged$reason")
                .config(enabled = isThere) {
                    val seed = seed("SIGKILL, $backend, $journal")
                    val random = SplittableRandom(seed)
                    val tally = SigkillTally()
                    val rounds = scaled(5)
                    for (log in (0 until rounds).chunked(ROUNDS_OF_A_LOG)) {
                        val file = File(directory, "journal")
                        val killed = KilledWriter(backend, journal, file, random, tally)
                        log.forEach { round ->
                            withClue("seed $seed, round $round") { killed.round() }
                        }
                        file.delete()
                    }
                    println("SIGKILL, $backend, $journal: $rounds rounds, $tally")
                }
        }
    }) {
    private companion object {
        /** A log outlives its writer that often, and is read whole each time. */
        const val ROUNDS_OF_A_LOG = 5
    }
}

private class SigkillTally {
    var acknowledged = 0
    var unacknowledged = 0
    var tornBytes = 0L

    override fun toString() =
        "$acknowledged records acknowledged and there, " +
            "$unacknowledged whole without that, $tornBytes bytes of torn ones"
}

private class KilledWriter(
    private val backend: String,
    private val journal: Journal,
    private val file: File,
    private val random: SplittableRandom,
    private val tally: SigkillTally,
) {
    private val acknowledged = LinkedHashSet<Long>()
    private var next = 0L
    private var tornBefore = 0L

    init {
        val blocks = Journal.BLOCKS_MAX.toLong() * Journal.BLOCK_BYTES
        RandomAccessFile(file, "rw").use {
            it.setLength(if (journal == Journal.BLOCKS) blocks else 0)
        }
    }

    fun round() {
        val arguments = listOf(backend, file.path, journal.name, "${random.nextLong()}", "$next")
        val errors = File.createTempFile("aiofile-writer", ".txt")
        val writer =
            ChildJvm.start(ChildJvm.command(JournalWriter::class, arguments)) {
                redirectError(errors)
            }
        try {
            val started = CountDownLatch(1)
            val numbers = ArrayList<Long>()
            val listener =
                thread(name = "acknowledgements") {
                    val words = DataInputStream(writer.inputStream.buffered())
                    try {
                        while (true) {
                            numbers += words.readLong()
                            started.countDown()
                        }
                    } catch (_: EOFException) {
                        started.countDown() // killed, maybe in the middle of a number
                    }
                }
            started.await(60, SECONDS)
            Thread.sleep(random.nextLong(100))
            withClue("the writer said: ${errors.readText()}") { writer.isAlive shouldBe true }
            // Not the process's own method, which also closes the pipe that is still to be read.
            writer.toHandle().destroyForcibly() shouldBe true
            writer.waitFor() shouldBe SIGKILLED
            listener.join()
            check(numbers)
        } finally {
            writer.destroyForcibly().waitFor()
            errors.delete()
        }
    }

    private fun check(numbers: List<Long>) {
        numbers.shouldBeUnique()
        acknowledged += numbers
        val bytes = file.readBytes()
        val found = found(bytes)
        val there = found.map { it.number }.toHashSet()
        there.size shouldBe found.size
        acknowledged.filterNot { it in there } shouldBe listOf()
        tally.acknowledged += numbers.size
        tally.unacknowledged += there.count { it >= next && it !in acknowledged }
        next = 1 + maxOf(there.maxOrNull() ?: -1, next - 1)
        if (journal == Journal.APPENDED) {
            val torn = bytes.size.toLong() - found.sumOf { it.length }
            tally.tornBytes += torn - tornBefore
            tornBefore = torn
        }
    }

    private fun found(bytes: ByteArray) =
        when (journal) {
            Journal.APPENDED -> Records.scan(bytes)
            Journal.BLOCKS ->
                (0 until Journal.BLOCKS_MAX).mapNotNull { number ->
                    Records.at(bytes, number * Journal.BLOCK_BYTES)?.also {
                        it.number shouldBe number
                    }
                }
        }

    private companion object {
        /** As waitpid(2) has it in the JDK's terms: 128 and the signal's number. */
        const val SIGKILLED = 137
    }
}
