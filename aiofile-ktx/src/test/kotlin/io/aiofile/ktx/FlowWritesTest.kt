package io.aiofile.ktx

import io.aiofile.FileIoException
import io.aiofile.LineOptions
import io.aiofile.OpenMode
import io.aiofile.spi.Opcode
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.nio.charset.CharacterCodingException
import java.nio.charset.Charset
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.TimeUnit
import kotlin.random.Random
import kotlin.text.Charsets
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** Text without line separators, of characters of one to four bytes in UTF-8. */
private fun randomLine(random: Random): String = buildString {
    val length = if (random.nextInt(50) == 0) random.nextInt(100_000) else random.nextInt(100)
    repeat(length) {
        when (random.nextInt(4)) {
            0 -> append('a' + random.nextInt(26))
            1 -> append('à' + random.nextInt(20))
            2 -> append('€')
            else -> appendCodePoint(0x1F600 + random.nextInt(50))
        }
    }
}

private fun <T> thenFails(vararg elements: T): Flow<T> = flow {
    elements.forEach { emit(it) }
    throw Marker()
}

class FlowWritesTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()

        for (backend in backends) {
            context("on $backend") {
                val context = lastingContextOn(backend)
                afterSpec { context.close() }

                test("bytes that are written are what is read, in files, cursors and paths") {
                    val random = Random(1)
                    val chunks = List(50) { random.nextBytes(random.nextInt(100_000)) }
                    val all = chunks.flatMap { it.asList() }
                    val size = all.size.toLong()
                    val path = directory.resolve("bytes")
                    runBlocking {
                        chunks.asFlow().writeTo(path, context = context) shouldBe size
                        Files.readAllBytes(path).asList() shouldBe all
                        context.openFile(path, "w") { chunks.asFlow().writeTo(it) } shouldBe size
                        Files.readAllBytes(path).asList() shouldBe all
                        context.openBinary(path, "w") { file ->
                            file.write(ByteArray(3))
                            chunks.asFlow().writeTo(file) shouldBe size
                            file.position() shouldBe size + 3
                        }
                        Files.readAllBytes(path).asList().drop(3) shouldBe all
                        context.openFile(path, "r+") { file ->
                            chunks.asFlow().writeTo(file, position = 10) shouldBe size
                        }
                        Files.readAllBytes(path).asList().drop(10) shouldBe all
                    }
                }

                test("a file is copied by a flow of its own chunks") {
                    val source =
                        Files.write(directory.resolve("source"), Random(2).nextBytes(3_000_000))
                    val target = directory.resolve("target")
                    runBlocking {
                        source.chunkFlow(context = context).writeTo(target, context = context)
                    }
                    Files.mismatch(source, target) shouldBe -1
                }

                test("files opened for append get the flow at their end") {
                    val path = Files.writeString(directory.resolve("appended"), "before\n")
                    runBlocking {
                        flowOf("a", "b").writeLinesTo(path, OpenMode.APPEND, context = context)
                        flowOf("c".toByteArray()).writeTo(path, OpenMode.APPEND, context)
                        context.openText(path, "a") { flowOf("d").writeLinesTo(it) }
                    }
                    Files.readString(path) shouldBe "before\na\nb\ncd\n"
                }

                test("lines that are written are what is read, in files and paths") {
                    val seed = Random.nextLong()
                    println("FlowWritesTest, lines on $backend: seed $seed")
                    val random = Random(seed)
                    val path = directory.resolve("lines")
                    for (charset in listOf(Charsets.UTF_8, Charsets.UTF_16, Charsets.UTF_32LE)) {
                        for (separator in listOf("\n", "\r\n", "||")) {
                            val lines = List(random.nextInt(2_000)) { randomLine(random) }
                            val text = lines.joinToString("") { it + separator }
                            runBlocking {
                                lines
                                    .asFlow()
                                    .writeLinesTo(
                                        path,
                                        charset = charset,
                                        separator = separator,
                                        context = context,
                                    ) shouldBe Files.size(path)
                                Files.readAllBytes(path).toString(charset) shouldBe text
                                val options =
                                    LineOptions.defaults()
                                        .withCharset(charset)
                                        .withSeparator(separator)
                                path.lineFlow(options, context).toList() shouldBe lines
                            }
                        }
                    }
                }

                test("lines that are written to a text file follow its cursor and charset") {
                    val path = directory.resolve("text")
                    val lines = List(20_000) { "line $it ä" }
                    val options = LineOptions.defaults().withCharset(Charsets.ISO_8859_1)
                    runBlocking {
                        context.openText(path, "w", options) { file ->
                            file.write("head\n")
                            val written = lines.asFlow().writeLinesTo(file)
                            file.position() shouldBe written + 5
                        }
                    }
                    Files.readAllLines(path, Charsets.ISO_8859_1) shouldBe listOf("head") + lines
                }

                test("UTF-16 has one byte-order mark, however many batches there are") {
                    val path = directory.resolve("utf-16")
                    val lines = List(20_000) { "line $it" }
                    runBlocking {
                        lines
                            .asFlow()
                            .writeLinesTo(path, charset = Charsets.UTF_16, context = context)
                    }
                    Files.size(path) shouldBe 2L + 2 * lines.sumOf { it.length + 1 }
                }

                test("a charset with shifts ends in its first state") {
                    val path = directory.resolve("iso-2022-jp")
                    val charset = Charset.forName("ISO-2022-JP")
                    val lines = List(10_000) { "日本 $it 日本" }
                    runBlocking {
                        context.openFile(path, "w") { file ->
                            lines.asFlow().writeLinesTo(file, charset = charset, separator = "本")
                        }
                    }
                    val text = lines.joinToString("") { it + "本" }
                    Files.readAllBytes(path).asList() shouldBe text.toByteArray(charset).asList()
                }

                test("no elements are no bytes, in a file that is there") {
                    val path = directory.resolve("nothing")
                    runBlocking {
                        emptyFlow<String>().writeLinesTo(path, context = context) shouldBe 0
                        Files.size(path) shouldBe 0
                        emptyFlow<ByteArray>().writeTo(path, context = context) shouldBe 0
                        flowOf(ByteArray(0)).writeTo(path, context = context) shouldBe 0
                        flowOf("").writeLinesTo(path, context = context) shouldBe 1
                    }
                }

                test("a flow that fails leaves what came before, and of lines whole ones") {
                    val path = directory.resolve("failed")
                    runBlocking {
                        shouldThrow<Marker> {
                            thenFails("a".toByteArray(), "b".toByteArray())
                                .writeTo(path, context = context)
                        }
                        Files.readString(path) shouldBe "ab"
                        val lines = Array(20_000) { "line $it" }
                        shouldThrow<Marker> {
                            thenFails(*lines).writeLinesTo(path, context = context)
                        }
                    }
                    Files.readString(path).last() shouldBe '\n'
                    val written = Files.readAllLines(path)
                    written.size.toLong() shouldBeGreaterThan 0
                    written shouldBe List(written.size) { "line $it" }
                    context.metrics().openFiles shouldBe 0
                }

                test("what the charset does not have is an error, behind whole lines") {
                    val path = directory.resolve("unmappable")
                    val many = Array(20_000) { "line $it" }
                    val bad =
                        mapOf(
                            "ä" to Charsets.US_ASCII,
                            "\uD83D" to Charsets.UTF_8,
                            "\uDE00, the other half" to Charsets.UTF_8,
                        )
                    runBlocking {
                        for ((line, charset) in bad) {
                            shouldThrow<CharacterCodingException> {
                                flowOf(*many, line)
                                    .writeLinesTo(path, charset = charset, context = context)
                            }
                            Files.readString(path).last() shouldBe '\n'
                            context.openFile(path, "w") { file ->
                                shouldThrow<CharacterCodingException> {
                                    flowOf(*many, line).writeLinesTo(file, charset = charset)
                                }
                            }
                            Files.readString(path).last() shouldBe '\n'
                        }
                    }
                }

                test("UTF-16 that is appended has no byte-order mark but the file's") {
                    val path = directory.resolve("utf-16 appended")
                    val options = LineOptions.defaults().withCharset(Charsets.UTF_16)
                    runBlocking {
                        flowOf("a").writeLinesTo(path, charset = Charsets.UTF_16, context = context)
                        flowOf("b")
                            .writeLinesTo(path, OpenMode.APPEND, Charsets.UTF_16, context = context)
                        path.lineFlow(options, context).toList() shouldBe listOf("a", "b")
                    }
                    Files.size(path) shouldBe 10
                }

                test("lines are written where they are asked for, in UTF-16 with a mark there") {
                    val path = directory.resolve("utf-16 in the middle")
                    Files.write(path, ByteArray(4))
                    runBlocking {
                        context.openFile(path, "r+") { file ->
                            flowOf("a", "b").writeLinesTo(file, 4, Charsets.UTF_16) shouldBe 10
                        }
                    }
                    Files.readAllBytes(path).asList() shouldBe
                        listOf<Byte>(0, 0, 0, 0, -2, -1, 0, 97, 0, 10, 0, 98, 0, 10)
                }
            }
        }

        test("an empty separator is refused before the file is touched") {
            val path = Files.writeString(directory.resolve("untouched"), "text")
            runBlocking {
                shouldThrow<IllegalArgumentException> {
                    flowOf("a").writeLinesTo(path, separator = "")
                }
                openFile(path, "r+") { file ->
                    shouldThrow<IllegalArgumentException> {
                        flowOf("a").writeLinesTo(file, separator = "")
                    }
                }
                openText(path, "r+") { file ->
                    shouldThrow<IllegalArgumentException> {
                        flowOf("a").writeLinesTo(file, separator = "")
                    }
                }
            }
            Files.readString(path) shouldBe "text"
        }

        test("arrays are taken while others are written, and may be changed once they were") {
            val path = directory.resolve("reused array")
            val reused = ByteArray(1000)
            runBlocking {
                openFile(path, "w") { file ->
                    flow {
                            repeat(2_000) {
                                reused.fill(it.toByte())
                                emit(reused)
                            }
                        }
                        .writeTo(file) shouldBe 2_000_000
                }
            }
            Files.readAllBytes(path).asList() shouldBe
                List(2_000) { i -> List(1000) { i.toByte() } }.flatten()
        }

        test("a flow goes on while the kernel writes, until the buffers are full") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.WRITE)
                val file = context.openFileAsync(Path.of("any"), "w").get()
                var emitted = 0
                runBlocking {
                    val job =
                        launch(Dispatchers.Default) {
                            flow {
                                    repeat(20) {
                                        emit(ByteArray(256 shl 10))
                                        emitted++
                                    }
                                }
                                .writeTo(file) shouldBe (20L * (256 shl 10))
                        }
                    repeat(20) {
                        val write = held.nextInKernel()
                        // One at a time, so that the file never has a hole.
                        held.kernel.shouldBeEmpty()
                        // Four buffers, and one array that waits for its turn.
                        emitted shouldBeLessThanOrEqual it + 5
                        held.end(write)
                    }
                    job.join()
                    emitted shouldBe 20
                }
            }
        }

        test("a write that fails ends the flow") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.WRITE)
                val file = context.openFileAsync(Path.of("any"), "w").get()
                runBlocking {
                    val job =
                        launch(Dispatchers.Default) {
                            shouldThrow<FileIoException> {
                                    flow { while (true) emit(ByteArray(100_000)) }.writeTo(file)
                                }
                                .message shouldContain "broken"
                        }
                    held.fail(held.nextInKernel(), IOException("broken"))
                    // What is left is tried again by the close.
                    while (job.isActive) {
                        held.kernel.poll(1, TimeUnit.MILLISECONDS)?.let { held.end(it) }
                    }
                    job.join()
                }
            }
        }

        test("lines are written in batches") {
            withHeld { context, held ->
                val file = context.openFileAsync(Path.of("any"), "w").get()
                val before = context.metrics().submitted
                runBlocking {
                    List(10_000) { "x".repeat(99) }.asFlow().writeLinesTo(file) shouldBe 1_000_000
                }
                // 1,000,000 bytes in batches of 64 KiB and a rest of a line.
                context.metrics().submitted - before shouldBe 16
                held.kernel.shouldHaveSize(0)
            }
        }

        test("a cancel waits for the write in the kernel, and for what was taken before") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.WRITE)
                val file = context.openFileAsync(Path.of("any"), "w").get()
                runBlocking {
                    var thrown: Throwable? = null
                    val taken = CompletableDeferred<Unit>()
                    val job =
                        launch(Dispatchers.Default) {
                            try {
                                flow {
                                        emit(ByteArray(300_000))
                                        taken.complete(Unit)
                                        awaitCancellation()
                                    }
                                    .writeTo(file)
                            } catch (any: Throwable) {
                                thrown = any
                            }
                        }
                    val write = held.nextInKernel()
                    write.length() shouldBe (256 shl 10)
                    // The write was sent when its buffer was full, with more to be copied.
                    taken.await()
                    job.cancel()
                    job.isCompleted shouldBe false
                    held.end(write)
                    val rest = held.nextInKernel()
                    rest.length() shouldBe 300_000 - (256 shl 10)
                    job.isCompleted shouldBe false
                    held.end(rest)
                    job.join()
                    (thrown is CancellationException) shouldBe true
                    held.kernel.shouldBeEmpty()
                }
            }
        }
    })
