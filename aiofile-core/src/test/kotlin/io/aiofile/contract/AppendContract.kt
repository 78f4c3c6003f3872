package io.aiofile.contract

import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture

/** Files opened for append: every write goes to the end, whoever else writes there. */
internal fun appendContract(subject: Subject) = funSpec {
    for (kind in BufferKind.entries) {
        test("appends what a $kind buffer has left") {
            val path = subject.put(pattern(10))
            subject.withFile(path, "ab") { file ->
                val source = kind.of(pattern(3000))
                file.appendAsync(source).got() shouldBe 3000
                source.hasRemaining() shouldBe false
                file.appendBytesAsync(pattern(5)).got() shouldBe 5
            }
            subject.disk.bytes(path) shouldEqual pattern(10) + pattern(3000) + pattern(5)
        }
    }

    test("awaited appends keep their order, of any length") {
        val path = subject.disk.fresh()
        var expected = ByteArray(0)
        subject.withFile(path, "ab") { file ->
            for (length in listOf(0, 1, 4096, 100_000, 3 * 1024 * 1024 + 5, 17)) {
                file.appendBytesAsync(pattern(length, length)).got() shouldBe length
                expected += pattern(length, length)
            }
        }
        subject.disk.bytes(path) shouldEqual expected
    }

    test("appendStringAsync encodes") {
        val path = subject.disk.fresh()
        subject.withFile(path, "a") { file ->
            file.appendStringAsync("grüße\n").got() shouldBe 8
            file.appendStringAsync("世界", Charsets.UTF_16BE).got() shouldBe 4
        }
        subject.disk.bytes(path) shouldEqual
            "grüße\n".toByteArray() + "世界".toByteArray(Charsets.UTF_16BE)
    }

    test("two handles that append at once lose nothing and overwrite nothing") {
        val path = subject.disk.fresh()
        subject.withFile(path, "ab") { first ->
            subject.withFile(path, "ab") { second ->
                val appends =
                    (0 until 400).map { number ->
                        val record = "%09d\n".format(number).toByteArray()
                        (if (number % 2 == 0) first else second).appendBytesAsync(record)
                    }
                CompletableFuture.allOf(*appends.toTypedArray()).got()
            }
        }
        val bytes = subject.disk.bytes(path)
        bytes.size shouldBe 4000
        if (subject.wholeTransfers) {
            val records = String(bytes).trim().split("\n")
            records shouldContainExactlyInAnyOrder (0 until 400).map { "%09d".format(it) }
        } else {
            bytes.count { it == '\n'.code.toByte() } shouldBe 400
        }
    }

    test("a file opened for append refuses positional writes, and names appendAsync") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "ab+") { file ->
            refuses<IllegalStateException>("appendAsync") {
                file.writeAsync(ByteBuffer.allocate(1), 0)
            }
            refuses<IllegalStateException>("append") {
                file.writeBytesAsync(ByteArray(1), 0)
            }
            refuses<IllegalStateException>("append") { file.writeStringAsync("x", 0) }
            file.readBytesAsync(0, 100).got() shouldEqual pattern(10)
        }
        subject.disk.bytes(path) shouldEqual pattern(10)
    }

    test("appendAsync on a file that was not opened for append names the positional call") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb+") { file ->
            refuses<IllegalStateException>("writeAsync") {
                file.appendAsync(ByteBuffer.allocate(1))
            }
            refuses<IllegalStateException>("write") { file.appendBytesAsync(ByteArray(1)) }
            refuses<IllegalStateException>("write") { file.appendStringAsync("x") }
        }
        subject.disk.bytes(path) shouldEqual pattern(10)
    }
}
