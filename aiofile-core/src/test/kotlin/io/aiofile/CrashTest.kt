package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.Records
import io.aiofile.contract.ended
import io.aiofile.contract.got
import io.aiofile.contract.scaled
import io.aiofile.contract.seed
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeDisk
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Inline
import io.aiofile.fake.Power
import io.aiofile.spi.Opcode
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.SplittableRandom
import java.util.concurrent.CompletableFuture

/**
 * The power goes off at a seeded moment, and the disk loses what no completed sync had covered:
 * what was acknowledged has to be there all the same.
 */
class CrashTest :
    FunSpec({
        test("after a crash at any moment everything acknowledged is there") {
            val seed = seed("crashes")
            val tally = CrashTally()
            val crashes = scaled(2000)
            repeat(crashes) { round ->
                withClue("-Daiofile.seed=${seed + round}") { CrashRound(seed + round, tally).run() }
            }
            println("$crashes crashes: $tally")
            // The device is unkind, and something was promised: else this test says nothing.
            minOf(tally.acknowledged, tally.lost, tally.torn) shouldBeGreaterThan 0
        }

        test("the sync of one handle's close takes no credit for a write of another in flight") {
            val disk = FakeDisk(Power(Int.MAX_VALUE))
            val path = disk.fresh("shared")
            val faults = FaultPlan()
            FakeProvider.open(AioOptions.defaults(), FakeSetup(disk, faults)).use { context ->
                LeakCheck.watch(context)
                val file = context.openFileAsync(path, "wb").got()
                val twin = file.duplicate()
                val stalled = faults.stallNext(Opcode.WRITE)
                val late = file.writeBytesAsync(Records.of(1, 1000), 0)
                stalled.awaitArrival()
                twin.writeBytesAsync(Records.of(2, 1000), 1000).got()
                twin.close()
                stalled.release()
                late.got()
                file.close()
            }
            disk.unsyncedWrites(path) shouldBe 0
        }

        test(
            "an open that cuts the file is made durable by the close, also if nothing is written"
        ) {
            val disk = FakeDisk(Power(Int.MAX_VALUE))
            val path = disk.fresh("cut")
            disk.put(path, Records.of(1, 1000))
            FakeProvider.open(AioOptions.defaults(), FakeSetup(disk)).use { context ->
                LeakCheck.watch(context)
                context.openFileAsync(path, "wb").got().close()
                disk.unsyncedWrites(path) shouldBe 0
                disk.put(path, Records.of(1, 1000))
                context.files().writeBytesAsync(path, ByteArray(0)).got()
            }
            repeat(50) { disk.afterCrash(path, SplittableRandom(it.toLong())).size shouldBe 0 }
        }
    })

/** What the rounds of a campaign have seen. */
private class CrashTally {
    /** Records that had to be there, and were. */
    var acknowledged = 0

    /** Records that were written, covered by no sync, and gone. */
    var lost = 0

    /** Records of which a part was there. */
    var torn = 0

    override fun toString() = "$acknowledged records acknowledged and there, $lost lost, $torn torn"
}

/** A future that promises, once it is done, that records are durable. */
private class Acknowledgement(val future: CompletableFuture<*>, val numbers: List<Int>) {
    val given: Boolean
        get() = !future.isCompletedExceptionally
}

/** Some writers, one crash, and a look at what is left. */
private class CrashRound(seed: Long, private val tally: CrashTally) {
    private val random = SplittableRandom(seed)
    private val disk = FakeDisk(Power(2 + random.nextInt(100)))
    private val setup =
        FakeSetup(
            disk,
            FaultPlan(seed).shortTransfers(150).requeues(100),
            seed,
            Inline.entries[random.nextInt(Inline.entries.size)],
            lanes = 1 + random.nextInt(3),
        )
    private val checks = ArrayList<() -> Unit>()

    fun run() {
        val options = AioOptions.defaults().withMaxRequests(1 + random.nextInt(8))
        FakeProvider.open(options, setup).use { context ->
            LeakCheck.watch(context)
            val slots = open(context, "slots", OpenMode.READ_WRITE)
            val through = open(context, "through", OpenMode.READ_WRITE.withDataSyncWrites())
            val journal = open(context, "journal", OpenMode.APPEND)
            val logs = listOfNotNull(slots, through).map { SlotLog(it) }
            val appended = journal?.let { Journal(it) }
            repeat(10 + random.nextInt(60)) {
                when (random.nextInt(16)) {
                    0,
                    1 -> appended?.step()
                    2 -> replace(context)
                    3 -> copy(context)
                    else -> if (logs.isNotEmpty()) logs[random.nextInt(logs.size)].step()
                }
            }
            logs.forEach { it.close() }
            appended?.close()
        }
        checks.forEach { it() }
    }

    private fun open(context: AioContext, name: String, mode: OpenMode): AsyncFile? {
        val path = disk.fresh(name)
        disk.put(path, ByteArray(0))
        // Null if the power is off by then.
        return runCatching { context.openFileAsync(path, mode).got() }.getOrNull()
    }

    private fun afterCrash(path: Path) = disk.afterCrash(path, random)

    private fun record(number: Int) = Records.of(number.toLong(), 20 + random.nextInt(SLOT - 20))

    private fun buffer(bytes: ByteArray): ByteBuffer =
        if (random.nextBoolean()) ByteBuffer.wrap(bytes)
        else ByteBuffer.allocateDirect(bytes.size).put(bytes).flip()

    /** Records at places of their own, many at a time, by several handles on one file. */
    private inner class SlotLog(private val file: AsyncFile) {
        private val handles = arrayListOf(file)
        private val numbersOf = HashMap<AsyncFile, MutableList<Int>>()
        private val writes = ArrayList<AioFuture<Int>>()
        private val acknowledgements = ArrayList<Acknowledgement>()
        private val others = ArrayList<CompletableFuture<*>>()

        init {
            checks += ::check
        }

        fun step() {
            val handle = handles[random.nextInt(handles.size)]
            when (random.nextInt(16)) {
                0 -> promise(handle.syncAsync(), writes.indices.toList())
                1,
                2 -> promise(handle.dataSyncAsync(), writes.indices.toList())
                3 -> acknowledgements.lastOrNull()?.future?.ended()
                4 -> writes.lastOrNull()?.ended()
                5 -> others += handle.allocateAsync(0, 1L + random.nextInt(90 * SLOT))
                6 -> handles += handle.duplicate()
                7 -> if (handle !== file) close(handle)
                8 -> others += handle.dataSyncAsync().also { it.cancel(false) }
                else -> write(handle)
            }
        }

        private fun write(handle: AsyncFile) {
            val number = writes.size
            val write = handle.writeAsync(buffer(record(number)), number.toLong() * SLOT)
            writes += write
            numbersOf.getOrPut(handle) { ArrayList() } += number
            if (handle.mode().dataSyncWrites()) promise(write, listOf(number))
        }

        private fun close(handle: AsyncFile) {
            handles -= handle
            promise(handle.closeAsync(), numbersOf[handle].orEmpty())
        }

        private fun promise(future: CompletableFuture<*>, numbers: List<Int>) {
            acknowledgements += Acknowledgement(future, numbers)
        }

        fun close() {
            handles.toList().forEach { close(it) }
            (acknowledgements.map { it.future } + writes + others).forEach { it.ended() }
        }

        private fun check() {
            val bytes = afterCrash(file.path())
            val promised = acknowledgements.filter { it.given }.flatMap { it.numbers }.toSet()
            for ((number, write) in writes.withIndex()) {
                val found = Records.at(bytes, number * SLOT)
                found?.let { it.number shouldBe number }
                if (number in promised) {
                    withClue("record $number of ${file.path()}, acknowledged") {
                        (found != null) shouldBe true
                    }
                    tally.acknowledged++
                } else if (found == null) {
                    if (!write.isCompletedExceptionally) tally.lost++
                    if (isThere(bytes, number)) tally.torn++
                }
            }
        }

        private fun isThere(bytes: ByteArray, number: Int): Boolean =
            (number * SLOT until minOf(bytes.size, (number + 1) * SLOT)).any {
                bytes[it] != 0.toByte()
            }
    }

    /** Records one after the other at the end of a file, each awaited. */
    private inner class Journal(private val file: AsyncFile) {
        private var appended = 0
        private var promised = 0

        init {
            checks += ::check
        }

        fun step() {
            repeat(1 + random.nextInt(3)) {
                val append = file.appendAsync(buffer(record(appended)))
                append.ended()
                if (append.isCompletedExceptionally) return
                appended++
            }
            promise(file.dataSyncAsync())
        }

        private fun promise(future: CompletableFuture<*>) {
            future.ended()
            if (!future.isCompletedExceptionally) promised = appended
        }

        fun close() = promise(file.closeAsync())

        private fun check() {
            val found = Records.scan(afterCrash(file.path())).map { it.number }
            found.take(promised) shouldBe List(promised) { it.toLong() }
            tally.acknowledged += promised
        }
    }

    /** A whole file, by the one call that opens, writes and closes it. */
    private fun replace(context: AioContext) {
        val path = disk.fresh("replaced")
        disk.put(path, record(1))
        val new = if (random.nextInt(4) == 0) ByteArray(0) else record(2)
        expect(path, context.files().writeBytesAsync(path, new), new)
    }

    private fun copy(context: AioContext) {
        val path = disk.fresh("copy")
        val source = disk.fresh("source")
        val content = record(3)
        disk.put(path, record(1))
        disk.put(source, content)
        expect(path, context.files().copyAsync(source, path), content)
    }

    private fun expect(path: Path, future: CompletableFuture<*>, content: ByteArray) {
        future.ended()
        if (future.isCompletedExceptionally) return
        checks += {
            withClue("$path") { afterCrash(path) shouldEqual content }
            tally.acknowledged++
        }
    }

    private companion object {
        const val SLOT = 1500
    }
}
