package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files

class HelloTest :
    StringSpec({
        val context by context()
        val directory = directory()
        val words = listOf("world", "Hello, world!")
        val text = "Hello, world!\nHere is a second line.\n"

        "the scoped one in Java" {
            val path = directory.resolve("scoped-java")
            printed { Hello.main(arrayOf(path.toString())) }.lines().take(2) shouldBe words
            Files.readString(path) shouldBe text
        }

        "the futures in Java" {
            val path = directory.resolve("futures-java")
            HelloFutures.helloAsync(context, path).join() shouldBe words
            Files.readString(path) shouldBe text
        }

        "the scoped one in Kotlin" {
            val path = directory.resolve("scoped-kotlin")
            printed { kotlinx.coroutines.runBlocking { hello(path) } }.lines().take(2) shouldBe
                words
            Files.readString(path) shouldBe text
        }

        "the one without a scope in Kotlin" {
            val path = directory.resolve("unscoped-kotlin")
            helloUnscoped(context, path) shouldBe words
            Files.readString(path) shouldBe text
        }
    })
