package io.aiofile.samples

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.nio.file.NoSuchFileException
import java.util.concurrent.CompletionException

class WordCountTest :
    StringSpec({
        val context by context()
        val directory = directory()

        "the words of many files, also where a chunk ends inside one" {
            // 7 bytes to a word: no chunk of a power of two ends between two of them each time.
            val paths =
                (1..20).map {
                    directory.resolve("text-$it").withText("sixsix ".repeat(50_000 + it))
                }
            val expected = (1..20).sumOf { 50_000L + it }
            WordCount.countAsync(context, paths).join() shouldBe expected
            countWords(context, paths) shouldBe expected
        }

        "white space of any kind and amount parts words" {
            val path = directory.resolve("spaces").withText("  one\t\ttwo\r\n\r\nthree\u000B fünf ")
            WordCount.countAsync(context, listOf(path)).join() shouldBe 4
            countWords(context, listOf(path)) shouldBe 4
        }

        "no file at all has no words" {
            WordCount.countAsync(context, listOf()).join() shouldBe 0
            countWords(context, listOf()) shouldBe 0
        }

        "a file that is missing ends it" {
            val there = directory.resolve("there").withText("a b c")
            val paths = listOf(there, directory.resolve("missing"), there)
            shouldThrow<CompletionException> { WordCount.countAsync(context, paths).join() }
                .cause
                .shouldBeInstanceOf<NoSuchFileException>()
            shouldThrow<NoSuchFileException> { countWords(context, paths) }
        }
    })
