package io.aiofile

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

class LineScannerTest :
    FunSpec({
        test("the first separator is found, wherever it is and however long") {
            val random = seeded("scanner")
            repeat(20_000) {
                // Two letters, of which one has the high bit, make many near misses.
                val bytes = ByteArray(random.nextInt(40)) { if (random.nextInt(3) == 0) -1 else 0 }
                val separator =
                    ByteArray(random.nextInt(1, 4)) { if (random.nextBoolean()) -1 else 0 }
                val from = random.nextInt(bytes.size + 1)
                val to = random.nextInt(from, bytes.size + 1)
                val expected =
                    (from..to - separator.size).firstOrNull {
                        bytes.copyOfRange(it, it + separator.size).contentEquals(separator)
                    }
                withClue("${separator.toList()} in ${bytes.toList()} from $from to $to") {
                    LineScanner(separator, 1).endOfNext(bytes, from, to, 0) shouldBe
                        (expected?.let { it + separator.size } ?: -1)
                }
            }
        }

        test("bytes with the high bit set, or one more or less, are no match") {
            for (wanted in 0..255) {
                val bytes =
                    ByteArray(64) { (wanted + 1 + it % 255).toByte() }
                        .also { it[61] = wanted.toByte() }
                val first = bytes.indexOf(wanted.toByte())
                LineScanner(byteArrayOf(wanted.toByte()), 1).endOfNext(bytes, 0, 64, 0) shouldBe
                    first + 1
            }
        }

        test("code units are counted from the start of the file") {
            val scanner = LineScanner("\n".toByteArray(Charsets.UTF_16BE), 2)
            val bytes = bytes(0x0A, 0x00, 0x0A, 0x00, 0x00, 0x0A)
            scanner.endOfNext(bytes, 0, 6, 0) shouldBe 6
            scanner.endOfNext(bytes, 0, 6, 7) shouldBe 3
            scanner.endOfNext(bytes, 1, 6, 0) shouldBe 6
            scanner.endOfNext(bytes, 0, 5, 0) shouldBe -1
        }
    })
