package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AioOptions
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.util.SplittableRandom
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.MICROSECONDS
import java.util.concurrent.TimeUnit.SECONDS

/**
 * Many of everything at once, given up and closed at any moment, on a backend that runs freely.
 * What is certain to be at one point when that happens is in `StalledOperationsTest`,
 * `StalledDeviceTest` and `CloseAtEveryPointTest`, where the kernel can be held.
 */
internal fun stormContract(subject: Subject) = funSpec {
    // Without the inline lane, so that operations are still under way when they are given up.
    val options =
        AioOptions.defaults().withMaxRequests(8).withInlineReadBytes(0).withInlineWriteBytes(0)

    test("memory that is used again the moment its future is done is the caller's alone") {
        val seed = seed("reused buffers")
        subject.withContext(options) { context ->
            val path = subject.put(pattern(PATTERN_BYTES))
            val reason = whyNotDirect(subject)
            val modes =
                listOfNotNull(OpenMode.READ, OpenMode.READ.withDirect().takeIf { reason == null })
            for (mode in modes) {
                context.openFileAsync(path, mode).got().use { file ->
                    val threads =
                        (0 until 4L).map {
                            CompletableFuture.supplyAsync {
                                Reuse(file, SplittableRandom(seed + it)).run()
                            }
                        }
                    threads.flatMap { it.got() }.shouldBeEmpty()
                    // All the slots, or this would wait for the one that is missing.
                    List(50) { file.readBytesAsync(it * 512L, 512) }
                        .forEach { it.got().size shouldBe 512 }
                }
            }
            awaitIdle(context)
        }
    }

    test(
        "a source that is used again the moment its future is done was written as it was, or not"
    ) {
        val random = SplittableRandom(seed("reused sources"))
        val blocks = scaled(400)
        subject.withContext(options) { context ->
            val path = subject.disk.fresh()
            val moved = IntArray(blocks)
            subject.withFile(path, "wb", context) { file ->
                file.truncateAsync(blocks.toLong() * BLOCK_BYTES).got()
                val writes =
                    List(blocks) { block ->
                        val source = BufferKind.entries[block % 8].of(pattern(BLOCK_BYTES, block))
                        val start = source.position()
                        val mine = source.duplicate()
                        val write = file.writeAsync(source, block.toLong() * BLOCK_BYTES)
                        val over = CompletableFuture<Unit>()
                        write.whenComplete { _, _ ->
                            moved[block] = source.position() - start
                            mine.put(ByteArray(BLOCK_BYTES) { CANARY })
                            over.complete(Unit)
                        }
                        giveUp(write, -1, random)
                        over
                    }
                writes.forEach { it.got() }
            }
            val bytes = subject.disk.bytes(path)
            repeat(blocks) { block ->
                val there = bytes.copyOfRange(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
                withClue("block $block, of which ${moved[block]} bytes were told to be written") {
                    there shouldEqual
                        pattern(BLOCK_BYTES, block).copyOf(moved[block]).copyOf(BLOCK_BYTES)
                }
            }
        }
    }

    test("opens that are given up, and files that are closed at once, leave nothing") {
        val random = SplittableRandom(seed("opens and closes"))
        val path = subject.put(pattern(100))
        subject.withContext(options) { context ->
            repeat(scaled(20)) {
                val opens =
                    List(50) {
                        val open = context.openFileAsync(path, "rb")
                        when (random.nextInt(4)) {
                            0 -> open.cancel(false)
                            1 -> open.orTimeout(random.nextLong(200), MICROSECONDS)
                            2 -> open.completeExceptionally(Marker())
                        }
                        open
                    }
                opens.forEach { open ->
                    runCatching { open.got() }
                        .onSuccess { file ->
                            val read = file.readBytesAsync(0, 100)
                            file.closeAsync().got()
                            read.got() shouldEqual pattern(100)
                        }
                }
            }
            eventually("every file is closed") { context.metrics().openFiles() == 0 }
            awaitIdle(context)
        }
    }

    test("files and contexts close at any moment, from any thread: every future ends") {
        val seed = seed("closes")
        repeat(scaled(10)) { round -> CloseStorm(subject, options, seed + round).run() }
    }
}

/** Waits until a context works on nothing, and holds no memory for it. */
private fun awaitIdle(context: AioContext) =
    eventually("idle: ${context.metrics()}") {
        context.metrics().run { inFlight() == 0 && queued() == 0 && pooledBytes() == 0L }
    }

/** Gives a future up in one of the ways there are, now or soon, or not at all. */
private fun <T : Any> giveUp(future: AioFuture<T>, instead: T, random: SplittableRandom) {
    when (random.nextInt(8)) {
        0 -> future.cancel(true)
        1 -> future.orTimeout(random.nextLong(300), MICROSECONDS)
        2 -> future.completeOnTimeout(instead, random.nextLong(300), MICROSECONDS)
        3 -> future.complete(instead)
        4 -> future.completeExceptionally(Marker())
        // Ends the stage alone: the operation, and the memory it works on, go on.
        5 -> future.thenApply { it }.cancel(false)
        6 -> future.thenApply { it }.orTimeout(random.nextLong(300), MICROSECONDS)
    }
}

private class Marker : RuntimeException()

/**
 * Reads into buffers that are filled with something else by the callback of the read, looked at
 * some rounds later, and then read into again.
 */
private class Reuse(private val file: AsyncFile, private val random: SplittableRandom) {
    private val wrong = ConcurrentLinkedQueue<String>()
    private val buffers = ArrayDeque<Pair<ByteBuffer, CompletableFuture<Unit>>>()

    fun run(): List<String> {
        repeat(16) { number ->
            val buffer =
                if (number % 2 == 0) AlignedBuffers.allocate(BLOCK_BYTES, 4096)
                else BufferKind.entries[number / 2].empty(BLOCK_BYTES)
            buffer.duplicate().put(CANARIES)
            buffers += buffer to CompletableFuture.completedFuture(Unit)
        }
        repeat(scaled(300)) { round ->
            val (buffer, before) = buffers.removeFirst()
            before.got()
            checkCanary(buffer, round)
            buffers += buffer to read(buffer)
        }
        // Behind them all, so that whatever is late has come by now.
        file.readBytesAsync(0, 100).got()
        buffers.forEach { (buffer, over) ->
            over.got()
            checkCanary(buffer, -1)
        }
        return wrong.toList()
    }

    private fun read(buffer: ByteBuffer): CompletableFuture<Unit> {
        val position = random.nextInt((PATTERN_BYTES - BLOCK_BYTES) / 512) * 512
        val target = buffer.duplicate()
        val read =
            if (random.nextBoolean()) file.readFullyAsync(target, position.toLong())
            else file.readAsync(target, position.toLong())
        val over = CompletableFuture<Unit>()
        read.whenComplete { count, failure ->
            val told = target.position() - buffer.position()
            val content = ByteArray(told).also { buffer.duplicate().get(it) }
            // 0 is also what some of those who give up ask for.
            if (failure == null && count != 0 && count != told) {
                wrong += "$count, but moved by $told"
            }
            if (!content.contentEquals(PATTERN.copyOfRange(position, position + told))) {
                wrong += "other bytes at $position, $told of them"
            }
            buffer.duplicate().put(CANARIES)
            over.complete(Unit)
        }
        giveUp(read, 0, random)
        return over
    }

    private fun checkCanary(buffer: ByteBuffer, round: Int) {
        if (!buffer.remainingBytes().contentEquals(CANARIES)) {
            wrong += "round $round: written to after it was given back"
        }
    }
}

/** Some threads work on some files, while others close those, or the context. */
private class CloseStorm(
    private val subject: Subject,
    private val options: AioOptions,
    private val seed: Long,
) {
    private val context = subject.open(options)
    private val data = pattern(100_000)
    private val files =
        List(3) { context.openFileAsync(subject.put(data, "file-$it"), "rb+").got() }
    private val futures = ConcurrentLinkedQueue<CompletableFuture<*>>()
    private val start = CountDownLatch(1)

    fun run() {
        val random = SplittableRandom(seed)
        val workers =
            List(3) { number ->
                CompletableFuture.runAsync { work(SplittableRandom(seed * 31 + number)) }
            }
        start.countDown()
        repeat(random.nextInt(20_000)) { Thread.onSpinWait() }
        val file = files[random.nextInt(files.size)]
        when (random.nextInt(5)) {
            0 -> file.close()
            1 -> file.sizeAsync().onRelease { _, _ -> file.close() }
            2 -> file.readBytesAsync(0, 100).whenComplete { _, _ -> file.close() }
            3 -> file.dataSyncAsync().whenComplete { _, _ -> context.closeAsync() }
            else ->
                context.openFileAsync(subject.put(data), "rb").onRelease { _, _ ->
                    context.closeAsync()
                }
        }
        context.closeAsync().got()
        workers.forEach { it.got() }
        futures.forEach { future ->
            val failure = runCatching { future.got() }.exceptionOrNull()
            // AsynchronousCloseException is one too.
            val isExpected =
                failure == null ||
                    failure is ClosedChannelException ||
                    failure is CancellationException
            withClue("$failure") { isExpected shouldBe true }
        }
        files.none { it.isOpen } shouldBe true
        context.metrics().openFiles() shouldBe 0
    }

    private fun work(random: SplittableRandom) {
        start.await(PATIENCE_SECONDS, SECONDS)
        repeat(40) {
            val file = files[random.nextInt(files.size)]
            val position = random.nextInt(90_000).toLong()
            val future =
                when (random.nextInt(6)) {
                    0 -> file.readBytesAsync(position, 5000)
                    1 -> file.readAsync(ByteBuffer.allocateDirect(5000), position)
                    2 -> file.writeBytesAsync(ByteArray(5000), position)
                    3 -> file.dataSyncAsync()
                    4 -> context.openFileAsync(file.path(), "rb")
                    else -> file.sizeAsync()
                }
            if (random.nextInt(4) == 0) future.cancel(false)
            futures += future
        }
    }
}

private const val PATTERN_BYTES = 1 shl 20
private const val BLOCK_BYTES = 32 * 1024
private const val CANARY: Byte = 0x77
private val PATTERN = pattern(PATTERN_BYTES)
private val CANARIES = ByteArray(BLOCK_BYTES) { CANARY }
