package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files

class ReaderWriterTest :
    StringSpec({
        val context by context()
        val directory = directory()

        "letters become capitals, over many chunks" {
            val text = "the quick brown fox, Ümläut\n".repeat(20_000)
            val source = directory.resolve("source").withText(text)
            val expected =
                text.map { if (it in 'a'..'z') it.uppercaseChar() else it }.joinToString("")
            val bytes = Files.size(source)

            val inJava = directory.resolve("java")
            ReaderWriter.capitalsAsync(context, source, inJava).join() shouldBe bytes
            Files.readString(inJava) shouldBe expected

            val inKotlin = directory.resolve("kotlin")
            capitals(context, source, inKotlin) shouldBe bytes
            Files.readString(inKotlin) shouldBe expected
        }

        "a file of 256 MiB is no deep stack" {
            val source = directory.resolve("zeros")
            java.io.RandomAccessFile(source.toFile(), "rw").use { it.setLength(256L shl 20) }
            ReaderWriter.capitalsAsync(context, source, directory.resolve("copy")).join() shouldBe
                (256L shl 20)
        }
    })
