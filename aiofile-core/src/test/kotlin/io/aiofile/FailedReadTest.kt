package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.ended
import io.aiofile.contract.remainingBytes
import io.aiofile.contract.scaled
import io.aiofile.contract.seed
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeDisk
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.SplittableRandom

/** Reads that fail in the middle. */
class FailedReadTest :
    FunSpec({
        test("a read that fails leaves alone what its position says that it did not reach") {
            val seed = seed("failed reads")
            val random = SplittableRandom(seed)
            val disk = FakeDisk()
            val path = disk.fresh("file")
            val data = ByteArray(100_000) { 0x11 }
            disk.put(path, data)
            val faults =
                FaultPlan(seed).shortTransfers(700).failures(Opcode.READ, Failures.EIO, 150)
            FakeProvider.open(AioOptions.defaults(), FakeSetup(disk, faults, seed)).use { context ->
                LeakCheck.watch(context)
                context.openFileAsync(path, OpenMode.READ).await().use { file ->
                    var partial = 0
                    repeat(scaled(300)) {
                        val length = 1 + random.nextInt(data.size)
                        val before = ByteArray(length) { 0x55 }
                        val target =
                            if (random.nextBoolean()) ByteBuffer.wrap(before.copyOf())
                            else ByteBuffer.allocateDirect(length).put(before).clear()
                        val read = file.readFullyAsync(target, 0)
                        read.ended()
                        val moved = target.position()
                        if (!read.isCompletedExceptionally) moved shouldBe length
                        else if (moved > 0) partial++
                        val expected = before.also { data.copyInto(it, 0, 0, moved) }
                        target.clear().remainingBytes() shouldEqual expected
                    }
                    partial shouldBeGreaterThan 0
                }
            }
        }
    })
