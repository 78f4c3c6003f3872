package io.aiofile.benchmarks.soak

import io.aiofile.benchmarks.Benchmarks
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.PrintWriter
import java.io.StringWriter
import java.time.Duration
import picocli.CommandLine

class SoakTest :
    StringSpec({
        "a miniature on every backend does work, and ends with nothing open and no error" {
            val place = tempdir().toPath()
            val out = StringWriter()
            val plan =
                SoakPlan(2, Duration.ofSeconds(2), listOf("libaio", "posix", "java"), seed = 1)
            val wrong = Soak(plan, place, PrintWriter(out)).run()
            withClue(out.toString()) {
                wrong.shouldBeEmpty()
                val lines = out.toString().lines().filter { "operations/s" in it }
                lines shouldHaveSize 2
                lines.forEach {
                    Regex("[1-9]\\d* operations/s.*errors 0").containsMatchIn(it) shouldBe true
                }
            }
            place.toFile().list()!!.sorted() shouldBe listOf("lines.txt", "pattern.bin")
        }

        "a soak in which something grows fails, and says what" {
            val plan = SoakPlan(5, Duration.ofMillis(100), listOf("java"), seed = 1)
            val out = PrintWriter(StringWriter())
            for (growing in Figure.entries) {
                var line = 0L
                val soak =
                    Soak(plan, tempdir().toPath(), out) {
                        line++
                        Figure.entries.associateWith {
                            if (it == growing) line * it.tolerance else 100
                        }
                    }
                soak.run().single() shouldContain "${growing.title}: from "
            }
        }

        "what a worker finds wrong is counted, and told" {
            val out = StringWriter()
            val failures = Failures(PrintWriter(out))
            repeat(20) { failures.note("writes on java", IllegalStateException("other bytes")) }
            failures.count shouldBe 20
            out.toString().lines().filter { "other bytes" in it } shouldHaveSize 5
            out.toString() shouldContain "writes on java"
        }

        "arguments that make no soak are refused" {
            val bad =
                listOf(
                    arrayOf("soak", "--minutes", "4"),
                    arrayOf("soak", "--backend", "no-such-backend"),
                )
            for (arguments in bad) {
                val err = StringWriter()
                val line = CommandLine(Benchmarks()).setErr(PrintWriter(err))
                line.setOut(PrintWriter(StringWriter())).execute(*arguments) shouldBe 2
            }
        }
    })
