package io.aiofile.contract

import io.aiofile.AioOptions
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.SplittableRandom
import java.util.concurrent.CancellationException
import java.util.concurrent.TimeUnit.MICROSECONDS
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.TimeoutException

/**
 * Cancel and timeout against a backend that runs freely: whatever comes first, the memory is the
 * caller's when the future is done, and the book-keeping is right. What happens to an operation
 * that is surely in the kernel is in [StalledOperationsTest], where the kernel can be held.
 */
internal fun cancelContract(subject: Subject) = funSpec {
    val options = AioOptions.defaults().withMaxRequests(4).withInlineReadBytes(0)

    test("cancel after the end changes nothing") {
        subject.withFile(subject.put(pattern(10)), "rb") { file ->
            val read = file.readBytesAsync(0, 10)
            read.got()
            read.cancel(true) shouldBe false
            read.isCancelled shouldBe false
            read.complete(ByteArray(0)) shouldBe false
            read.completeExceptionally(CancellationException()) shouldBe false
            read.got() shouldEqual pattern(10)
        }
    }

    test("when the future of a read is done, nobody writes into its target any more") {
        subject.withContext(options) { context ->
            subject.withFile(subject.put(pattern(2_000_000)), "rb", context) { file ->
                val random = SplittableRandom(seed("cancelled reads"))
                val reads =
                    List(400) {
                        val target = BufferKind.entries[it % BufferKind.entries.size].empty(20_000)
                        val read =
                            file.readFullyAsync(
                                target.duplicate(),
                                random.nextInt(1_900_000).toLong(),
                            )
                        target to read
                    }
                val mine = ByteArray(20_000) { 0x77 }
                val taken = reads.map { (target, read) ->
                    if (random.nextInt(4) > 0) read.cancel(false)
                    read.ended()
                    target.duplicate().put(mine)
                    target
                }
                // Every other request is over when the last one in line is.
                file.readBytesAsync(0, 10).got()
                taken.forEach { it.remainingBytes() shouldEqual mine }
            }
        }
    }

    test("a cancelled write has written what the source's position says") {
        subject.withContext(options.withMaxRequests(2).withInlineWriteBytes(0)) { context ->
            val path = subject.disk.fresh()
            val block = 300_000
            val sources =
                List(60) { BufferKind.entries[it % BufferKind.entries.size].of(pattern(block, it)) }
            val starts = sources.map { it.position() }
            subject.withFile(path, "wb", context) { file ->
                file.truncateAsync(60L * block).got()
                val writes = sources.mapIndexed { index, source ->
                    file.writeAsync(source, index.toLong() * block)
                }
                writes.forEachIndexed { index, write -> if (index % 3 > 0) write.cancel(false) }
                writes.forEach { it.ended() }
                writes.filter { !it.isCancelled }.forEach { it.got() shouldBe block }
            }
            val bytes = subject.disk.bytes(path)
            sources.forEachIndexed { index, source ->
                val moved = source.position() - starts[index]
                bytes.copyOfRange(index * block, (index + 1) * block) shouldEqual
                    pattern(block, index).copyOf(moved).copyOf(block)
            }
        }
    }

    test("cancel of a read into the library's memory ends it, whenever it comes") {
        subject.withContext(options) { context ->
            subject.withFile(subject.put(pattern(2_000_000)), "rb", context) { file ->
                repeat(300) {
                    val reads =
                        listOf(
                            file.readBytesAsync(it * 1000L, 100_000),
                            file.readAllBytesAsync(),
                            file.readStringAsync(Charsets.ISO_8859_1),
                        )
                    for (read in reads) {
                        // True: it is cancelled. False: it is done, or about to be, one way or the
                        // other.
                        if (read.cancel(false)) read.isCancelled shouldBe true
                        read.ended()
                        if (read.isCancelled) read.fails<CancellationException>() else read.got()
                    }
                }
            }
        }
    }

    test("a storm of cancels and timeouts loses no permit, no memory and no file") {
        val random = SplittableRandom(seed("storm"))
        subject.withContext(options) { context ->
            subject.withFile(subject.put(pattern(1_000_000)), "rb+", context) { file ->
                val futures =
                    List(1500) {
                        val position = random.nextInt(900_000).toLong()
                        val future =
                            when (random.nextInt(4)) {
                                0 -> file.readBytesAsync(position, 5000)
                                1 -> file.readAsync(ByteBuffer.allocateDirect(5000), position)
                                2 -> file.writeBytesAsync(ByteArray(5000), position)
                                else -> file.dataSyncAsync()
                            }
                        when (random.nextInt(3)) {
                            0 -> future.cancel(true)
                            1 -> future.orTimeout(random.nextLong(300), MICROSECONDS)
                        }
                        future
                    }
                futures.forEach { it.ended() }
                // Derived from the same limits: all of them would wait for ever for a lost permit.
                val after = List(50) { file.readBytesAsync(it * 1000L, 1000) }
                after.forEach { it.got().size shouldBe 1000 }
            }
            eventually("idle: ${context.metrics()}") {
                context.metrics().run { inFlight() == 0 && queued() == 0 && pooledBytes() == 0L }
            }
        }
    }

    test("timeouts and outcomes from outside do not disturb what is done before them") {
        subject.withFile(subject.put(pattern(10)), "rb") { file ->
            val timed = file.readBytesAsync(0, 10).orTimeout(60, SECONDS)
            timed.got() shouldEqual pattern(10)
            val other = file.readBytesAsync(0, 10).completeOnTimeout(ByteArray(0), 60, SECONDS)
            other.got() shouldEqual pattern(10)
        }
    }

    test("futures cannot be forced") {
        subject.withFile(subject.put(pattern(10)), "rb") { file ->
            val done = file.sizeAsync().also { it.got() }
            for (future in listOf(file.sizeAsync(), done, done.thenApply { it })) {
                refuses<UnsupportedOperationException> { future.obtrudeValue(3) }
                refuses<UnsupportedOperationException> {
                    future.obtrudeException(TimeoutException())
                }
                refuses<UnsupportedOperationException> { future.completeAsync { 3 } }
                refuses<UnsupportedOperationException> {
                    future.completeAsync({ 3 }, Runnable::run)
                }
                future.got() shouldBe 10
            }
        }
    }
}
