package io.aiofile.contract

import io.aiofile.AioOptions
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.RejectedExecutionException

/** Limits hold, and what waits for its turn gets it. */
internal fun limitsContract(subject: Subject) = funSpec {
    // Without the inline lane, so that requests meet the limits.
    val options = AioOptions.defaults().withInlineReadBytes(0).withInlineWriteBytes(0)
    val data = pattern(1_000_000)

    for (maxRequests in listOf(1, 2, 16)) {
        test("a thousand requests, of which $maxRequests at once, are all served") {
            subject.withContext(options.withMaxRequests(maxRequests)) { context ->
                subject.withFile(subject.put(data), "rb", context) { file ->
                    val reads = List(1000) { file.readBytesAsync(it * 900L, 1000) }
                    repeat(20) {
                        context.metrics().inFlight().shouldBeLessThanOrEqual(maxRequests)
                    }
                    reads.forEachIndexed { index, read ->
                        read.got() shouldEqual data.copyOfRange(index * 900, index * 900 + 1000)
                    }
                }
                context.metrics().queued() shouldBe 0
            }
        }
    }

    test("beyond maxQueued a request is refused, and what was accepted is served") {
        subject.withContext(options.withMaxRequests(1).withMaxQueued(3)) { context ->
            subject.withFile(subject.put(data), "rb+", context) { file ->
                val reads = List(500) { file.readBytesAsync(it * 1000L, 1000) }
                reads.forEachIndexed { index, read ->
                    runCatching { read.got() }
                        .onSuccess {
                            it shouldEqual data.copyOfRange(index * 1000, index * 1000 + 1000)
                        }
                        .onFailure { (it is RejectedExecutionException) shouldBe true }
                }
                val write = List(200) { file.writeAsync(ByteBuffer.allocate(1000), it * 1000L) }
                write.forEach { it.ended() }
                // A refused request gives everything back.
                file.readBytesAsync(0, 10).got().size shouldBe 10
                file.syncAsync().got()
            }
        }
    }

    test("opens count as queued: beyond maxQueued they are refused, and those accepted are done") {
        subject.withContext(options.withMaxRequests(2).withMaxQueued(3)) { context ->
            val paths = List(5) { subject.disk.fresh("pipe-$it") }
            subject.disk.lonelyFifos(paths)
            // Each waits for a reader.
            val opens = paths.map { context.openBinaryAsync(it, "wb") }
            context.metrics().queued() shouldBe 3
            val path = subject.put(data)
            repeat(3) {
                context
                    .openFileAsync(path, "rb")
                    .fails<RejectedExecutionException>("3 operations", "maxQueued")
            }
            opens.none { it.isDone } shouldBe true
            opens.last().cancel(false)
            // It has its place until the lane lets go of it, which may be in the middle of open(2).
            eventually("the place is free") { context.metrics().queued() == 2 }
            subject.withFile(path, "rb", context) {
                it.readBytesAsync(0, 10).got().size shouldBe 10
            }
            opens.dropLast(1).zip(paths).forEach { (open, path) ->
                subject.disk.openFifo(path).use { open.got().close() }
            }
            context.metrics().queued() shouldBe 0
        }
    }

    test("two thousand opens at once are each done, or refused at the limit") {
        subject.withContext(options.withMaxRequests(4).withMaxQueued(100)) { context ->
            val path = subject.put(pattern(10))
            val opens = List(scaled(2_000)) { context.openFileAsync(path, "rb") }
            var opened = 0
            opens.forEach { open ->
                runCatching { open.got() }
                    .onSuccess {
                        opened++
                        it.close()
                    }
                    .onFailure { (it is RejectedExecutionException) shouldBe true }
            }
            opened.shouldBeGreaterThanOrEqual(104)
            subject.withFile(path, "rb", context) { it.sizeAsync().got() shouldBe 10 }
            context.metrics().run { submitted() - completed() } shouldBe context.metrics().failed()
        }
    }

    test("transfers of a silent FIFO count as queued") {
        subject.withContext(options.withMaxRequests(1).withMaxQueued(2)) { context ->
            val path = subject.disk.fresh("pipe")
            subject.disk.fifo(path).use { fifo ->
                // Each cursor makes one at a time.
                val files = List(4) { context.openBinaryAsync(path, "rb").got() }
                val reads = files.map { it.readAsync(1) }
                reads[3].fails<RejectedExecutionException>("maxQueued")
                reads.take(3).none { it.isDone } shouldBe true
                repeat(3) { fifo.put(pattern(1)) }
                reads.take(3).forEach { it.got() shouldEqual pattern(1) }
                files.forEach { it.close() }
            }
        }
    }

    test("calls that wait at a cursor count as queued, and those accepted come in their order") {
        subject.withContext(options.withMaxRequests(1).withMaxQueued(2)) { context ->
            val path = subject.disk.fresh("pipe")
            subject.disk.fifo(path).use { fifo ->
                context.openBinaryAsync(path, "rb").got().use { file ->
                    val reads = List(3) { file.readAsync(1) }
                    context.metrics().queued() shouldBe 2
                    repeat(3) {
                        file
                            .readAsync(1)
                            .fails<RejectedExecutionException>("2 operations", "maxQueued")
                    }
                    reads.none { it.isDone } shouldBe true
                    fifo.put(pattern(4))
                    reads.forEachIndexed { i, read -> read.got()[0] shouldBe pattern(4)[i] }
                    file.readAsync(1).got()[0] shouldBe pattern(4)[3]
                }
            }
            context.metrics().queued() shouldBe 0
        }
    }

    test("a maxQueued of 0 lets through what finds a place at once") {
        subject.withContext(options.withMaxRequests(1).withMaxQueued(0)) { context ->
            subject.withFile(subject.put(data), "rb+", context) { file ->
                repeat(50) { file.readBytesAsync(it * 1000L, 1000).got().size shouldBe 1000 }
                file.writeBytesAsync(ByteArray(10), 0).got() shouldBe 10
            }
        }
    }

    test("requests wait for pooled memory, whatever their size, and all get it") {
        val limit = 64L * 1024
        subject.withContext(options.withPooledBytes(limit)) { context ->
            subject.withFile(subject.put(data), "rb+", context) { file ->
                val reads = List(100) { file.readBytesAsync(it * 1000L, 10_000 + it * 5000) }
                val writes =
                    List(50) { file.writeAsync(ByteBuffer.wrap(data, it * 100, 30_000), it * 100L) }
                repeat(50) { context.metrics().pooledBytes().shouldBeLessThanOrEqual(limit) }
                reads.forEachIndexed { index, read ->
                    val length = 10_000 + index * 5000
                    read.got() shouldEqual data.copyOfRange(index * 1000, index * 1000 + length)
                }
                writes.forEach { it.got() shouldBe 30_000 }
                file.readAllBytesAsync().got().size shouldBe data.size
            }
            context.metrics().pooledBytes() shouldBe 0
        }
    }

    test("one worker thread is enough for everything") {
        subject.withContext(options.withWorkerThreads(1)) { context ->
            val path = subject.put(data)
            subject.withFile(path, "rb+", context) { file ->
                val all =
                    (0 until 100).flatMap {
                        listOf(
                            file.readBytesAsync(it * 1000L, 1000),
                            file.writeBytesAsync(
                                data.copyOfRange(it * 1000, it * 1000 + 1000),
                                it * 1000L,
                            ),
                            file.sizeAsync(),
                        )
                    }
                val opens = List(20) { context.openFileAsync(path, "rb") }
                file.syncAsync().got()
                all.forEach { it.got() }
                opens.forEach { it.got().close() }
            }
            subject.disk.bytes(path) shouldEqual data
        }
    }

    test("a slice of a few KiB and inline reads of any size give the same bytes") {
        val own = AioOptions.defaults().withSliceBytes(4096)
        for (inlineBytes in listOf(0, 1, 4096, 10_000_000)) {
            subject.withContext(own.withInlineReadBytes(inlineBytes)) { context ->
                subject.withFile(subject.put(data), "rb", context) { file ->
                    file.readAllBytesAsync().got() shouldEqual data
                    file.readBytesAsync(5, 777_777).got() shouldEqual data.copyOfRange(5, 777_782)
                    val target = ByteBuffer.allocate(500_000)
                    file.readFullyAsync(target, 1).got() shouldBe 500_000
                    target.array() shouldEqual data.copyOfRange(1, 500_001)
                }
            }
        }
    }
}
