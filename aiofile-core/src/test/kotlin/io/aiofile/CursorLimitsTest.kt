package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.refuses
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Stalled
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.RejectedExecutionException

private const val QUEUED_MAX = 3

/** Calls that wait at a cursor for the one before them, which a device holds: they have a limit. */
class CursorLimitsTest :
    FunSpec({
        test("calls beyond maxQueued are refused, and those accepted come in their order") {
            stalled { file ->
                val cursor = BinaryFile(file)
                val held = holding(Opcode.READ) { cursor.readAsync(100) }
                val calls = List(QUEUED_MAX) { cursor.readAsync(100) }
                context.metrics().queued() shouldBe QUEUED_MAX
                repeat(100) {
                    cursor.readAsync(1000).fails<RejectedExecutionException>("3 op", "maxQueued")
                    cursor.flushAsync().fails<RejectedExecutionException>("maxQueued")
                    refuses<RejectedExecutionException>("maxQueued") { cursor.seek(5000) }
                }
                val order = ArrayList<Int>()
                (listOf(held) + calls).forEachIndexed { i, it ->
                    it.onRelease { _, _ -> order += i }
                }
                release()
                (listOf(held) + calls).forEachIndexed { i, it ->
                    it.got() shouldEqual content.copyOfRange(100 * i, 100 * i + 100)
                }
                order shouldBe listOf(0, 1, 2, 3)
                cursor.position() shouldBe 400
                cursor.readAsync(10).got() shouldEqual content.copyOfRange(400, 410)
            }
        }

        val cursors =
            mapOf<String, (AsyncFile) -> () -> AioFuture<*>>(
                "BinaryFile.readLine" to { BinaryFile(it)::readLineAsync },
                "BinaryFile.readAll" to { BinaryFile(it)::readAllAsync },
                "TextFile.readLine" to { TextFile(it, it.lineOptions())::readLineAsync },
                "TextFile.readAll" to { TextFile(it, it.lineOptions())::readAllAsync },
                "LineReader" to { LineReader(it, it.lineOptions())::readLineAsync },
                "ChunkReader" to
                    {
                        ChunkReader(it, ChunkOptions.defaults().withChunkBytes(100))::readChunkAsync
                    },
            )
        for ((name, cursorOf) in cursors) {
            test("$name: operations of a call that runs are not refused for the calls behind it") {
                stalled { file ->
                    val call = cursorOf(file)
                    val held = holding(Opcode.READ) { call() }
                    // What is read ahead is queued too.
                    val ahead = context.metrics().queued()
                    val calls = List(QUEUED_MAX - ahead) { call() }
                    call().fails<RejectedExecutionException>("maxQueued")
                    calls.size.shouldBeGreaterThan(0)
                    release()
                    (listOf(held) + calls).forEach { it.got() }
                }
            }
        }

        test("a fetch ahead that found the queue full is asked for again, and fails no call") {
            stalled { file ->
                val reader = ChunkReader(file, ChunkOptions.defaults().withChunkBytes(100))
                val held = holding(Opcode.READ) { other.readBytesAsync(0, 10) }
                val reads = List(QUEUED_MAX - 1) { other.readBytesAsync(0, 10) }
                val first = reader.readChunkAsync()
                context.metrics().run { queued() to failed() } shouldBe (QUEUED_MAX to 1L)
                release()
                first.got()!! shouldEqual content.copyOf(100)
                (reads + held).forEach { it.got().size shouldBe 10 }
                reader.readChunkAsync().got()!! shouldEqual content.copyOfRange(100, 200)
            }
        }

        test("a write that is refused leaves no trace") {
            for (options in listOf(null, WriterOptions.defaults().withBufferBytes(100))) {
                stalled { file ->
                    val writer =
                        if (options == null) SequentialWriter(file, 0)
                        else SequentialWriter(file, options)
                    // A writer that writes behind keeps a call waiting when its buffers are full.
                    val bytes = if (options == null) 100 else 100_000
                    val held = holding(Opcode.WRITE) { writer.writeAsync(pattern(bytes, seed = 2)) }
                    val writes = List(QUEUED_MAX) { writer.writeAsync(pattern(100, seed = 3 + it)) }
                    val refused = ByteBuffer.wrap(pattern(100, seed = 9))
                    writer.writeAsync(refused).fails<RejectedExecutionException>("maxQueued")
                    refused.position() shouldBe 0
                    release()
                    held.got() shouldBe bytes
                    writes.forEach { it.got() shouldBe 100 }
                    writer.close()
                    val written = disk.bytes(path)
                    written.copyOf(bytes) shouldEqual pattern(bytes, seed = 2)
                    writes.indices.forEach {
                        val start = bytes + 100 * it
                        written.copyOfRange(start, start + 100) shouldEqual
                            pattern(100, seed = 3 + it)
                    }
                    written.size shouldBe maxOf(content.size, bytes + 300)
                }
            }
        }

        test("an accepted call gets its turn, though operations have filled the queue since") {
            stalled { file ->
                val cursor = BinaryFile(file)
                val held = holding(Opcode.READ) { cursor.readAsync(100) }
                val calls = List(2) { cursor.readAsync(100) }
                val reads = List(QUEUED_MAX) { other.readBytesAsync(it * 10L, 10) }
                other.readBytesAsync(0, 10).fails<RejectedExecutionException>("maxQueued")
                cursor.readAsync(1).fails<RejectedExecutionException>("5 op", "maxQueued")
                release()
                held.got() shouldEqual content.copyOf(100)
                calls.forEachIndexed { i, it ->
                    it.got() shouldEqual content.copyOfRange(100 * i + 100, 100 * i + 200)
                }
                reads.forEach { it.got().size shouldBe 10 }
            }
        }

        test("what a consumer starts is not promised the place of the call it belongs to") {
            stalled { file ->
                // What was read ahead may be in the kernel for a while after it was given up.
                val reader = LineReader(file, file.lineOptions().withReadAhead(0))
                reader.readLineAsync().got()
                // All lines have come: what waited for this call starts here, and on this thread.
                val held = holding(Opcode.READ) { other.readBytesAsync(0, 10) }
                val started = ArrayList<AioFuture<ByteArray>>()
                lateinit var waited: AioFuture<Long>
                reader
                    .forEachAsync {
                        waited = reader.forEachAsync {
                            if (started.isEmpty()) {
                                repeat(20) { started += other.readBytesAsync(0, 10) }
                            }
                        }
                        error("for the test")
                    }
                    .fails<IllegalStateException>()
                val (taken, refused) = started.partition { !it.isCompletedExceptionally }
                // The call itself had nothing to start, and leaves its place to the first of them.
                taken.size shouldBe QUEUED_MAX + 1
                refused.forEach { it.fails<RejectedExecutionException>("maxQueued") }
                waited.got() shouldBe 3
                release()
                (taken + held).forEach { it.got().size shouldBe 10 }
            }
        }

        test("a call that is given up in line gives its place back, once") {
            stalled { file ->
                val cursor = BinaryFile(file)
                val held = holding(Opcode.READ) { cursor.readAsync(100) }
                val calls = List(QUEUED_MAX) { cursor.readAsync(100) }
                repeat(2) { calls[1].cancel(false) shouldBe true }
                calls[1].fails<CancellationException>()
                context.metrics().queued() shouldBe QUEUED_MAX - 1
                val last = cursor.readAsync(50)
                cursor.readAsync(1).fails<RejectedExecutionException>("maxQueued")
                release()
                held.got() shouldEqual content.copyOf(100)
                calls[0].got() shouldEqual content.copyOfRange(100, 200)
                calls[2].got() shouldEqual content.copyOfRange(200, 300)
                last.got() shouldEqual content.copyOfRange(300, 350)
            }
        }

        for ((name, closeOf) in closes) {
            test("$name: a close is neither refused nor counted, and comes after the calls") {
                stalled { file ->
                    val (call, close) = closeOf(file)
                    val held = holding(if ("Writer" in name) Opcode.WRITE else Opcode.READ, call)
                    val calls = List(QUEUED_MAX) { call() }
                    call().fails<RejectedExecutionException>("maxQueued")
                    val closed = close()
                    context.metrics().queued() shouldBe QUEUED_MAX
                    call().fails<ClosedChannelException>()
                    closed.isDone shouldBe false
                    val order = ArrayList<Int>()
                    (listOf(held) + calls + closed).forEachIndexed { i, it ->
                        it.onRelease { _, _ -> order += i }
                    }
                    release()
                    (listOf(held) + calls + closed).forEach { it.got() }
                    order shouldBe List(QUEUED_MAX + 2) { it }
                }
            }
        }

        test("with a maxQueued of 0 calls that are awaited one by one are all done") {
            stalled(queuedMax = 0) { file ->
                val cursor = BinaryFile(file)
                repeat(10) { cursor.readAsync(10).got().size shouldBe 10 }
                cursor.seek(500)
                val held = holding(Opcode.READ) { cursor.readAsync(10) }
                cursor.readAsync(10).fails<RejectedExecutionException>("0 operations")
                refuses<RejectedExecutionException>("maxQueued") { cursor.seek(0) }
                release()
                held.got() shouldEqual content.copyOfRange(500, 510)
            }
        }
    })

/** A call of a cursor, and its close. */
private val closes =
    mapOf<String, (AsyncFile) -> Pair<() -> AioFuture<*>, () -> AioFuture<*>>>(
        "BinaryFile" to
            { file ->
                BinaryFile(file).let { Pair({ it.readAsync(10) }, it::closeAsync) }
            },
        "TextFile" to
            { file ->
                TextFile(file, file.lineOptions()).let { Pair(it::readLineAsync, it::closeAsync) }
            },
        "SequentialWriter" to
            { file ->
                SequentialWriter(file, 0).let {
                    Pair({ it.writeAsync(ByteArray(10)) }, it::closeAsync)
                }
            },
    )

private fun AsyncFile.lineOptions() = LineOptions.of(context().options())

private class Stall(val context: AioContext, val disk: MemoryDisk, private val faults: FaultPlan) {
    /** Lines of 6 KB, which take more than one operation each. */
    val content =
        ByteArray(30_000) {
            (if (it % 6000 == 5999) '\n' else 'a' + (it * 31 + it / 26) % 26).code.toByte()
        }
    val path: Path = disk.put(disk.fresh("data"), content)
    val file: AsyncFile = context.openFileAsync(path, "rb+").got()
    val other: AsyncFile =
        context.openFileAsync(disk.put(disk.fresh("other"), content), "rb+").got()
    private lateinit var stalled: Stalled

    /** A call whose first operation of this kind stays in the kernel. */
    fun <T : CompletableFuture<*>> holding(opcode: Opcode, call: () -> T): T {
        stalled = faults.stallNext(opcode)
        return call().also { stalled.awaitArrival() }
    }

    fun release() = stalled.release()
}

/** On a context with one permit and a short queue, all of whose counts are 0 in the end. */
private fun stalled(queuedMax: Int = QUEUED_MAX, body: Stall.(AsyncFile) -> Unit) {
    val disk = MemoryDisk()
    val faults = FaultPlan()
    val options =
        AioOptions.defaults()
            .withMaxRequests(1)
            .withMaxQueued(queuedMax)
            .withInlineReadBytes(0)
            .withInlineWriteBytes(0)
    LeakCheck.watch(FakeProvider.open(options, FakeSetup(disk.disk, faults))).use { context ->
        val stall = Stall(context, disk, faults)
        stall.body(stall.file)
        listOf(stall.file, stall.other).forEach { it.closeAsync().got() }
        context.metrics().run { queued() to inFlight() } shouldBe (0 to 0)
    }
}
