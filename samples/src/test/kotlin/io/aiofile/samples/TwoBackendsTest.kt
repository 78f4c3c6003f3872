package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe

class TwoBackendsTest :
    StringSpec({
        val context by context()
        val directory = directory()

        "the backend in use and java see the same" {
            val bytes = randomBytes(5_000_000)
            val path = directory.resolve("file").withBytes(bytes)
            TwoBackends.sameBytes(path, context.backend(), "java") shouldBe true
            readThrough(listOf(context.backend(), "java"), path, 10_000).forEach {
                it shouldBe bytes.copyOf(10_000)
            }
        }
    })
