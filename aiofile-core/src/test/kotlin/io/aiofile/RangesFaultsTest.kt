package io.aiofile

import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Fault
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.CancellationException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeoutException

/** Many ranges in one call, over a kernel that can be held, and fails when it is told to. */
class RangesFaultsTest :
    FunSpec({
        val data = pattern(200_000)
        val alone = RangeOptions.defaults().withMergedBytesMax(1)

        fun withFile(
            mode: OpenMode = OpenMode.READ_WRITE,
            options: AioOptions = AioOptions.defaults(),
            body: FakeSetup.(AsyncFile) -> Unit,
        ) = withFakeFile(data, mode, options, body)

        test("the operations of a call come to the backend together, the next when half are over") {
            withFile { file ->
                val ranges = List(500) { FileRange(it * 390L, 10) }
                val reads = file.readRangesAsync(ranges, alone)
                reads.forEach { it.got().size shouldBe 10 }
                batches.first() shouldBe 128
                // The last one may be of any size.
                batches.drop(1).dropLast(1).forEach { it shouldBeGreaterThanOrEqual 64 }
                val unbatched = 500 - batches.sum()
                (unbatched == 0 || unbatched == 1) shouldBe true
            }
        }

        test("writes of a call come to the backend together") {
            withFile { file ->
                val writes = List(60) { RangeWrite(ByteBuffer.allocate(10), it * 1000L) }
                file.writeRangesAsync(writes).got() shouldBe 600
                batches shouldBe listOf(60)
            }
        }

        test("the failure of a merged read is each range's own, and no other's") {
            withFile { file ->
                faults.next(Opcode.READ, Fault.Fail(Failures.EIO))
                // The first three are near.
                val ranges = listOf(2000L, 1000L, 3000L, 100_000L).map { FileRange(it, 500) }
                val one = RangeOptions.defaults().withInFlightMax(1)
                val reads = file.readRangesAsync(ranges, one)
                for ((index, range) in ranges.take(3).withIndex()) {
                    val failure = reads[index].fails<FileIoException>("EIO", "500 bytes")
                    failure.position() shouldBe range.position()
                    failure.length() shouldBe 500
                    failure.operation() shouldBe "read"
                    failure.errnoName() shouldBe "EIO"
                }
                reads[3].got() shouldEqual data.copyOfRange(100_000, 100_500)
            }
        }

        test("on a stalled device each range ends when it is given up, and the others wait") {
            withFile { file ->
                val stalled = faults.stallNext(Opcode.READ)
                val reads = file.readRangesAsync(List(4) { FileRange(it * 1000L, 500) })
                stalled.awaitArrival()
                reads[1].cancel(false) shouldBe true
                reads[1].fails<CancellationException>()
                reads[2].orTimeout(1, MILLISECONDS).fails<TimeoutException>()
                reads[0].isDone shouldBe false
                val closed = file.closeAsync()
                closed.isDone shouldBe false
                stalled.release()
                reads[0].got() shouldEqual data.copyOf(500)
                reads[3].got() shouldEqual data.copyOfRange(3000, 3500)
                closed.got()
            }
        }

        test("with the last of its ranges a read that has not started is given up") {
            withFile(options = AioOptions.defaults().withMaxRequests(1)) { file ->
                val stalled = faults.stallNext(Opcode.READ)
                val reads = file.readRangesAsync(List(100) { FileRange(it * 1000L, 10) }, alone)
                stalled.awaitArrival()
                reads.forEach { it.cancel(false) shouldBe true }
                eventually("only the stalled one is left") {
                    file.context().metrics().run { inFlight() == 1 && queued() == 0 }
                }
                val closed = file.closeAsync()
                closed.isDone shouldBe false
                stalled.release()
                closed.got()
                file.context().metrics().bytesRead() shouldBe 10
            }
        }

        test("a close serves the ranges that have not started, too") {
            withFile { file ->
                val stalled = faults.stallNext(Opcode.READ)
                val ranges = List(50) { FileRange(it * 1000L, 10) }
                val reads = file.readRangesAsync(ranges, alone.withInFlightMax(1))
                stalled.awaitArrival()
                val closed = file.closeAsync()
                reads.none { it.isDone } shouldBe true
                stalled.release()
                closed.got()
                reads.forEachIndexed { i, read ->
                    read.got() shouldEqual data.copyOfRange(i * 1000, i * 1000 + 10)
                }
            }
        }

        test("writes: the first failure is told, no more are started, and positions say what was") {
            withFile { file ->
                faults.next(Opcode.WRITE, Fault.Fail(Failures.ENOSPC))
                val stalled = List(127) { faults.stallNext(Opcode.WRITE) }
                val sources = List(200) { ByteBuffer.wrap(ByteArray(10) { 7 }) }
                val writes = sources.mapIndexed { i, it -> RangeWrite(it, i * 1000L) }
                val written = file.writeRangesAsync(writes)
                stalled.forEach { it.awaitArrival() }
                written.isDone shouldBe false
                stalled.forEach { it.release() }
                val failure = written.fails<FileIoException>("ENOSPC", "10 bytes")
                failure.position() % 1000 shouldBe 0
                sources.count { it.hasRemaining() } shouldBe 200 - 127
                // Those that never began are no reason for a sync to wait.
                file.dataSyncAsync().got()
            }
        }

        test("writes: a cancelled call is over when the kernel has let go of every buffer") {
            withFile { file ->
                val stalled = faults.stallNext(Opcode.WRITE)
                val sources = List(100) { ByteBuffer.allocate(10) }
                val written =
                    file.writeRangesAsync(sources.mapIndexed { i, it -> RangeWrite(it, i * 1000L) })
                stalled.awaitArrival()
                written.cancel(false) shouldBe false
                written.isDone shouldBe false
                stalled.release()
                written.ended()
                written.isCancelled shouldBe true
            }
        }
    })
