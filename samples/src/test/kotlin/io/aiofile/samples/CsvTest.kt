package io.aiofile.samples

import de.siegmar.fastcsv.reader.CsvReader
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CompletionException
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.random.Random
import kotlinx.coroutines.flow.toList

class CsvTest :
    StringSpec({
        val context by context()
        val directory = directory()

        fun parsed(text: String): List<Map<String, String>> {
            val csv = CsvMaps()
            // As the line reader gives them: with their separators.
            val lines = text.split(Regex("(?<=\n)")).filter { it.isNotEmpty() }
            return lines.flatMap(csv::addLine) + csv.end()
        }

        "fields with quotes, commas and lines in them, from a file" {
            val path =
                directory
                    .resolve("csv")
                    .withText(
                        "\uFEFFid,name,note\r\n" +
                            "1,\"O'Neil, \"\"Jo\"\"\",\"two\r\nlines\n\"\r\n" +
                            "2,5\" disk,\r\n\r\n" +
                            "3,\"\",last"
                    )
            val expected =
                listOf(
                    mapOf("id" to "1", "name" to "O'Neil, \"Jo\"", "note" to "two\r\nlines\n"),
                    mapOf("id" to "2", "name" to "5\" disk", "note" to ""),
                    mapOf("id" to "3", "name" to "", "note" to "last"),
                )
            val found = ConcurrentLinkedQueue<Map<String, String>>()
            Csv.forEachAsync(context, path, found::add).join() shouldBe 3
            found.toList() shouldBe expected
            csvRecords(context, path).toList() shouldBe expected
        }

        "any text is parsed line by line as it is in one piece" {
            val seed = Random.nextLong()
            println("CsvTest: seed $seed")
            val random = Random(seed)
            repeat(20_000) {
                val body = (0..random.nextInt(24)).map { "ab,,\"\"\"\n\n\r".random(random) }
                // A header of one name, so that a record of any other length is an error to both.
                val text = "h\n" + body.joinToString("")
                val whole = runCatching {
                    CsvReader.builder().ofCsvRecord(text).drop(1).map {
                        require(it.fieldCount == 1)
                        mapOf("h" to it.getField(0))
                    }
                }
                val open = runCatching { parsed(text) }.exceptionOrNull()?.message.orEmpty()
                if ("does not end" !in open) {
                    val piecewise = runCatching { parsed(text) }
                    if (whole.isSuccess) piecewise.getOrThrow() shouldBe whole.getOrThrow()
                    else piecewise.isFailure shouldBe true
                }
            }
        }

        "faults say which line it is" {
            val faults =
                mapOf(
                    "a,b\n1,2\n\n1,2,3\n" to "line 4: 3 fields, where the header has 2",
                    "a,b\n1\n" to "line 2: 1 fields, where the header has 2",
                    "a,a\n" to "line 1: the header has a name twice: [a, a]",
                    "a\n\"b\nc\nd\n" to "line 2: a quoted field does not end",
                    "a\n\"${"b\n".repeat(600_000)}" to "line 2: a quoted field does not end within",
                )
            for ((text, message) in faults) {
                shouldThrow<IllegalArgumentException> { parsed(text) }.message shouldContain message
            }
        }

        "a fault ends the reading" {
            val path = directory.resolve("faulty").withText("a,b\n1,2\n3\n4,5\n")
            val failure =
                shouldThrow<CompletionException> { Csv.forEachAsync(context, path) {}.join() }
            failure.cause?.message shouldBe "line 3: 1 fields, where the header has 2"
        }
    })
