package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Stalled
import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeoutException

/** The ways of giving a future up, and how it has to end by them. */
private enum class GivingUp(
    val ask: (AioFuture<Int>) -> Unit,
    val check: (AioFuture<Int>) -> Unit,
) {
    CANCEL({ it.cancel(true) }, { it.fails<CancellationException>() }),
    TIMEOUT({ it.orTimeout(1, MILLISECONDS) }, { it.fails<TimeoutException>() }),
    TIMEOUT_WITH_VALUE({ it.completeOnTimeout(-7, 1, MILLISECONDS) }, { it.got() shouldBe -7 }),
    VALUE({ it.complete(-7) }, { it.got() shouldBe -7 }),
    FAILURE(
        { it.completeExceptionally(IllegalStateException("mine")) },
        { it.fails<IllegalStateException>("mine") },
    ),
}

/**
 * Operations that are surely in the kernel, which the fake holds, when they are given up in each
 * way, and what goes on beside them.
 */
class StalledDeviceTest :
    FunSpec({
        for (way in GivingUp.entries) {
            for (isDirect in listOf(true, false)) {
                val memory = if (isDirect) "direct" else "heap"
                test("$way of a read into a $memory buffer waits for the kernel to let go") {
                    withStalls { context, faults, disk ->
                        val path = disk.put(disk.fresh("data"), pattern(1000))
                        context.openFileAsync(path, "rb").got().use { file ->
                            val target = buffer(isDirect, 1000)
                            val stalled = faults.stallNext(Opcode.READ)
                            val read = file.readFullyAsync(target, 0)
                            givesUpLate(way, read, stalled, context)
                            target.position() shouldBe 1000
                            target.flip().let { bytes ->
                                ByteArray(1000).also { bytes.get(it) } shouldEqual pattern(1000)
                            }
                        }
                    }
                }

                test("$way of a write from a $memory buffer waits for the kernel to let go") {
                    withStalls { context, faults, disk ->
                        val path = disk.fresh("data")
                        context.openFileAsync(path, "wb").got().use { file ->
                            val source = buffer(isDirect, 1000).put(pattern(1000)).flip()
                            val stalled = faults.stallNext(Opcode.WRITE)
                            val write = file.writeAsync(source, 0)
                            givesUpLate(way, write, stalled, context)
                            source.position() shouldBe 1000
                        }
                        disk.bytes(path) shouldEqual pattern(1000)
                    }
                }
            }
        }

        test("a stalled device: its reads give up at their timeout, other files go on") {
            withStalls(AioOptions.defaults().withMaxRequests(16)) { context, faults, disk ->
                val dead = disk.put(disk.fresh("dead"), pattern(1000))
                val alive = disk.put(disk.fresh("alive"), pattern(100_000))
                val stuck = context.openFileAsync(dead, "rb").got()
                val file = context.openFileAsync(alive, "rb+").got()
                val stalls = List(12) { faults.stallNext(Opcode.READ) }
                val ours = List(6) { stuck.readBytesAsync(0, 100) }
                val targets = List(6) { ByteBuffer.allocateDirect(100) }
                val theirs = targets.map { stuck.readAsync(it, 0) }
                stalls.forEach { it.awaitArrival() }
                (ours + theirs).forEach { it.orTimeout(5, MILLISECONDS) }
                ours.forEach { it.fails<TimeoutException>() }
                // Two hundred rounds of a living device later the dead one still has the memory.
                repeat(200) {
                    file.readBytesAsync(it * 100L, 1000).got() shouldEqual
                        pattern(100_000).copyOfRange(it * 100, it * 100 + 1000)
                }
                file.writeBytesAsync(ByteArray(10), 0).got() shouldBe 10
                file.dataSyncAsync().got()
                context.openFileAsync(alive, "rb").got().close()
                theirs.none { it.isDone } shouldBe true
                context.metrics().inFlight() shouldBe 12
                stalls.forEach { it.release() }
                theirs.forEach { it.fails<TimeoutException>() }
                stuck.close()
                file.close()
            }
        }

        test(
            "a full queue rejects and says why; what was accepted is served when the device is back"
        ) {
            val options = AioOptions.defaults().withMaxRequests(4).withMaxQueued(20)
            withStalls(options) { context, faults, disk ->
                val path = disk.put(disk.fresh("data"), pattern(10_000))
                context.openFileAsync(path, "rb+").got().use { file ->
                    val stalls = List(4) { faults.stallNext(Opcode.READ) }
                    val stuck = List(4) { file.readBytesAsync(it * 10L, 10) }
                    val queued = List(20) { file.readBytesAsync(it * 100L, 100) }
                    context.metrics().queued() shouldBe 20
                    file
                        .readBytesAsync(0, 1)
                        .fails<RejectedExecutionException>("20 operations", "maxQueued")
                    file.writeAsync(ByteBuffer.allocate(1), 0).fails<RejectedExecutionException>()
                    file.sizeAsync().fails<RejectedExecutionException>()
                    // A place that is given up goes to the next one.
                    queued[7].cancel(false) shouldBe true
                    val late = file.readBytesAsync(5000, 10)
                    stalls.forEach { it.release() }
                    stuck.forEach { it.got().size shouldBe 10 }
                    queued.forEachIndexed { index, read ->
                        if (index == 7) read.fails<CancellationException>()
                        else
                            read.got() shouldEqual
                                pattern(10_000).copyOfRange(index * 100, index * 100 + 100)
                    }
                    late.got() shouldEqual pattern(10_000).copyOfRange(5000, 5010)
                }
            }
        }

        test(
            "syncs that wait for a write count as queued, and the close gets through all the same"
        ) {
            val options = AioOptions.defaults().withMaxRequests(2).withMaxQueued(3)
            withStalls(options) { context, faults, disk ->
                val path = disk.fresh("data")
                val file = context.openFileAsync(path, "wb").got()
                val stalled = faults.stallNext(Opcode.WRITE)
                val write = file.writeBytesAsync(pattern(100), 0)
                stalled.awaitArrival()
                val syncs = List(5) { file.dataSyncAsync() }
                context.metrics().queued() shouldBe 3
                file.syncAsync().fails<RejectedExecutionException>("maxQueued")
                context.openFileAsync(path, "rb").fails<RejectedExecutionException>("maxQueued")
                syncs[2].cancel(false) shouldBe true
                val close = file.closeAsync()
                stalled.release()
                write.got() shouldBe 100
                syncs.filterIndexed { index, _ -> index != 2 }.forEach { it.got() }
                close.got()
                disk.unsyncedWrites(path) shouldBe 0
            }
        }

        test("a cancelled derived stage ends at once, and its operation goes on") {
            withStalls { context, faults, disk ->
                val path = disk.put(disk.fresh("data"), pattern(100))
                context.openFileAsync(path, "rb").got().use { file ->
                    val target = ByteBuffer.allocateDirect(100)
                    val stalled = faults.stallNext(Opcode.READ)
                    val read = file.readAsync(target, 0)
                    stalled.awaitArrival()
                    read.thenApply { it }.let { it.cancel(false) shouldBe true }
                    read
                        .thenCompose { file.sizeAsync() }
                        .orTimeout(1, MILLISECONDS)
                        .let {
                            it.fails<TimeoutException>()
                        }
                    read.isDone shouldBe false
                    stalled.release()
                    read.got() shouldBe 100
                }
            }
        }
    })

private fun buffer(isDirect: Boolean, bytes: Int) =
    if (isDirect) ByteBuffer.allocateDirect(bytes) else ByteBuffer.allocate(bytes)

/** Gives up an operation in the kernel: nothing ends before the kernel lets go, then all does. */
private fun givesUpLate(
    way: GivingUp,
    future: AioFuture<Int>,
    stalled: Stalled,
    context: AioContext,
) {
    val early = ArrayList<String>()
    val released = CompletableFuture<Boolean>()
    var isHeld = true
    future.onRelease { _, _ ->
        if (isHeld) early += "released"
        released.complete(LaneThread.isCurrent())
    }
    stalled.awaitArrival()
    way.ask(future)
    // The other threads' chance to do what they must not: a later timeout has come by then.
    CompletableFuture<Int>().completeOnTimeout(0, 10, MILLISECONDS).got()
    if (future.isDone) early += "done"
    context.metrics().inFlight() shouldBe 1
    isHeld = false
    stalled.release()
    way.check(future)
    released.got() shouldBe true
    early.shouldBeEmpty()
    eventually("the slot is back") { context.metrics().inFlight() == 0 }
}

private fun withStalls(
    options: AioOptions = AioOptions.defaults(),
    body: (AioContext, FaultPlan, MemoryDisk) -> Unit,
) {
    val disk = MemoryDisk()
    val faults = FaultPlan()
    LeakCheck.watch(FakeProvider.open(options, FakeSetup(disk.disk, faults))).use {
        body(it, faults, disk)
    }
}
