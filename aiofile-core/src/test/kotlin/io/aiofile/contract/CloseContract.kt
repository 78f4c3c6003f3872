package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch

/** Closing a file: idempotent, drains what is in flight, makes durable what was written. */
internal fun closeContract(subject: Subject) = funSpec {
    fun open(path: java.nio.file.Path, mode: String) =
        subject.context.openFileAsync(path, mode).got()

    test("closing twice, by either method, is closing once") {
        val file = open(subject.put(pattern(10)), "rb+")
        file.writeBytesAsync(pattern(3), 0).got()
        val first = file.closeAsync()
        val second = file.closeAsync()
        file.close()
        first.got()
        second.got()
        file.close()
        file.closeAsync().got()
        file.isOpen shouldBe false
        subject.context.metrics().openFiles() shouldBe 0
    }

    test("after close every call fails its future with ClosedChannelException") {
        val file = open(subject.put(pattern(10)), "rb+")
        file.close()
        for ((name, call) in callsOf(file)) {
            withClue(name) { call().fails<ClosedChannelException>() }
        }
        val appending = open(subject.put(pattern(10)), "ab")
        appending.close()
        appending.appendBytesAsync(ByteArray(1)).fails<ClosedChannelException>()
        appending.appendStringAsync("x").fails<ClosedChannelException>()
        appending.appendAsync(ByteBuffer.allocate(1)).fails<ClosedChannelException>()
    }

    test("close waits for every request in flight, and they succeed") {
        val path = subject.disk.fresh()
        val file = open(path, "wb+")
        val writes = (0 until 300).map { file.writeBytesAsync(pattern(5000, it), it * 5000L) }
        val close = file.closeAsync()
        val late = file.writeBytesAsync(ByteArray(5000), 0)
        close.got()
        writes.forEach { it.got() shouldBe 5000 }
        late.fails<ClosedChannelException>()
        val expected = (0 until 300).fold(ByteArray(0)) { all, it -> all + pattern(5000, it) }
        subject.disk.bytes(path) shouldEqual expected
    }

    test("close waits for requests that are still queued") {
        subject.withContext(AioOptions.defaults().withMaxRequests(1)) { context ->
            val file = context.openFileAsync(subject.put(pattern(100_000)), "rb").got()
            val reads = (0 until 300).map { file.readBytesAsync(it * 100L, 1000) }
            file.closeAsync().got()
            reads.forEachIndexed { index, read ->
                read.got() shouldEqual pattern(100_000).copyOfRange(index * 100, index * 100 + 1000)
            }
        }
    }

    test("requests and a close at once: each is done whole, or refused") {
        repeat(30) { round ->
            val path = subject.put(ByteArray(100_000))
            val file = open(path, "rb+")
            val start = CountDownLatch(1)
            val results =
                (0 until 4).map { thread ->
                    CompletableFuture.supplyAsync {
                        start.await()
                        (0 until 20).map {
                            file.writeBytesAsync(pattern(500), (thread * 20 + it) * 500L)
                        }
                    }
                }
            start.countDown()
            repeat(round * 20) { Thread.onSpinWait() }
            file.close()
            val bytes = subject.disk.bytes(path)
            results
                .flatMap { it.got() }
                .forEachIndexed { index, write ->
                    val outcome = runCatching { write.got() }
                    val there = bytes.copyOfRange(index * 500, index * 500 + 500)
                    outcome.onSuccess { there shouldEqual pattern(500) }
                    outcome.onFailure { (it is ClosedChannelException) shouldBe true }
                    outcome.onFailure { there shouldEqual ByteArray(500) }
                }
        }
    }

    test("many threads close one file") {
        val file = open(subject.put(pattern(10)), "rb+")
        file.writeBytesAsync(pattern(3), 0)
        val closes = (0 until 16).map { CompletableFuture.runAsync { file.close() } }
        closes.forEach { it.got() }
        file.isOpen shouldBe false
    }

    test("close makes durable what was written, and leaves alone what was only read") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb+") { it.writeBytesAsync(pattern(3), 0).got() }
        subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
        subject.withFile(path, "rb") { it.readAllBytesAsync().got() }
        val quick =
            subject.context.openFileAsync(path, OpenMode.READ_WRITE.withoutSyncOnClose()).got()
        quick.writeBytesAsync(pattern(3), 0).got()
        quick.close()
        subject.disk.unsyncedWrites(path)?.shouldBeGreaterThan(0)
    }

    test("with data-sync writes nothing is left to make durable") {
        val path = subject.put(pattern(10))
        val mode = OpenMode.READ_WRITE.withDataSyncWrites().withoutSyncOnClose()
        val file = subject.context.openFileAsync(path, mode).got()
        file.writeBytesAsync(pattern(300_000), 0).got()
        subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
        file.close()
        subject.disk.bytes(path) shouldEqual pattern(300_000)
    }

    test("a duplicate outlives the handle it was made of, and the other way round") {
        val path = subject.put(pattern(1000))
        val first = open(path, "rb+")
        val second = first.duplicate()
        val third = second.duplicate()
        subject.context.metrics().openFiles() shouldBe 3
        first.close()
        first.isOpen shouldBe false
        second.isOpen shouldBe true
        second.readBytesAsync(10, 20).got() shouldEqual pattern(1000).copyOfRange(10, 30)
        third.writeBytesAsync(ByteArray(5), 0).got()
        second.close()
        first.readBytesAsync(0, 1).fails<ClosedChannelException>()
        second.readBytesAsync(0, 1).fails<ClosedChannelException>()
        third.readBytesAsync(0, 10).got() shouldEqual
            pattern(1000).copyOf(10).also { it.fill(0, 0, 5) }
        third.close()
        subject.context.metrics().openFiles() shouldBe 0
        subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
        refuses<ClosedChannelException> { third.duplicate() }
    }

    test("an interrupted thread's close finishes, and restores the flag") {
        val path = subject.disk.fresh()
        val file = open(path, "wb")
        val writes = (0 until 50).map { file.writeBytesAsync(pattern(50_000), it * 50_000L) }
        Thread.currentThread().interrupt()
        try {
            file.close()
        } finally {
            Thread.interrupted() shouldBe true
        }
        file.isOpen shouldBe false
        writes.forEach { it.got() shouldBe 50_000 }
    }

    test("close on the completion thread starts the close and does not wait") {
        val options = AioOptions.defaults().withCompletionExecutor(Runnable::run)
        subject.withContext(options) { context ->
            repeat(50) {
                val file = context.openFileAsync(subject.put(pattern(10)), "rb+").got()
                val writes = (0 until 5).map { file.writeBytesAsync(pattern(20_000), it * 20_000L) }
                CompletableFuture.allOf(*writes.toTypedArray()).thenRun { file.close() }.got()
                file.isOpen shouldBe false
                file.closeAsync().got()
            }
        }
    }
}

private fun callsOf(file: AsyncFile): Map<String, () -> CompletableFuture<*>> =
    mapOf(
        "readAsync" to { file.readAsync(ByteBuffer.allocate(1), 0) },
        "readAsync into no room" to { file.readAsync(ByteBuffer.allocate(0), 0) },
        "readFullyAsync" to { file.readFullyAsync(ByteBuffer.allocateDirect(1), 0) },
        "readBytesAsync" to { file.readBytesAsync(0, 1) },
        "readAllBytesAsync" to { file.readAllBytesAsync() },
        "readStringAsync" to { file.readStringAsync() },
        "writeAsync" to { file.writeAsync(ByteBuffer.allocate(1), 0) },
        "writeBytesAsync" to { file.writeBytesAsync(ByteArray(1), 0) },
        "writeStringAsync" to { file.writeStringAsync("x", 0) },
        "syncAsync" to { file.syncAsync() },
        "dataSyncAsync" to { file.dataSyncAsync() },
        "truncateAsync" to { file.truncateAsync(0) },
        "allocateAsync" to { file.allocateAsync(0, 1) },
        "sizeAsync" to { file.sizeAsync() },
    )
