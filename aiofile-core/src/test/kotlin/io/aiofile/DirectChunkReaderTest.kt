package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.PATIENCE_SECONDS
import io.aiofile.contract.ended
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.remainingBytes
import io.aiofile.contract.scaled
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeDisk
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Inline
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.util.IdentityHashMap
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.random.Random

private const val CHUNK = 1000

/** Whose the lent buffers are, and when. What is read is the contract's to say. */
class DirectChunkReaderTest :
    FunSpec({
        val options = ChunkOptions.defaults().withChunkBytes(CHUNK)

        test("buffers are used again, aligned, and none of the pool's") {
            for (inline in Inline.entries) {
                for (readAhead in listOf(0, 1, 5)) {
                    val buffers = IdentityHashMap<ByteBuffer, Unit>()
                    val setup = FakeSetup(inline = inline)
                    reading(setup, pattern(200 * CHUNK + 7), options.withReadAhead(readAhead)) {
                        reader,
                        context ->
                        val all = reader.forEachAsync {
                            AlignedBuffers.isAligned(it, 4096) shouldBe true
                            context.metrics().pooledBytes() shouldBe 0
                            buffers[it] = Unit
                        }
                        all.got() shouldBe 200 * CHUNK + 7
                    }
                    buffers.size shouldBeLessThanOrEqual readAhead + 2
                }
            }
        }

        test(
            "no memory for a buffer fails that chunk alone, and its bytes come with a later call"
        ) {
            val data = pattern(50 * CHUNK + 7)
            for (readAhead in listOf(0, 1, 5)) {
                val setup = FakeSetup()
                opened(setup, data) { file, _ ->
                    val chunks = Scarce(file, options.withReadAhead(readAhead))
                    val seen = ByteArrayOutputStream()
                    var failures = 0
                    while (true) {
                        val all = chunks.forEach { seen.write(it) }
                        all.ended()
                        chunks.position() shouldBe seen.size()
                        if (!all.isCompletedExceptionally) break
                        all.fails<OutOfMemoryError>("for the test")
                        failures++
                    }
                    failures.toLong() shouldBeGreaterThan 3
                    seen.toByteArray() shouldEqual data
                }
            }
        }

        test("a second call meanwhile fails, and does not touch what is lent") {
            val data = pattern(20 * CHUNK)
            reading(FakeSetup(), data, options.withReadAhead(2)) { reader, _ ->
                val lent = CountDownLatch(1)
                val back = CountDownLatch(1)
                // Elsewhere: a chunk that is there at once is lent on the caller's thread.
                val first = CompletableFuture.supplyAsync {
                    reader.forEachAsync {
                        lent.countDown()
                        back.awaitSoon()
                    }
                }
                lent.awaitSoon()
                reader.forEachAsync {}.fails<IllegalStateException>("forEachAsync")
                reader.readChunkAsync().fails<IllegalStateException>("forEachAsync")
                back.countDown()
                first.join().got() shouldBe data.size
                reader.forEachAsync {}.got() shouldBe 0
            }
        }

        test("cancelled calls and failures: every byte comes once, and stays while it is lent") {
            val random = seeded("lent chunks")
            var cancelled = 0L
            repeat(scaled(150)) { cancelled += play(random) }
            cancelled shouldBeGreaterThan 0
        }
    })

/** Calls that are given up now and then, over a disk that fails now and then; how many were. */
private fun play(random: Random): Int {
    val data = pattern(random.nextInt(40 * CHUNK), random.nextInt())
    val faults =
        FaultPlan(random.nextLong())
            .shortTransfers(50)
            .requeues(50)
            .delays(200, 300_000)
            .failures(Opcode.READ, Failures.EIO, 30)
    val setup = FakeSetup(FakeDisk(), faults, random.nextLong(), Inline.entries.random(random))
    val options =
        ChunkOptions.defaults()
            .withChunkBytes(random.nextInt(1, 3 * CHUNK) + 50)
            .withReadAhead(random.nextInt(6))
    var cancelled = 0
    reading(setup, data, options) { reader, _ ->
        var position = 0
        while (true) {
            val spins = random.nextInt(500)
            val call = reader.forEachAsync { chunk ->
                val expected = data.copyOfRange(position, position + chunk.remaining())
                chunk.remainingBytes() shouldEqual expected
                // Until the consumer returns nobody writes into it, whatever was given up.
                repeat(spins) { Thread.onSpinWait() }
                chunk.remainingBytes() shouldEqual expected
                position += chunk.remaining()
            }
            if (random.nextInt(3) == 0) {
                repeat(random.nextInt(2000)) { Thread.onSpinWait() }
                call.cancel(false)
            }
            call.ended()
            reader.position() shouldBe position.toLong()
            if (!call.isCompletedExceptionally) break
            if (call.isCancelled) cancelled++
        }
        position shouldBe data.size
    }
    return cancelled
}

private fun CountDownLatch.awaitSoon() = check(await(PATIENCE_SECONDS, SECONDS)) { "never came" }

/** Finds memory for two chunks of three. */
private class Scarce(file: AsyncFile, options: ChunkOptions) :
    ChunkStream<ByteArray>(file, options) {
    private var fills = 0

    override fun fill(
        from: Long,
        length: Int,
        room: ByteArray?,
        batch: Batch,
    ): AioFuture<ByteArray> {
        if (++fills % 3 == 0) throw OutOfMemoryError("for the test")
        return Reads.bytes(file.handle(), from, length, room, batch)
    }

    override fun arrive(): AioFuture<ByteArray> = error("it is seekable")

    override fun bytes(arrived: ByteArray) = arrived

    override fun none() = ByteArray(0)

    override fun length(chunk: ByteArray) = chunk.size

    override fun isReused() = false
}

private fun reading(
    setup: FakeSetup,
    data: ByteArray,
    options: ChunkOptions,
    use: (DirectChunkReader, AioContext) -> Unit,
) =
    opened(setup, data) { file, context ->
        DirectChunkReader(file, options).use { use(it, context) }
    }

private fun opened(setup: FakeSetup, data: ByteArray, use: (AsyncFile, AioContext) -> Unit) {
    val path = setup.disk.fresh("data.bin")
    setup.disk.put(path, data)
    LeakCheck.watch(FakeProvider.open(AioOptions.defaults(), setup)).use { context ->
        context.openFileAsync(path, "rb").got().use { use(it, context) }
    }
}
