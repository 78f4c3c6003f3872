package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Fault
import io.aiofile.fake.FaultPlan
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture

/** A failure of each kind of operation: told once and whole, and nothing is the worse for it. */
class FailingOperationsTest :
    FunSpec({
        val failures = listOf(Failures.EIO, Failures.ENOSPC, Failures.EDQUOT, Failures.EFBIG)
        for ((opcode, call) in calls) {
            for (failure in failures) {
                test("$failure of $opcode") {
                    withFile { context, file, faults ->
                        faults.next(opcode, Fault.Fail(failure))
                        val told = call.future(file).fails<FileIoException>("$failure")
                        told.errnoName() shouldBe "$failure"
                        told.operation() shouldBe call.name
                        told.file shouldBe "${file.path()}"
                        told.transferred() shouldBe 0
                        context.metrics().inFlight() shouldBe 0
                        context.metrics().pooledBytes() shouldBe 0
                        // Not for ever.
                        call.future(file).got()
                    }
                }
            }
        }

        test("a failure after a part: the position says how far it came, and so does the error") {
            withFile { _, file, faults ->
                faults.next(Opcode.WRITE, Fault.Short(300))
                faults.next(Opcode.WRITE, Fault.Fail(Failures.ENOSPC))
                val source = ByteBuffer.wrap(ByteArray(1000) { 7 })
                val told =
                    file.writeAsync(source, 50).fails<FileIoException>("after 300", "free some")
                told.transferred() shouldBe 300
                told.position() shouldBe 50
                told.length() shouldBe 1000
                source.position() shouldBe 300
                file.readBytesAsync(50, 301).got() shouldEqual
                    ByteArray(300) { 7 } + pattern(100_000)[350]
            }
        }

        test(
            "a sync that failed covers nothing: the close syncs again, and tells what comes of it"
        ) {
            withContext { context, faults ->
                val file = opened(context)
                file.writeBytesAsync(ByteArray(10), 0).got()
                faults.next(Opcode.SYNC, Fault.Fail(Failures.EIO))
                file.syncAsync().fails<FileIoException>("sync", "EIO")
                faults.next(Opcode.DATA_SYNC, Fault.Fail(Failures.EIO))
                file.closeAsync().fails<FileIoException>("data sync on close", "EIO")
                context.metrics().openFiles() shouldBe 0
            }
        }

        test("an open that fails leaves nothing, a close that fails leaves no descriptor") {
            withContext { context, faults ->
                faults.next(Opcode.OPEN, Fault.Fail(Failures.EIO))
                val path = disk.put(disk.fresh(), pattern(10))
                context.openFileAsync(path, "rb").fails<FileIoException>("open", "$path", "EIO")
                val file = opened(context)
                faults.next(Opcode.CLOSE, Fault.Fail(Failures.EIO))
                file.closeAsync().fails<FileIoException>("close", "EIO")
                context.metrics().openFiles() shouldBe 0
            }
        }
    })

private class Call(val name: String, val future: (AsyncFile) -> CompletableFuture<*>)

private val calls =
    mapOf(
        Opcode.READ to Call("read") { it.readBytesAsync(0, 5000) },
        Opcode.WRITE to Call("write") { it.writeBytesAsync(ByteArray(5000), 0) },
        Opcode.SYNC to Call("sync") { it.syncAsync() },
        Opcode.DATA_SYNC to Call("data sync") { it.dataSyncAsync() },
        Opcode.TRUNCATE to Call("truncate") { it.truncateAsync(50_000) },
        Opcode.ALLOCATE to Call("allocate") { it.allocateAsync(0, 50_000) },
        Opcode.SIZE to Call("size") { it.sizeAsync() },
    )

private val disk = MemoryDisk()

private fun opened(context: AioContext) =
    context.openFileAsync(disk.put(disk.fresh(), pattern(100_000)), "rb+").got()

private fun withContext(body: (AioContext, FaultPlan) -> Unit) {
    val faults = FaultPlan()
    FakeProvider.open(AioOptions.defaults(), FakeSetup(disk.disk, faults)).use { context ->
        LeakCheck.watch(context)
        body(context, faults)
    }
}

private fun withFile(body: (AioContext, AsyncFile, FaultPlan) -> Unit) =
    withContext { context, faults ->
        opened(context).use { body(context, it, faults) }
    }
