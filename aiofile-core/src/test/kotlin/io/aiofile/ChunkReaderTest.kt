package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.scaled
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeDisk
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Fault
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Inline
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.io.IOException
import java.nio.channels.ClosedChannelException
import java.util.IdentityHashMap
import kotlin.random.Random

private const val CHUNK = 1000

/** Read-ahead: how much, what becomes of it, and whose the arrays are. */
class ChunkReaderTest :
    FunSpec({
        val options = ChunkOptions.defaults().withChunkBytes(CHUNK)

        test("what is fetched ahead at first goes to the backend together") {
            val fake = Fake(pattern(100 * CHUNK))
            fake.reader(options.withReadAhead(7)) {
                it.readChunkAsync().got()!!.size shouldBe CHUNK
            }
            fake.setup.batches shouldContain 8
        }

        test("in memory are the chunk asked for and those ahead of it, and no more") {
            for (readAhead in listOf(0, 1, 3, 8)) {
                val fake = Fake(pattern(100 * CHUNK))
                fake.reader(options.withReadAhead(readAhead)) { reader ->
                    for (count in 1..20) {
                        reader.readChunkAsync().got()!!.size shouldBe CHUNK
                        eventually("idle") { fake.context.metrics().inFlight() == 0 }
                        fake.bytesRead() shouldBe (count + readAhead).toLong() * CHUNK
                    }
                }
            }
        }

        test("a chunk that could not be fetched ahead fails its own call, and is tried again") {
            val data = pattern(5 * CHUNK + 1)
            val fake = Fake(data)
            fake.setup.faults
                .next(Opcode.READ, Fault.None)
                .next(Opcode.READ, Fault.Fail(Failures.EIO))
            fake.reader(options.withReadAhead(3)) { reader ->
                // Two lanes: either of the first two reads may be the one that fails.
                var seen = ByteArray(0)
                var failures = 0
                while (seen.size < data.size) {
                    val chunk = reader.readChunkAsync()
                    chunk.ended()
                    if (chunk.isCompletedExceptionally) {
                        chunk.fails<IOException>()
                        failures++
                        reader.position() shouldBe seen.size
                    } else {
                        seen += chunk.got()!!
                    }
                }
                failures shouldBe 1
                seen shouldEqual data
            }
        }

        test("close ends a call that waits, and what is fetched ahead") {
            val fake = Fake(pattern(100 * CHUNK))
            val stalled = List(3) { fake.setup.faults.stallNext(Opcode.READ) }
            fake.reader(options.withReadAhead(2)) { reader ->
                val waiting = reader.readChunkAsync()
                val next = reader.readChunkAsync()
                stalled.forEach { it.awaitArrival() }
                reader.close()
                waiting.ended()
                waiting.isCompletedExceptionally shouldBe true
                next.fails<ClosedChannelException>()
                stalled.forEach { it.release() }
            }
        }

        test("arrays that are used again are few, and the last chunk has its own length") {
            for (inline in Inline.entries) {
                val data = pattern(200 * CHUNK + 7)
                val fake = Fake(data, inline)
                for (readAhead in listOf(0, 1, 5)) {
                    val arrays = IdentityHashMap<ByteArray, Unit>()
                    var seen = ByteArray(0)
                    fake.reader(options.withReadAhead(readAhead).withReusedArrays()) { reader ->
                        val visit: (ByteArray) -> Unit = {
                            arrays[it] = Unit
                            seen += it
                        }
                        reader.forEachAsync(visit).got() shouldBe data.size
                    }
                    seen shouldEqual data
                    // Those ahead, the consumer's, and the last.
                    arrays.size shouldBeLessThanOrEqual readAhead + 2
                }
            }
        }

        test("without that option an array is its receiver's for good") {
            val data = pattern(50 * CHUNK)
            Fake(data, Inline.BY_CHANCE).reader(options.withReadAhead(2)) { reader ->
                val chunks = ArrayList<ByteArray>()
                reader.forEachAsync(chunks::add).got()
                chunks.reduce(ByteArray::plus) shouldEqual data
            }
        }

        test("cancelled calls, failures, and arrays that are used again: every byte comes once") {
            val random = seeded("chunks")
            repeat(scaled(150)) { play(random) }
        }
    })

/** One reader over a disk that fails now and then, and a caller who gives up now and then. */
private fun play(random: Random) {
    val data = pattern(random.nextInt(40 * CHUNK), random.nextInt())
    val faults =
        FaultPlan(random.nextLong())
            .shortTransfers(50)
            .requeues(50)
            .delays(200, 300_000)
            .failures(Opcode.READ, Failures.EIO, 30)
    val fake = Fake(data, Inline.entries.random(random), faults, random.nextLong())
    var options =
        ChunkOptions.defaults()
            .withChunkBytes(random.nextInt(1, 3 * CHUNK) + 50)
            .withReadAhead(random.nextInt(6))
    if (random.nextBoolean()) options = options.withReusedArrays()
    fake.reader(options) { reader ->
        var position = 0
        while (position < data.size) {
            val call = reader.readChunkAsync()
            if (random.nextInt(4) == 0) call.cancel(false)
            call.ended()
            if (call.isCompletedExceptionally) {
                reader.position() shouldBe position
            } else {
                val chunk = call.got()!!
                val expected = data.copyOfRange(position, position + chunk.size)
                chunk shouldEqual expected
                // Until the next call nobody writes into it, whatever was given up.
                repeat(random.nextInt(500)) { Thread.onSpinWait() }
                chunk shouldEqual expected
                position += chunk.size
                reader.position() shouldBe position
            }
        }
    }
}

/** A file in memory, and a context for it. */
private class Fake(
    private val data: ByteArray,
    inline: Inline = Inline.NEVER,
    faults: FaultPlan = FaultPlan(),
    seed: Long = 0,
) {
    val setup = FakeSetup(FakeDisk(), faults, seed, inline)
    lateinit var context: AioContext
        private set

    fun bytesRead(): Long = context.metrics().bytesRead()

    fun <R> reader(options: ChunkOptions, use: (ChunkReader) -> R): R {
        val path = setup.disk.fresh("data.bin")
        setup.disk.put(path, data)
        context = LeakCheck.watch(FakeProvider.open(AioOptions.defaults(), setup))
        return context.use {
            context.openFileAsync(path, "rb").got().use { file ->
                ChunkReader(file, options).use(use)
            }
        }
    }
}
