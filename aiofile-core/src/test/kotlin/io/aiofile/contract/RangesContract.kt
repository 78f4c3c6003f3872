package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.aiofile.FileRange
import io.aiofile.OpenMode
import io.aiofile.RangeOptions
import io.aiofile.RangeWrite
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.channels.NonReadableChannelException
import java.nio.channels.NonWritableChannelException
import java.util.SplittableRandom
import java.util.concurrent.CancellationException
import java.util.concurrent.RejectedExecutionException

/** Many ranges in one call: each has what a call of its own would have had. */
internal fun rangesContract(subject: Subject) = funSpec {
    val data = pattern(300_000)
    val outside = AioOptions.defaults().withInlineReadBytes(0).withInlineWriteBytes(0)
    val alone = RangeOptions.defaults().withMergedBytesMax(1)

    fun part(range: FileRange): ByteArray {
        val start = minOf(range.position(), data.size.toLong()).toInt()
        return data.copyOfRange(start, minOf(start.toLong() + range.length(), 300_000L).toInt())
    }

    fun checkRead(file: AsyncFile, ranges: List<FileRange>, options: RangeOptions) {
        val reads = file.readRangesAsync(ranges, options)
        reads.size shouldBe ranges.size
        reads.forEachIndexed { i, read ->
            withClue(ranges[i]) { read.got() shouldEqual part(ranges[i]) }
        }
    }

    fun someRanges(random: SplittableRandom, count: Int): List<FileRange> =
        List(count) {
            val length = if (random.nextInt(10) == 0) 0 else random.nextInt(6000)
            // Past the end too, and often on what another one reads.
            FileRange(random.nextLong(305_000), length)
        }

    val manyOptions =
        listOf(
            RangeOptions.defaults(),
            alone,
            RangeOptions.defaults().withGapBytesMax(0).withInFlightMax(1),
            RangeOptions.defaults().withGapBytesMax(1 shl 20).withMergedBytesMax(50_000),
            RangeOptions.defaults().withMergedBytesMax(1 shl 20).withInFlightMax(3),
        )

    for (own in listOf(AioOptions.defaults(), outside)) {
        val where = if (own === outside) "with no inline lane" else "with the inline lane"
        test("ranges in any order, overlapping, empty and past the end, $where") {
            val random = SplittableRandom(seed("ranges"))
            subject.withContext(own) { context ->
                subject.withFile(subject.put(data), "rb", context) { file ->
                    for (options in manyOptions) {
                        repeat(scaled(3)) { checkRead(file, someRanges(random, 200), options) }
                    }
                    checkRead(file, List(100) { FileRange(1000, 3000) }, RangeOptions.defaults())
                }
            }
        }
    }

    if (whyNotDirect(subject) == null) {
        test("ranges of an O_DIRECT file, aligned or not") {
            val random = SplittableRandom(seed("direct ranges"))
            val mode = OpenMode.READ.withDirect()
            subject.context.openFileAsync(subject.put(data), mode).got().use { file ->
                for (options in manyOptions) checkRead(file, someRanges(random, 100), options)
                checkRead(file, List(70) { FileRange(it * 4096L, 4096) }, RangeOptions.defaults())
            }
        }
    }

    test("no ranges, and ranges of nothing") {
        subject.withFile(subject.put(data), "rb") { file ->
            file.readRangesAsync(listOf()) shouldBe listOf()
            val empty = List(3) { FileRange(it * 400_000L, 0) }
            file.readRangesAsync(empty).forEach { it.isDone shouldBe true }
            file.readRangesAsync(empty).forEach { it.got().size shouldBe 0 }
            val last = FileRange(Long.MAX_VALUE - 5, 5)
            file.readRangesAsync(listOf(last, FileRange(0, 5))).map { it.got().size } shouldBe
                listOf(0, 5)
            // What is asked for is not what is allocated.
            file.readRangesAsync(listOf(FileRange(1, Int.MAX_VALUE))).single().got() shouldEqual
                data.copyOfRange(1, data.size)
        }
    }

    test("near ranges are one operation, up to the gap and the length that the options say") {
        subject.withContext(outside) { context ->
            subject.withFile(subject.put(data), "rb", context) { file ->
                fun operations(options: RangeOptions): Long {
                    val before = context.metrics().submitted()
                    // 900 bytes between them.
                    checkRead(file, List(50) { FileRange(it * 1000L, 100) }.reversed(), options)
                    return context.metrics().submitted() - before
                }
                operations(RangeOptions.defaults()) shouldBe 1
                operations(RangeOptions.defaults().withGapBytesMax(900)) shouldBe 1
                operations(RangeOptions.defaults().withGapBytesMax(899)) shouldBe 50
                operations(RangeOptions.defaults().withMergedBytesMax(4100)) shouldBe 10
                operations(RangeOptions.defaults().withMergedBytesMax(4099)) shouldBe 13
            }
        }
    }

    test("a range that is given up disturbs no other, also where their read is shared") {
        val random = SplittableRandom(seed("ranges given up"))
        subject.withContext(outside.withMaxRequests(2)) { context ->
            subject.withFile(subject.put(data), "rb", context) { file ->
                repeat(scaled(20)) {
                    val ranges = someRanges(random, 60)
                    val options = manyOptions[random.nextInt(manyOptions.size)]
                    val reads = file.readRangesAsync(ranges, options)
                    val given = reads.filter { random.nextInt(3) == 0 }
                    given.forEach { if (it.cancel(false)) it.isCancelled shouldBe true }
                    reads.forEachIndexed { i, read ->
                        if (read in given) read.ended() else read.got() shouldEqual part(ranges[i])
                        if (read.isCancelled) read.fails<CancellationException>()
                    }
                }
                eventually("idle") { context.metrics().run { inFlight() == 0 && queued() == 0 } }
            }
        }
    }

    for (maxRequests in listOf(1, 3)) {
        test("more ranges than requests, memory and places: $maxRequests at once") {
            val small = outside.withMaxRequests(maxRequests).withPooledBytes(64 shl 10)
            subject.withContext(small) { context ->
                subject.withFile(subject.put(data), "rb", context) { file ->
                    val ranges = List(500) { FileRange(it * 590L, 5000) }
                    val reads = file.readRangesAsync(ranges, alone.withInFlightMax(8))
                    repeat(20) { context.metrics().queued().shouldBeLessThanOrEqual(8) }
                    reads.forEachIndexed { i, read -> read.got() shouldEqual part(ranges[i]) }
                }
            }
        }
    }

    test("a full queue refuses ranges, and what was accepted is served") {
        subject.withContext(outside.withMaxRequests(1).withMaxQueued(2)) { context ->
            subject.withFile(subject.put(data), "rb", context) { file ->
                val ranges = List(300) { FileRange(it * 900L, 800) }
                val reads = file.readRangesAsync(ranges, alone.withInFlightMax(30))
                reads.forEachIndexed { i, read ->
                    runCatching { read.got() }
                        .onSuccess { it shouldEqual part(ranges[i]) }
                        .onFailure { (it is RejectedExecutionException) shouldBe true }
                }
                file.readBytesAsync(0, 10).got().size shouldBe 10
            }
        }
    }

    test("a close waits for all ranges, and refuses later ones") {
        subject.withContext(outside.withMaxRequests(2)) { context ->
            repeat(scaled(5)) {
                val file = context.openFileAsync(subject.put(data), "rb").got()
                val ranges = List(300) { FileRange(it * 900L, 800) }
                val reads = file.readRangesAsync(ranges, alone.withInFlightMax(4))
                file.closeAsync().got()
                reads.forEachIndexed { i, read -> read.got() shouldEqual part(ranges[i]) }
                file.readRangesAsync(ranges.take(3)).forEach { it.fails<ClosedChannelException>() }
            }
        }
    }

    test("ranges that can't be are refused by the call") {
        refuses<IllegalArgumentException>("position", "-1") { FileRange(-1, 1) }
        refuses<IllegalArgumentException>("length", "-2") { FileRange(1, -2) }
        refuses<IllegalArgumentException>("2^63-1") { FileRange(Long.MAX_VALUE, 1) }
        refuses<IllegalArgumentException>("gapBytesMax") { alone.withGapBytesMax(-1) }
        refuses<IllegalArgumentException>("mergedBytesMax") { alone.withMergedBytesMax(0) }
        refuses<IllegalArgumentException>("inFlightMax") { alone.withInFlightMax(0) }
        subject.withFile(subject.disk.fresh(), "wb") { file ->
            refuses<NonReadableChannelException> { file.readRangesAsync(listOf(FileRange(0, 1))) }
        }
        val path = subject.disk.fresh("fifo")
        subject.disk.fifo(path).use {
            subject.context.openFileAsync(path, "rb+").got().use { file ->
                refuses<IllegalStateException>("BinaryFile") {
                    file.readRangesAsync(listOf(FileRange(0, 1)))
                }
                refuses<IllegalStateException>("BinaryFile") {
                    file.writeRangesAsync(listOf(RangeWrite(ByteBuffer.allocate(1), 0)))
                }
            }
        }
    }

    for (own in listOf(AioOptions.defaults(), outside.withMaxRequests(3))) {
        test("buffers are written where they say, of any kind, ${own.maxRequests()} at once") {
            val path = subject.put(pattern(10, 9))
            subject.withContext(own) { context ->
                subject.withFile(path, "rb+", context) { file ->
                    val random = SplittableRandom(seed("range writes"))
                    val blocks = List(300) { it * 1000 until (it + 1) * 1000 }
                    val writes = blocks.map {
                        val kind = BufferKind.entries[random.nextInt(BufferKind.entries.size)]
                        RangeWrite(
                            kind.of(data.copyOfRange(it.first, it.last + 1)),
                            it.first.toLong(),
                        )
                    }
                    val shuffled = writes.shuffled(java.util.Random(random.nextLong()))
                    val nothing = RangeWrite(ByteBuffer.allocate(0), 500)
                    file.writeRangesAsync(shuffled + nothing).got() shouldBe 300_000
                    writes.forEach { it.source().remaining() shouldBe 0 }
                    file.writeRangesAsync(listOf()).got() shouldBe 0
                }
            }
            subject.disk.bytes(path) shouldEqual data
        }
    }

    test("a sync covers all writes of a call before it, started or not") {
        subject.withContext(outside.withMaxRequests(2)) { context ->
            repeat(scaled(5)) {
                val path = subject.disk.fresh()
                subject.withFile(path, "wb", context) { file ->
                    val writes =
                        List(300) {
                            RangeWrite(ByteBuffer.wrap(data, it * 1000, 1000), it * 1000L)
                        }
                    val written = file.writeRangesAsync(writes)
                    file.dataSyncAsync().got()
                    subject.disk.size(path) shouldBe 300_000
                    subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
                    written.got() shouldBe 300_000
                }
            }
        }
    }

    test("a cancelled call has written what its buffers' positions say, and touches them no more") {
        subject.withContext(outside.withMaxRequests(2)) { context ->
            repeat(scaled(10)) { round ->
                val path = subject.put(ByteArray(300_000))
                val sources = List(300) { ByteBuffer.wrap(data, it * 1000, 1000).slice() }
                subject.withFile(path, "rb+", context) { file ->
                    val writes = sources.mapIndexed { i, it -> RangeWrite(it, i * 1000L) }
                    val written = file.writeRangesAsync(writes)
                    repeat(round * 100) { Thread.onSpinWait() }
                    written.cancel(false)
                    written.ended()
                    val moved = sources.map { it.position() }
                    file.syncAsync().got()
                    sources.map { it.position() } shouldBe moved
                    val bytes = subject.disk.bytes(path)
                    moved.forEachIndexed { i, count ->
                        bytes.copyOfRange(i * 1000, i * 1000 + 1000) shouldEqual
                            data.copyOfRange(i * 1000, i * 1000 + count).copyOf(1000)
                    }
                }
            }
        }
    }

    test("writes that overlap, share a buffer, or have no place are refused, and none is done") {
        fun write(position: Long, length: Int) = RangeWrite(ByteBuffer.allocate(length), position)
        val path = subject.put(pattern(100))
        subject.withFile(path, "rb+") { file ->
            refuses<IllegalArgumentException>("overlap", "10 bytes at 5", "at 14") {
                file.writeRangesAsync(listOf(write(14, 3), write(5, 10)))
            }
            val same = ByteBuffer.allocate(2)
            refuses<IllegalArgumentException>("one buffer") {
                file.writeRangesAsync(listOf(RangeWrite(same, 0), RangeWrite(same, 50)))
            }
            refuses<IllegalArgumentException>("2^63-1") {
                file.writeRangesAsync(listOf(write(0, 1), write(Long.MAX_VALUE, 1)))
            }
            refuses<IllegalArgumentException>("-1") { write(-1, 1) }
        }
        subject.withFile(path, "ab") { file ->
            refuses<IllegalStateException>("appendAsync") { file.writeRangesAsync(listOf()) }
        }
        subject.withFile(path, "rb") { file ->
            refuses<NonWritableChannelException> { file.writeRangesAsync(listOf()) }
        }
        subject.disk.bytes(path) shouldEqual pattern(100)
    }
}
