package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.ChunkOptions
import io.aiofile.LineOptions
import io.aiofile.MalformedTextException
import io.aiofile.spi.Opcode
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.cancellable
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.fold
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

private suspend fun Flow<ByteArray>.joined(): List<Byte> =
    fold(mutableListOf()) { all, chunk -> all.apply { addAll(chunk.asList()) } }

/** Neither file nor pooled memory is held; the latter may still be on its way out of the kernel. */
private suspend fun nothingIsHeld(context: AioContext) =
    eventually("nothing is held: ${context.metrics()}") {
        context.metrics().run { openFiles == 0 && pooledBytes == 0L && inFlight == 0 }
    }

class FlowsTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()
        val lines = List(20_000) { "line $it: ${"x".repeat(it % 50)} ä€😀" }
        val path = Files.write(directory.resolve("lines"), lines)
        val bytes = Files.readAllBytes(path).asList()

        for (backend in backends) {
            context("on $backend") {
                val context = lastingContextOn(backend)
                afterSpec { context.close() }

                test("lines are all lines, of files, cursors and paths") {
                    runBlocking {
                        context.openFile(path, "r") { file ->
                            file.lines().toList() shouldBe lines
                            file.lines(LineOptions.defaults()).toList() shouldBe lines
                        }
                        context.openBinary(path, "r") { it.lines().toList() shouldBe lines }
                        context.openText(path, "r") { it.lines().toList() shouldBe lines }
                        path.lineFlow(context).toList() shouldBe lines
                        path.lineFlow(LineOptions.defaults(), context).toList() shouldBe lines
                        nothingIsHeld(context)
                    }
                }

                test("chunks are all bytes, of the size that was asked for") {
                    runBlocking {
                        context.openFile(path, "r") { file ->
                            for (size in listOf(1 shl 10, 4096, 100_000, 1 shl 24)) {
                                val chunks = file.chunks(size).toList()
                                chunks.dropLast(1).all { it.size == size } shouldBe true
                                chunks.flatMap { it.asList() } shouldBe bytes
                            }
                            file.chunks().first().size shouldBe (64 shl 10)
                            file
                                .chunks(
                                    ChunkOptions.defaults()
                                        .withStartPosition(10)
                                        .withEndPosition(100_000)
                                )
                                .joined() shouldBe bytes.subList(10, 100_000)
                        }
                        context.openBinary(path, "r") { it.chunks().joined() shouldBe bytes }
                        path.chunkFlow(5_000, context).joined() shouldBe bytes
                        path.chunkFlow(context = context).joined() shouldBe bytes
                        path
                            .chunkFlow(ChunkOptions.defaults().withReadAhead(3), context)
                            .joined() shouldBe bytes
                        nothingIsHeld(context)
                    }
                }

                test("a flow is cold: each collection reads what is there by then") {
                    val growing = Files.writeString(directory.resolve("growing"), "one\n")
                    runBlocking {
                        val flow = growing.lineFlow(context)
                        context.metrics().openFiles shouldBe 0
                        flow.toList() shouldBe listOf("one")
                        Files.writeString(growing, "one\ntwo\n")
                        flow.toList() shouldBe listOf("one", "two")
                        context.openFile(growing, "r") { file ->
                            val ofFile = file.lines()
                            ofFile.toList() shouldBe ofFile.toList()
                        }
                    }
                }

                test("flows of a cursor start where it is, and leave it there") {
                    val short = Files.writeString(directory.resolve("short"), "one\ntwo\nthree\n")
                    runBlocking {
                        context.openBinary(short, "r") { file ->
                            file.readLine()?.decodeToString() shouldBe "one"
                            file.lines().toList() shouldBe listOf("two", "three")
                            file.chunks().joined() shouldBe "two\nthree\n".toByteArray().asList()
                            file.position() shouldBe 4
                        }
                        context.openText(short, "r") { file ->
                            file.readLine() shouldBe "one"
                            file.lines().toList() shouldBe listOf("two", "three")
                            file.readLine() shouldBe "two"
                        }
                    }
                }

                test("empty files are empty flows") {
                    val empty = Files.write(directory.resolve("empty"), ByteArray(0))
                    runBlocking {
                        empty.lineFlow(context).toList().shouldBeEmpty()
                        empty.chunkFlow(context = context).toList().shouldBeEmpty()
                    }
                }

                test("a cancel ends a collector that never suspends, within 1,024 lines") {
                    runBlocking {
                        var seen = 0
                        val collecting = launch {
                            path.lineFlow(context).collect {
                                seen++
                                currentCoroutineContext().cancel()
                            }
                        }
                        collecting.join()
                        collecting.isCancelled shouldBe true
                        seen shouldBeLessThanOrEqualTo 1024
                        seen = 0
                        launch {
                            path.lineFlow(context).cancellable().collect {
                                seen++
                                currentCoroutineContext().cancel()
                            }
                        }
                            .join()
                        seen shouldBe 1
                        nothingIsHeld(context)
                    }
                }

                test("a collector that has enough, or fails, gives everything back") {
                    runBlocking {
                        path.lineFlow(context).take(1).toList() shouldBe lines.take(1)
                        path.lineFlow(context).first() shouldBe lines.first()
                        path.chunkFlow(1024, context).take(2).toList().size shouldBe 2
                        path.chunkFlow(1024, context).first().size shouldBe 1024
                        shouldThrow<Marker> { path.lineFlow(context).collect { throw Marker() } }
                        shouldThrow<Marker> {
                            path.chunkFlow(1024, context).collect { throw Marker() }
                        }
                        nothingIsHeld(context)
                        // Where the file stays open, what was read ahead is given back too.
                        context.openFile(path, "r") { file ->
                            file.chunks(1024).first()
                            file.lines().first()
                            eventually("no memory is held") {
                                context.metrics().run { pooledBytes == 0L && inFlight == 0 }
                            }
                            file.isOpen shouldBe true
                        }
                    }
                }

                test("a collector that is cancelled gives everything back") {
                    runBlocking {
                        for (flow in listOf(path.lineFlow(context), path.chunkFlow(99, context))) {
                            var begun = false
                            val job =
                                launch(Dispatchers.Default) {
                                    flow.collect {
                                        begun = true
                                        awaitCancellation()
                                    }
                                }
                            eventually("it began") { begun }
                            job.cancelAndJoin()
                            nothingIsHeld(context)
                        }
                    }
                }

                test("a cancel between lines ends an endless collection") {
                    endsInTime {
                        runBlocking {
                            val seen = AtomicInteger()
                            val job =
                                launch(Dispatchers.Default) {
                                    while (true) {
                                        path.lineFlow(context).collect { seen.incrementAndGet() }
                                    }
                                }
                            eventually("it is at its second turn") { seen.get() > lines.size }
                            job.cancelAndJoin()
                        }
                    }
                }

                test("flows go through flowOn and buffer") {
                    runBlocking {
                        path
                            .lineFlow(context)
                            .map { it.length }
                            .flowOn(Dispatchers.IO)
                            .buffer(10)
                            .toList() shouldBe lines.map { it.length }
                    }
                }

                test("failures are those of reading") {
                    val broken = Files.write(directory.resolve("broken"), byteArrayOf(97, 10, -1))
                    runBlocking {
                        shouldThrow<NoSuchFileException> {
                            directory.resolve("missing").lineFlow(context).toList()
                        }
                        val seen = mutableListOf<String>()
                        shouldThrow<MalformedTextException> {
                                broken.lineFlow(context).collect { seen.add(it) }
                            }
                            .position() shouldBe 2
                        seen shouldBe listOf("a")
                        nothingIsHeld(context)
                    }
                }
            }
        }

        test("a bad chunk size is refused by the call, and not by the collection") {
            shouldThrow<IllegalArgumentException> { path.chunkFlow(0) }
            withHeld { context, _ ->
                val file = context.openFileAsync(Path.of("any"), "r").get()
                shouldThrow<IllegalArgumentException> { file.chunks(0) }
                val binary = context.openBinaryAsync(Path.of("any"), "r").get()
                shouldThrow<IllegalArgumentException> { binary.chunks(-1) }
            }
        }

        test("a slow collector holds the reading up, but for what is read ahead") {
            for (readAhead in 0..3) {
                withHeld(AioOptions.defaults().withReadAhead(readAhead)) { context, held ->
                    runBlocking {
                        context.openFile(Path.of("any"), "r") { file ->
                            var chunks = 0
                            file.chunks(4096).take(20).collect {
                                chunks++
                                eventually("reads ended") { context.metrics().inFlight == 0 }
                                withClue("$chunks chunks") {
                                    held.readsSubmitted.get() shouldBeLessThanOrEqualTo
                                        chunks + readAhead
                                }
                            }
                        }
                    }
                }
            }
        }

        test(
            "a collector cancelled while a chunk is in the kernel ends at once, and leaks nothing"
        ) {
            withHeld { context, held ->
                held.holding = setOf(Opcode.READ)
                runBlocking {
                    val file = context.openFile(Path.of("any"), "r")
                    val job = launch(Dispatchers.Default) { file.chunks(4096).collect {} }
                    val operations = List(2) { held.nextInKernel() }
                    job.cancelAndJoin()
                    // The memory is the library's own, and pinned until the kernel lets go.
                    context.metrics().inFlight shouldBe 2
                    operations.forEach { held.end(it) }
                    eventually("memory came back") { context.metrics().pooledBytes == 0L }
                    file.closeAndAwait()
                }
            }
        }

        test("cancellation is told to the collector as such") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.READ)
                runBlocking {
                    var thrown: Throwable? = null
                    val job =
                        launch(Dispatchers.Default) {
                            try {
                                Path.of("any").chunkFlow(4096, context).collect {}
                            } catch (any: Throwable) {
                                thrown = any
                                throw any
                            }
                        }
                    val operations = List(2) { held.nextInKernel() }
                    job.cancel()
                    operations.forEach { held.end(it) }
                    job.join()
                    (thrown is CancellationException) shouldBe true
                }
            }
        }
    })
