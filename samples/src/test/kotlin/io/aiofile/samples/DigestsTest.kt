package io.aiofile.samples

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.security.MessageDigest
import java.security.NoSuchAlgorithmException
import java.util.HexFormat
import java.util.concurrent.CompletionException

class DigestsTest :
    StringSpec({
        val context by context()
        val directory = directory()

        for (size in listOf(0, 3_000_000)) {
            "four digests of $size bytes" {
                val bytes = randomBytes(size)
                val path = directory.resolve("file-$size").withBytes(bytes)
                val expected =
                    Digests.FOUR.associateWith {
                        HexFormat.of().formatHex(MessageDigest.getInstance(it).digest(bytes))
                    }
                Digests.digestsAsync(context, path, Digests.FOUR).join() shouldBe expected
                digests(context, path, Digests.FOUR) shouldBe expected
            }
        }

        "an algorithm that is not there is an error, and nothing stays open" {
            val path = directory.resolve("file").withText("x")
            val open = context.metrics().openFiles()
            val names = listOf("MD5", "CRC-0")
            shouldThrow<CompletionException> { Digests.digestsAsync(context, path, names).join() }
                .cause
                .shouldBeInstanceOf<NoSuchAlgorithmException>()
            shouldThrow<NoSuchAlgorithmException> { digests(context, path, names) }
            context.metrics().openFiles() shouldBe open
        }
    })
