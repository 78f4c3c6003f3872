package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.OpenMode
import io.aiofile.SequentialWriter
import io.aiofile.contract.LeakCheck
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import java.io.EOFException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import kotlin.text.Charsets
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield

/**
 * Each suspend function once, by what it does to a file: a twin of the wrong method is found here.
 */
class TwinsTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()

        for (backend in backends) {
            context("on $backend") {
                val context = lastingContextOn(backend)
                afterSpec { context.close() }

                fun newPath() = Files.createTempFile(directory, "twins", null)

                test("AsyncFile reads") {
                    val path = newPath()
                    Files.write(path, "Grüße, Welt".toByteArray())
                    context.openFile(path, "r") { file ->
                        file.size() shouldBe 13
                        val buffer = ByteBuffer.allocate(20)
                        file.read(buffer, 9) shouldBe 4
                        file.read(buffer, 13) shouldBe -1
                        file.readFully(buffer.clear().limit(13), 0) shouldBe 13
                        shouldThrow<EOFException> { file.readFully(buffer.clear(), 0) }
                        file.readBytes(9, 100).decodeToString() shouldBe "Welt"
                        file.readAllBytes().size shouldBe 13
                        file.readString() shouldBe "Grüße, Welt"
                        file.readString(Charsets.ISO_8859_1).length shouldBe 13
                    }
                }

                test("AsyncFile writes") {
                    val path = newPath()
                    context.openFile(path, "w+") { file ->
                        file.write(ByteBuffer.wrap("0123456789".toByteArray()), 0) shouldBe 10
                        file.writeBytes("ab".toByteArray(), 1) shouldBe 2
                        file.writeString("ü", 4) shouldBe 2
                        file.writeString("ü", Charsets.ISO_8859_1, 7) shouldBe 1
                        file.sync()
                        file.dataSync()
                        val expected = "0ab3ü6".toByteArray() + 0xFC.toByte() + "89".toByteArray()
                        file.readAllBytes().asList() shouldBe expected.asList()
                        file.truncate(3)
                        file.readString() shouldBe "0ab"
                        file.allocate(0, 100)
                        file.size() shouldBe 100
                    }
                }

                test("AsyncFile appends") {
                    val path = newPath()
                    context.openFile(path, "a+") { file ->
                        file.append(ByteBuffer.wrap("a".toByteArray())) shouldBe 1
                        file.appendBytes("b".toByteArray()) shouldBe 1
                        file.appendString("c") shouldBe 1
                        file.appendString("d", Charsets.UTF_16BE) shouldBe 2
                        file.readString() shouldBe "abc\u0000d"
                        shouldThrow<IllegalStateException> { file.writeString("x", 0) }
                    }
                }

                test("BinaryFile") {
                    val path = newPath()
                    context.openBinary(path, "w+") { file ->
                        file.write("one\ntwo\n".toByteArray()) shouldBe 8
                        file.write(ByteBuffer.wrap("three".toByteArray())) shouldBe 5
                        file.flush()
                        file.seek(0)
                        file.readLine()?.decodeToString() shouldBe "one"
                        file.read(3).decodeToString() shouldBe "two"
                        file.readAll().decodeToString() shouldBe "\nthree"
                        file.readLine() shouldBe null
                    }
                }

                test("TextFile") {
                    val path = newPath()
                    context.openText(path, "w+") { file ->
                        file.write("zwölf\n") shouldBe 7
                        file.write("drei\nvier") shouldBe 9
                        file.flush()
                        file.seek(0)
                        file.read(4) shouldBe "zwöl"
                        file.readLine() shouldBe "f"
                        file.readLine() shouldBe "drei"
                        file.readAll() shouldBe "vier"
                        file.readLine() shouldBe null
                    }
                }

                test("DirectChunkReader") {
                    val path = newPath()
                    Files.writeString(path, "abcdefg")
                    context.openFile(path, "r") { file ->
                        val reader = file.directChunkReader(3)
                        reader.readChunk()?.let(Charsets.UTF_8::decode).toString() shouldBe "abc"
                        val rest = mutableListOf<String>()
                        reader.forEach {
                            yield()
                            rest.add(Charsets.UTF_8.decode(it).toString())
                        } shouldBe 4
                        rest shouldBe listOf("def", "g")
                        reader.readChunk() shouldBe null
                    }
                }

                test("ChunkReader") {
                    val path = newPath()
                    Files.writeString(path, "abcdefg")
                    context.openFile(path, "r") { file ->
                        val reader = file.chunkReader(3)
                        reader.readChunk()?.decodeToString() shouldBe "abc"
                        val rest = mutableListOf<String>()
                        reader.forEach {
                            yield()
                            rest.add(it.decodeToString())
                        } shouldBe 4
                        rest shouldBe listOf("def", "g")
                        reader.readChunk() shouldBe null
                    }
                }

                test("LineReader") {
                    val path = newPath()
                    Files.writeString(path, "a\nb\nc\nd\ne")
                    context.openFile(path, "r") { file ->
                        val reader = file.lineReader()
                        reader.readLine() shouldBe "a"
                        reader.readLines(2) shouldBe listOf("b", "c")
                        val rest = mutableListOf<String>()
                        reader.forEach {
                            delay(1)
                            rest.add(it)
                        } shouldBe 2
                        rest shouldBe listOf("d", "e")
                        reader.readLine() shouldBe null
                        reader.readLines(10) shouldBe listOf()
                        reader.close()
                    }
                }

                test("SequentialWriter") {
                    val path = newPath()
                    context.openFile(path, "w") { file ->
                        val writer = SequentialWriter(file, 2)
                        writer.write("ab".toByteArray()) shouldBe 2
                        writer.write(ByteBuffer.wrap("c".toByteArray())) shouldBe 1
                        writer.flush()
                        writer.closeAndAwait()
                        writer.position() shouldBe 5
                    }
                    Files.readString(path) shouldBe "\u0000\u0000abc"
                }

                test("AioFiles") {
                    val path = newPath()
                    val files = context.files()
                    files.writeBytes(path, "bytes".toByteArray()) shouldBe 5
                    files.readBytes(path).decodeToString() shouldBe "bytes"
                    files.writeString(path, "Größe") shouldBe 7
                    files.readString(path) shouldBe "Größe"
                    files.appendString(path, "!") shouldBe 1
                    files.readString(path) shouldBe "Größe!"
                    files.writeString(path, "Größe", Charsets.ISO_8859_1) shouldBe 5
                    files.appendString(path, "ö", Charsets.ISO_8859_1) shouldBe 1
                    files.readString(path, Charsets.ISO_8859_1) shouldBe "Größeö"
                    val copy = path.resolveSibling("copy of ${path.fileName}")
                    files.copy(path, copy) shouldBe 6
                    Files.mismatch(path, copy) shouldBe -1
                    shouldThrow<java.nio.file.FileAlreadyExistsException> {
                        files.copy(path, copy, OpenMode.CREATE_NEW)
                    }
                }
            }
        }

        test("closing each type, by its own name for it") {
            withHeld { context, held ->
                runBlocking {
                    context.openFile(Path.of("any"), "r").closeAndAwait()
                    context.openBinary(Path.of("any"), "r").closeAndAwait()
                    context.openText(Path.of("any"), "r").closeAndAwait()
                    held.openFiles.get() shouldBe 0
                }
            }
            runBlocking { LeakCheck.watch(AioContext.open()).closeAndAwait() }
        }
    })
