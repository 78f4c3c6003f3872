package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files

class ConcurrentWritesTest :
    StringSpec({
        val context by context()
        val directory = directory()
        val expected = (0 until 10).joinToString("") { "record %8d\n".format(it) }

        "ten records are each at their position" {
            val inJava = directory.resolve("java")
            ConcurrentWrites.writeAsync(context, inJava).join()
            Files.readString(inJava) shouldBe expected

            val inKotlin = directory.resolve("kotlin")
            writeRecords(context, inKotlin)
            Files.readString(inKotlin) shouldBe expected
        }
    })
