package io.aiofile.fake

import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.SplittableRandom

/** The device is as unkind as it says, and keeps what it must. */
class VolatileCacheTest :
    FunSpec({
        val old = ByteArray(4096) { 1 }
        val new = ByteArray(4096) { 2 }
        val cached = VolatileCache.Mode.CACHED

        fun VolatileCache.write(bytes: ByteArray, position: Long, mode: VolatileCache.Mode) =
            written(position, ByteBuffer.wrap(bytes), 0, bytes.size, mode)

        fun outcomes(cache: VolatileCache): Set<List<Byte>> =
            (0L until 500).map { cache.afterCrash(SplittableRandom(it)).asList() }.toSet()

        test("what no sync covered is kept, dropped, torn and reordered") {
            val cache = VolatileCache()
            cache.write(old + old, 0, cached)
            cache.sync(cache.mark())
            cache.write(new, 0, cached)
            cache.write(new, 4096, cached)
            val outcomes = outcomes(cache)
            outcomes shouldContainAll
                listOf(old + old, new + new, new + old, old + new).map { it.asList() }
            outcomes.any { 1 in it.take(4096) && 2 in it.take(4096) } shouldBe true
        }

        test("a size that no sync covered may stay, with or without the bytes") {
            val cache = VolatileCache()
            cache.write(old, 0, cached)
            val outcomes = outcomes(cache)
            outcomes shouldContainAll listOf(listOf(), old.asList(), ByteArray(4096).asList())
        }

        test("a sync covers what was written before it began, and nothing else") {
            val cache = VolatileCache()
            cache.write(old, 0, cached)
            val began = cache.mark()
            cache.write(new, 4096, cached)
            cache.sync(began)
            val outcomes = outcomes(cache)
            outcomes.all { it.take(4096) == old.asList() } shouldBe true
            outcomes shouldContain old.asList()
            outcomes shouldContain (old + new).asList()
            cache.sync(cache.mark())
            cache.sync(began)
            outcomes(cache) shouldBe setOf((old + new).asList())
        }

        test("a write through the cache is durable alone, and stays above older ones") {
            val cache = VolatileCache()
            cache.write(old, 0, cached)
            cache.write(old, 4096, cached)
            cache.write(new, 4096, VolatileCache.Mode.THROUGH)
            val outcomes = outcomes(cache)
            outcomes.all { it.drop(4096) == new.asList() } shouldBe true
            outcomes.any { it.take(4096) == List(4096) { 0.toByte() } } shouldBe true
        }

        test("a file that was cut has its old bytes, or none, until a sync") {
            val cache = VolatileCache()
            cache.write(old, 0, cached)
            cache.sync(cache.mark())
            cache.resized(0)
            outcomes(cache) shouldContainAll listOf(listOf(), old.asList())
            cache.sync(cache.mark())
            cache.resized(4096)
            outcomes(cache).flatten().toSet() shouldBe setOf(0.toByte())
        }

        test("without power nothing changes any more") {
            val power = Power(3)
            val disk = FakeDisk(power)
            val path = disk.fresh("file")
            disk.put(path, pattern(100))
            List(4) { power.use() } shouldBe listOf(true, true, false, false)
            power.isOff shouldBe true
            disk.afterCrash(path, SplittableRandom(1)) shouldEqual pattern(100)
        }
    })
