package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Fault
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.util.concurrent.CompletableFuture

/** Copies of whole files: by the kernel as far as it goes, with buffers from there on. */
class FileCopyTest :
    FunSpec({
        val data = pattern(20_000_003)

        fun withCopy(
            options: AioOptions = AioOptions.defaults(),
            body: Copied.() -> Unit,
        ) {
            val disk = MemoryDisk()
            val setup = FakeSetup(disk.disk)
            LeakCheck.watch(FakeProvider.open(options, setup)).use {
                Copied(disk, setup, it, data).body()
            }
        }

        test("the kernel copies all of it") {
            withCopy {
                start().got() shouldBe data.size
                target() shouldEqual data
                setup.copied.sum() shouldBe data.size
            }
        }

        test("what the kernel can't copy is read and written, and nobody is told") {
            for (failure in listOf(Failures.EXDEV, Failures.EINVAL, Failures.EIO)) {
                withCopy {
                    setup.faults.next(Opcode.COPY, Fault.Fail(failure))
                    start().got() shouldBe data.size
                    target() shouldEqual data
                    setup.copied.sum() shouldBe 0
                }
            }
        }

        test("a copy that the kernel stops at goes on from there") {
            withCopy {
                setup.faults.next(Opcode.COPY, Fault.Short(12_345))
                setup.faults.next(Opcode.COPY, Fault.Fail(Failures.EIO))
                start().got() shouldBe data.size
                target() shouldEqual data
                setup.copied.sum() shouldBe 12_345
            }
        }

        test("a kernel that says nothing is left is not believed") {
            withCopy {
                setup.copiesNothing = true
                start().got() shouldBe data.size
                target() shouldEqual data
            }
        }

        test("a full disk is told by the write that meets it") {
            withCopy {
                setup.faults.next(Opcode.COPY, Fault.Short(12_345))
                setup.faults.next(Opcode.COPY, Fault.Fail(Failures.ENOSPC))
                setup.faults.next(Opcode.WRITE, Fault.Fail(Failures.ENOSPC))
                val told = start().fails<FileIoException>("write", "ENOSPC")
                told.errnoName() shouldBe "ENOSPC"
                eventually("closed") { context.metrics().openFiles() == 0 }
            }
        }

        test("a cancel in the kernel waits for it, and leaves what was copied") {
            withCopy {
                setup.faults.next(Opcode.COPY, Fault.Short(12_345))
                val stalled = setup.faults.stallNext(Opcode.COPY)
                val copy = start()
                stalled.awaitArrival()
                copy.cancel(false) shouldBe false
                copy.isDone shouldBe false
                context.metrics().openFiles() shouldBe 2
                stalled.release()
                copy.ended()
                copy.isCancelled shouldBe true
                eventually("closed") { context.metrics().openFiles() == 0 }
                // The one in the kernel was done, too.
                val copied = setup.copied.sum().toInt()
                target() shouldEqual data.copyOf(copied)
            }
        }

        test("a cancel while the end is looked for ends the copy") {
            withCopy {
                setup.copiesNothing = true
                val stalled = setup.faults.stallNext(Opcode.READ)
                val copy = start()
                stalled.awaitArrival()
                copy.cancel(false)
                // The source closes only when nobody reads it any more.
                copy.isDone shouldBe false
                stalled.release()
                copy.ended()
                copy.isCancelled shouldBe true
                eventually("closed") { context.metrics().openFiles() == 0 }
                target().size shouldBe 0
            }
        }

        test("a context that closes waits for the kernel before it closes either file") {
            withCopy {
                val stalled = setup.faults.stallNext(Opcode.COPY)
                val copy = start()
                stalled.awaitArrival()
                val closed = CompletableFuture.runAsync { context.close() }
                eventually("draining") { "closed" in "$context" }
                context.metrics().openFiles() shouldBe 2
                stalled.release()
                closed.got()
                copy.ended()
                setup.copied.sum() shouldBe target().size
            }
        }

        test("a piece that is withdrawn before the kernel has it holds nothing up") {
            withCopy(AioOptions.defaults().withMaxRequests(1)) {
                val stalled = setup.faults.stallNext(Opcode.SIZE)
                context.openFileAsync(other(), OpenMode.READ).got().use { file ->
                    val size = file.sizeAsync() // has the one permit
                    stalled.awaitArrival()
                    val copy = start()
                    eventually("both open, the piece in line") { context.metrics().queued() == 1 }
                    copy.cancel(false)
                    copy.ended()
                    copy.isCancelled shouldBe true
                    stalled.release()
                    size.got()
                }
                context.metrics().openFiles() shouldBe 0
                setup.copied.sum() shouldBe 0
            }
        }

        test("a sync of the target waits for no piece that failed") {
            withCopy {
                setup.faults.next(Opcode.COPY, Fault.Fail(Failures.EXDEV))
                context.openFileAsync(source, OpenMode.READ).got().use { from ->
                    context.openFileAsync(path, OpenMode.WRITE).got().use { to ->
                        KernelCopy(from.handle(), to.handle())
                            .start()
                            .fails<FileIoException>("EXDEV")
                        to.syncAsync().got()
                    }
                }
            }
        }

        test("a copy is durable, with what the kernel copied") {
            withCopy {
                start().got()
                unsynced() shouldBe 0
            }
        }
    })

private class Copied(
    private val disk: MemoryDisk,
    val setup: FakeSetup,
    val context: AioContext,
    data: ByteArray,
) {
    val source = disk.put(disk.fresh("source"), data)
    val path = disk.put(disk.fresh("target"), pattern(100))

    fun start(): AioFuture<Long> = context.files().copyAsync(source, path)

    fun target(): ByteArray = disk.bytes(path)

    fun other() = disk.put(disk.fresh(), pattern(10))

    fun unsynced(): Int = disk.unsyncedWrites(path)
}
