package io.aiofile.benchmarks.soak

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.string.shouldContain

private fun line(number: Int, held: (Figure) -> Long) =
    Figures(number * 60L, 1000, 0, 0, Figure.entries.associateWith(held))

class GrowthTest :
    StringSpec({
        for (grown in Figure.entries) {
            "growth of ${grown.title} alone is found, and told by name" {
                val lines =
                    List(10) { number ->
                        line(number) { if (it == grown) 100 + number * (it.tolerance / 4) else 100 }
                    }
                val told = Growth.of(lines)
                told shouldHaveSize 1
                told.single() shouldContain grown.title
            }
        }

        "what goes up and down is no growth, and neither is a single outlier" {
            val lines =
                List(10) { number ->
                    line(number) {
                        it.tolerance * if (number == 9) 100 else (number % 3).toLong() / 2
                    }
                }
            Growth.of(lines).shouldBeEmpty()
        }

        "what the first minutes fill is no growth" {
            val lines = List(10) { number -> line(number) { if (number < 2) 0 else 1L shl 40 } }
            Growth.of(lines).shouldBeEmpty()
        }

        "too few lines are refused" {
            shouldThrow<IllegalArgumentException> { Growth.of(List(4) { line(it) { 0 } }) }
        }
    })
