package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.scaled
import io.aiofile.contract.seed
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Fault
import io.aiofile.fake.FaultPlan
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.SplittableRandom
import java.util.concurrent.CancellationException

/** Write-behind over a kernel that can be held, and fails when it is told to. */
class WriteBehindFaultsTest :
    FunSpec({
        val small = WriterOptions.defaults().withBufferBytes(1000).withBuffersInFlight(3)

        class Fixture(val setup: FakeSetup, val disk: MemoryDisk, val file: AsyncFile) {
            val faults: FaultPlan
                get() = setup.faults

            fun bytes() = disk.bytes(file.path())

            /**
             * Until the write that is to fail has failed, and the writer knows: nobody else is told
             * of that yet. The one lane takes this operation when it is through with that one.
             */
            fun awaitIdle() {
                eventually("idle") { file.context().metrics().inFlight() == 0 }
                file.sizeAsync().got()
            }
        }

        fun withFile(faults: FaultPlan = FaultPlan(), body: Fixture.() -> Unit) {
            val disk = MemoryDisk()
            val setup = FakeSetup(disk.disk, faults, lanes = 1)
            LeakCheck.watch(FakeProvider.open(AioOptions.defaults(), setup)).use { context ->
                context.openFileAsync(disk.fresh(), "wb").got().use {
                    Fixture(setup, disk, it).body()
                }
            }
        }

        test("a failure behind is the next call's, once; the call after that tries again") {
            withFile {
                faults.next(Opcode.WRITE, Fault.Fail(Failures.ENOSPC))
                val writer = SequentialWriter(file, small)
                writer.writeAsync(pattern(1000)).got() shouldBe 1000
                awaitIdle()
                val source = ByteBuffer.wrap(pattern(500, 2))
                val failure = writer.writeAsync(source).fails<FileIoException>("ENOSPC", "at 0")
                failure.length() shouldBe 1000
                // Nothing of it was taken, and nothing was lost.
                source.position() shouldBe 0
                writer.position() shouldBe 1000
                bytes().size shouldBe 0
                writer.writeAsync(source).got() shouldBe 500
                writer.flushAsync().got()
                bytes() shouldEqual pattern(1000) + pattern(500, 2)
                writer.closeAsync().got()
            }
        }

        test("a failure behind is the flush's, or the close's, if that is the next call") {
            withFile {
                val writer = SequentialWriter(file, small)
                faults.next(Opcode.WRITE, Fault.Fail(Failures.EIO))
                writer.writeAsync(pattern(1000)).got()
                writer.flushAsync().fails<FileIoException>("EIO")
                writer.flushAsync().got()
                bytes() shouldEqual pattern(1000)
                faults.next(Opcode.WRITE, Fault.Fail(Failures.EIO))
                writer.writeAsync(pattern(1000)).got()
                awaitIdle()
                writer.closeAsync().fails<FileIoException>("EIO", "at 1000")
                writer.closeAsync().got()
                bytes() shouldEqual pattern(1000)
            }
        }

        test("a failure of what only the close writes is the close's") {
            withFile {
                val writer = SequentialWriter(file, small)
                writer.writeAsync(pattern(10)).got()
                faults.next(Opcode.WRITE, Fault.Fail(Failures.ENOSPC))
                writer.closeAsync().fails<FileIoException>("ENOSPC", "10 bytes")
                writer.close()
            }
        }

        test("a failure while a write waits for room is that write's") {
            withFile {
                val stalled = faults.stallNext(Opcode.WRITE)
                faults.next(Opcode.WRITE, Fault.Fail(Failures.EIO))
                val writer = SequentialWriter(file, small)
                val source = ByteBuffer.wrap(pattern(9000))
                val write = writer.writeAsync(source)
                stalled.awaitArrival()
                stalled.release()
                write.fails<FileIoException>("EIO", "at 1000")
                writer.position() shouldBe source.position()
                writer.writeAsync(source).got()
                writer.close()
                bytes() shouldEqual pattern(9000)
            }
        }

        test("what was written before a failure stays, and a retry goes on behind it") {
            withFile {
                faults.next(Opcode.WRITE, Fault.Short(300))
                faults.next(Opcode.WRITE, Fault.Fail(Failures.ENOSPC))
                val writer = SequentialWriter(file, small)
                writer.writeAsync(pattern(1000)).got()
                val failure = writer.flushAsync().fails<FileIoException>("ENOSPC")
                failure.transferred() shouldBe 300
                bytes() shouldEqual pattern(1000).copyOf(300)
                writer.close()
                bytes() shouldEqual pattern(1000)
            }
        }

        test("on a stalled device writes are taken while there is room, and then wait") {
            withFile {
                val stalled = faults.stallNext(Opcode.WRITE)
                val writer = SequentialWriter(file, small)
                repeat(6) { writer.writeAsync(pattern(500, it)).got() shouldBe 500 }
                stalled.awaitArrival()
                val waiting = writer.writeAsync(pattern(500, 6))
                val later = writer.writeAsync(pattern(500, 7))
                val flush = writer.flushAsync()
                listOf(waiting, later, flush).none { it.isDone } shouldBe true
                file.context().metrics().inFlight() shouldBe 1
                // What waits is in nobody's hands.
                waiting.cancel(false)
                waiting.fails<CancellationException>()
                stalled.release()
                later.got()
                flush.got()
                writer.close()
                bytes() shouldEqual
                    listOf(0, 1, 2, 3, 4, 5, 7).fold(ByteArray(0)) { all, it ->
                        all + pattern(500, it)
                    }
            }
        }

        test("a cancelled close writes what there is all the same") {
            withFile {
                val stalled = faults.stallNext(Opcode.WRITE)
                val writer = SequentialWriter(file, small)
                writer.writeAsync(pattern(2500)).got()
                stalled.awaitArrival()
                val flush = writer.flushAsync()
                val closed = writer.closeAsync()
                flush.cancel(false)
                closed.cancel(false)
                stalled.release()
                closed.ended()
                writer.closeAsync().got()
                bytes() shouldEqual pattern(2500)
            }
        }

        test("the file's close waits for what is being written") {
            withFile {
                val stalled = faults.stallNext(Opcode.WRITE)
                val writer = SequentialWriter(file, small)
                writer.writeAsync(pattern(1000)).got()
                stalled.awaitArrival()
                val closed = file.closeAsync()
                closed.isDone shouldBe false
                stalled.release()
                closed.got()
                bytes() shouldEqual pattern(1000)
                writer.close()
            }
        }

        test("with faults at random the file has what was taken, and each failure is told once") {
            val seed = seed("write-behind faults")
            val random = SplittableRandom(seed)
            repeat(scaled(5)) {
                val plan =
                    FaultPlan(random.nextLong())
                        .shortTransfers(200)
                        .requeues(100)
                        .failures(Opcode.WRITE, Failures.ENOSPC, 150)
                withFile(plan) {
                    val writer = SequentialWriter(file, small)
                    var taken = ByteArray(0)
                    var told: Throwable? = null
                    fun call(start: () -> AioFuture<*>) {
                        val failure = runCatching { start().got() }.exceptionOrNull()
                        if (failure != null) {
                            (failure as FileIoException).errnoName() shouldBe "ENOSPC"
                            check(failure !== told) { "told twice" }
                            told = failure
                        }
                    }
                    repeat(100) {
                        val source = ByteBuffer.wrap(pattern(random.nextInt(3000), it))
                        if (random.nextInt(10) == 0) call { writer.flushAsync() }
                        call { writer.writeAsync(source) }
                        taken += source.array().copyOf(source.position())
                        writer.position() shouldBe taken.size
                        val written = bytes()
                        written.size shouldBeLessThanOrEqual taken.size
                        written shouldEqual taken.copyOf(written.size)
                    }
                    plan.noFailures(Opcode.WRITE)
                    call { writer.flushAsync() }
                    call { writer.flushAsync() }
                    bytes() shouldEqual taken
                    writer.closeAsync().got()
                }
            }
        }
    })
