package io.aiofile.samples

import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.aiofile.ktx.openFile
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.EOFException
import java.nio.file.Files
import java.util.concurrent.CompletionException
import java.util.concurrent.atomic.LongAdder

class CopyTest :
    StringSpec({
        val context by context()
        val directory = directory()
        val piece = 1 shl 20

        suspend fun withFiles(bytes: ByteArray, work: suspend (AsyncFile, AsyncFile) -> Unit) {
            val source = directory.resolve("source").withBytes(bytes)
            val target = directory.resolve("target")
            context.openFile(source, OpenMode.READ) { from ->
                context.openFile(target, OpenMode.WRITE) { to -> work(from, to) }
            }
            Files.mismatch(source, target) shouldBe -1
        }

        for (size in listOf(0, 1, piece - 1, piece, 4 * piece, 9 * piece + 17)) {
            "$size bytes in Java, and the progress adds up to them" {
                val told = LongAdder()
                withFiles(randomBytes(size)) { from, to ->
                    Copy(from, to, size.toLong(), told::add).runAsync().join()
                }
                told.sum() shouldBe size
            }

            "$size bytes in Kotlin, and the progress adds up to them" {
                val told = LongAdder()
                withFiles(randomBytes(size)) { from, to ->
                    copy(from, to) { told.add(it.toLong()) }
                }
                told.sum() shouldBe size
            }
        }

        "a source that is shorter than it was is an error, and the copy ends" {
            withFiles(randomBytes(piece)) { from, to ->
                val failure =
                    shouldThrow<CompletionException> {
                        Copy(from, to, 50L * piece) {}.runAsync().join()
                    }
                failure.cause.shouldBeInstanceOf<EOFException>()
            }
        }
    })
