package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.util.concurrent.ConcurrentLinkedQueue
import kotlinx.coroutines.flow.toList

class LinesTest :
    StringSpec({
        val context by context()
        val directory = directory()

        "the lines with a text, in their order, and all are counted" {
            val text = (1..50_000).joinToString("") { "line $it\r\n" }
            val path = directory.resolve("text").withText(text)
            val expected = (1..50_000).filter { "77" in "$it" }.map { "line $it" }

            val found = ConcurrentLinkedQueue<String>()
            Lines.grepAsync(context, path, "77", found::add).join() shouldBe 50_000
            found.toList() shouldBe expected
            grep(context, path, "77").toList() shouldBe expected
        }

        "bytes that are no UTF-8 are replaced" {
            val path = directory.resolve("bad").withBytes(byteArrayOf(0x61, 0xff.toByte(), 0x0a))
            grep(context, path, "a").toList() shouldBe listOf("a\uFFFD")
        }
    })
