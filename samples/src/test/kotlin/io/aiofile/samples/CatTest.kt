package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.concurrent.thread

class CatTest :
    StringSpec({
        val context by context()
        val directory = directory()

        suspend fun both(path: () -> Path): List<ByteArray> {
            val inJava = ByteArrayOutputStream()
            val bytes = Cat.cat(context, path(), inJava)
            bytes shouldBe inJava.size().toLong()
            val inKotlin = ByteArrayOutputStream()
            cat(context, path(), inKotlin)
            return listOf(inJava.toByteArray(), inKotlin.toByteArray())
        }

        for (size in listOf(0, 1, 1 shl 18, (1 shl 20) + 7)) {
            "a file of $size bytes" {
                val bytes = randomBytes(size)
                val path = directory.resolve("file-$size").withBytes(bytes)
                both { path }.forEach { it shouldBe bytes }
            }
        }

        "a file of /proc, which says that its size is 0 (where there is /proc)"
            .config(enabled = hasProc) {
                val path = Path.of("/proc/filesystems")
                both { path }.forEach { it shouldBe Files.readAllBytes(path) }
            }

        "a FIFO, to its end (where there are FIFOs)" {
            val fifo = directory.resolve("fifo").asFifo()
            if (fifo != null) {
                val bytes = randomBytes(300_000)
                val written = {
                    thread { Files.newOutputStream(fifo).use { it.write(bytes) } }
                    fifo
                }
                both(written).forEach { it shouldBe bytes }
            }
        }
    })
