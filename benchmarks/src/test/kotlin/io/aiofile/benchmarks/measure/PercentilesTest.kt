package io.aiofile.benchmarks.measure

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe

class PercentilesTest :
    StringSpec({
        "percentiles are values that were measured, by nearest rank" {
            val hundred = Percentiles.of(LongArray(100) { 100L - it })
            hundred.at(0.50) shouldBe 50
            hundred.at(0.95) shouldBe 95
            hundred.at(0.99) shouldBe 99
            hundred.at(0.999) shouldBe 100
            hundred.max shouldBe 100
        }

        "of few values a high percentile is the largest" {
            val three = Percentiles.of(longArrayOf(30, 10, 20))
            three.at(0.50) shouldBe 20
            three.at(0.99) shouldBe 30
            Percentiles.of(longArrayOf(7)).at(0.001) shouldBe 7
        }

        "no values have no percentiles, and no part above 1 exists" {
            shouldThrow<IllegalArgumentException> { Percentiles.of(LongArray(0)) }
            shouldThrow<IllegalArgumentException> { Percentiles.of(longArrayOf(1)).at(1.5) }
        }

        "the median of an even count is the mean of the middle ones" {
            median(listOf(9.0, 1.0, 5.0)) shouldBe 5.0
            median(listOf(4.0, 1.0, 2.0, 100.0)) shouldBe 3.0
        }

        "the geometric mean" {
            geometricMean(listOf(2.0, 8.0)) shouldBe (4.0 plusOrMinus 1e-9)
        }

        "stalls in company are those soon after another" {
            val starts = longArrayOf(0, 100, 200, 2_000, 2_050)
            val held = longArrayOf(10, 1, 10, 10, 9)
            val none = LongArray(5)
            // 200 follows 0 within the window; 2,000 is alone; 9 is not above the limit.
            val stalls = Stalls(starts, held, none, limitNanos = 9)
            stalls.all shouldBe 3
            stalls.inCompany(windowNanos = 1_000) shouldBe 1
            stalls.inCompany(windowNanos = 2_000) shouldBe 2
        }

        "what a thread waited for a processor is nobody's stall, but one of all" {
            val starts = longArrayOf(0, 100, 200)
            val held = longArrayOf(10, 20, 30)
            val stalls = Stalls(starts, held, longArrayOf(0, 11, 29), limitNanos = 9)
            stalls.all shouldBe 3
            stalls.inCompany(windowNanos = 1_000) shouldBe 0
        }
    })
