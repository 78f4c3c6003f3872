package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.LogCapture
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.remainingBytes
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.io.IOException
import java.nio.ByteBuffer
import java.time.Duration
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeoutException

/**
 * A device that does not answer: an operation is in the kernel for as long as the test likes. What
 * the one rule says of cancel, timeout and close, where it can be seen.
 */
class StalledOperationsTest :
    FunSpec({
        test("a read into the library's memory is given up at once; its memory stays pinned") {
            withStall { context, file, faults ->
                val stalled = faults.stallNext(Opcode.READ)
                val read = file.readBytesAsync(0, 5000)
                stalled.awaitArrival()
                read.cancel(false) shouldBe true
                read.fails<CancellationException>()
                context.metrics().pooledBytes().shouldBeGreaterThan(0)
                context.metrics().inFlight() shouldBe 1
                stalled.release()
                eventually("memory and permit are back") {
                    context.metrics().pooledBytes() == 0L && context.metrics().inFlight() == 0
                }
            }
        }

        test("a read into the library's memory times out at once") {
            withStall { _, file, faults ->
                val stalled = faults.stallNext(Opcode.READ)
                val read = file.readBytesAsync(0, 5000)
                stalled.awaitArrival()
                read.orTimeout(1, MILLISECONDS).fails<TimeoutException>()
                stalled.release()
            }
        }

        for ((what, lose) in asks) {
            test("a read into the caller's buffer: $what only asks, the buffer is held") {
                withStall { context, file, faults ->
                    val stalled = faults.stallNext(Opcode.READ)
                    val target = ByteBuffer.allocateDirect(5000)
                    val read = file.readAsync(target, 100)
                    stalled.awaitArrival()
                    lose(read)
                    heldUntilReleased(context, read)
                    target.position() shouldBe 0
                    stalled.release()
                    read.ended()
                    // What the kernel did is told, also to someone who no longer wants it.
                    target.position() shouldBe 5000
                    target.flip().remainingBytes() shouldEqual
                        pattern(100_000).copyOfRange(100, 5100)
                    read.isCompletedExceptionally shouldBe true
                }
            }

            for (opcode in listOf(Opcode.WRITE, Opcode.TRUNCATE, Opcode.ALLOCATE, Opcode.SYNC)) {
                test("$opcode: $what only asks, since the file is being changed") {
                    withStall { context, file, faults ->
                        val stalled = faults.stallNext(opcode)
                        val change = start(file, opcode)
                        stalled.awaitArrival()
                        lose(change)
                        heldUntilReleased(context, change)
                        stalled.release()
                        change.ended()
                        change.isCompletedExceptionally shouldBe true
                    }
                }
            }
        }

        test("other files, and other operations of the file, go on") {
            withStall { context, file, faults ->
                val stalled = faults.stallNext(Opcode.WRITE)
                val held = file.writeBytesAsync(ByteArray(5000) { 1 }, 0)
                stalled.awaitArrival()
                file.readBytesAsync(50_000, 1000).got().size shouldBe 1000
                file.writeBytesAsync(ByteArray(1000), 60_000).got() shouldBe 1000
                val other = disk.put(disk.fresh(), pattern(1000))
                context.openFileAsync(other, "rb+").got().use {
                    it.readBytesAsync(0, 1000).got() shouldEqual pattern(1000)
                    it.writeBytesAsync(ByteArray(10), 0).got() shouldBe 10
                    it.syncAsync().got()
                }
                held.isDone shouldBe false
                stalled.release()
                held.got() shouldBe 5000
            }
        }

        test("a sync waits for the write before it, which is stalled, and can be given up") {
            withStall { _, file, faults ->
                val stalled = faults.stallNext(Opcode.WRITE)
                val write = file.writeBytesAsync(ByteArray(5000), 0)
                stalled.awaitArrival()
                val given = file.syncAsync()
                val kept = file.syncAsync()
                given.cancel(false) shouldBe true
                kept.isDone shouldBe false
                stalled.release()
                write.got()
                kept.got()
            }
        }

        test("close waits; a context's close gives up after its timeout, and says what it leaves") {
            val faults = FaultPlan()
            val options = AioOptions.defaults().withCloseTimeout(Duration.ofMillis(50))
            LogCapture().use { log ->
                val context = FakeProvider.open(options, FakeSetup(disk.disk, faults))
                LeakCheck.watch(context)
                val file = context.openFileAsync(disk.put(disk.fresh(), pattern(9999)), "rb").got()
                val stalled = faults.stallNext(Opcode.READ)
                val target = ByteBuffer.allocateDirect(100)
                val read = file.readAsync(target, 0)
                stalled.awaitArrival()
                context.closeAsync().fails<IOException>("close gave up", "1 operations")
                read.isDone shouldBe false
                log.count("their futures stay unfinished") shouldBe 1
                // Later than anybody waited for, but it comes.
                stalled.release()
                read.got() shouldBe 100
            }
        }

        test("a stalled open is given up at once, and the file that comes of it is closed") {
            withStall { context, _, faults ->
                val stalled = faults.stallNext(Opcode.OPEN)
                val open = context.openFileAsync(disk.put(disk.fresh(), pattern(10)), "rb")
                stalled.awaitArrival()
                open.cancel(false) shouldBe true
                open.fails<CancellationException>()
                stalled.release()
                eventually("only the first file is open") { context.metrics().openFiles() == 1 }
            }
        }
    })

private val disk = MemoryDisk()

private val asks: List<Pair<String, (CompletableFuture<*>) -> Unit>> =
    listOf(
        "a cancel" to { it.cancel(false) shouldBe false },
        "a timeout" to { it.orTimeout(1, MILLISECONDS) },
        "completing it with a failure" to
            {
                it.completeExceptionally(IOException("of the caller")) shouldBe false
            },
    )

private fun withStall(body: (AioContext, AsyncFile, FaultPlan) -> Unit) {
    val faults = FaultPlan()
    FakeProvider.open(AioOptions.defaults(), FakeSetup(disk.disk, faults)).use { context ->
        LeakCheck.watch(context)
        val path = disk.put(disk.fresh(), pattern(100_000))
        context.openFileAsync(path, "rb+").got().use { body(context, it, faults) }
        context.metrics().inFlight() shouldBe 0
        context.metrics().pooledBytes() shouldBe 0
    }
}

private fun start(file: AsyncFile, opcode: Opcode): CompletableFuture<*> =
    when (opcode) {
        Opcode.WRITE -> file.writeAsync(ByteBuffer.allocateDirect(5000), 100)
        Opcode.TRUNCATE -> file.truncateAsync(10)
        Opcode.ALLOCATE -> file.allocateAsync(0, 200_000)
        Opcode.SYNC -> file.syncAsync()
        else -> error("not here: $opcode")
    }

/** Long after a timeout has asked it to end, it is neither done nor has it let go of anything. */
private fun heldUntilReleased(context: AioContext, future: CompletableFuture<*>) {
    eventually("it was asked to end") { (future as Promise<*>).isAsked }
    Thread.sleep(30)
    future.isDone shouldBe false
    context.metrics().inFlight() shouldBe 1
}
