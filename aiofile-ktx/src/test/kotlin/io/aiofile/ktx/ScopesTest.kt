package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.OpenMode
import io.aiofile.SequentialWriter
import io.aiofile.contract.LeakCheck
import io.aiofile.spi.Opcode
import io.aiofile.spi.SystemCallException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.ConcurrentLinkedQueue
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

private val anyPath = Path.of("any")

class ScopesTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()

        test("scoped opens hand out what they open, close it, and return the block's value") {
            val context = LeakCheck.watch(AioContext.open())
            val path = Files.writeString(directory.resolve("scoped"), "some text")
            runBlocking {
                val texts =
                    listOf(
                        context.openFile(path, "r") { it.readString() },
                        context.openFile(path, OpenMode.READ) { it.readString() },
                        context.openBinary(path, "r") { it.readAll().decodeToString() },
                        context.openBinary(path, OpenMode.READ) { it.readAll().decodeToString() },
                        context.openText(path, "r") { it.readAll() },
                        context.openText(path, OpenMode.READ) { it.readAll() },
                        context.openText(path, "r", utf8) { it.readAll() },
                        context.openText(path, OpenMode.READ, utf8) { it.readAll() },
                        openFile(path, "r") { it.readString() },
                        openFile(path, OpenMode.READ) { it.readString() },
                        openBinary(path, "r") { it.readAll().decodeToString() },
                        openBinary(path, OpenMode.READ) { it.readAll().decodeToString() },
                        openText(path, "r") { it.readAll() },
                        openText(path, OpenMode.READ) { it.readAll() },
                        openText(path, "r", utf8) { it.readAll() },
                        openText(path, OpenMode.READ, utf8) { it.readAll() },
                    )
                texts.toSet() shouldBe setOf("some text")
            }
            context.metrics().openFiles shouldBe 0
            descriptorsBelow(directory) shouldBe 0
            context.close()
        }

        test("opens without a scope are closed by hand") {
            val path = Files.writeString(directory.resolve("by hand"), "some text")
            runBlocking {
                openFile(path, "r").apply { readString() shouldBe "some text" }.closeAndAwait()
                openFile(path, OpenMode.READ).use { it.readString() shouldBe "some text" }
                openBinary(path, "r").use { it.read(4).decodeToString() shouldBe "some" }
                openBinary(path, OpenMode.READ).closeAndAwait()
                openText(path, "r").use { it.read(4) shouldBe "some" }
                openText(path, OpenMode.READ).closeAndAwait()
                openText(path, "r", utf8).closeAndAwait()
                openText(path, OpenMode.READ, utf8).closeAndAwait()
            }
            descriptorsBelow(directory) shouldBe 0
        }

        test("a scope knows that its block is called once") {
            val path = Files.writeString(directory.resolve("contract"), "x")
            runBlocking {
                val text: String
                openFile(path, "r") { text = it.readString() }
                text shouldBe "x"
            }
        }

        test("a scope closes when its block returns from the function around it") {
            suspend fun firstByte(context: AioContext): Byte {
                context.openFile(anyPath, "r") { file ->
                    return file.readBytes(3, 1)[0]
                }
            }
            withHeld { context, held ->
                runBlocking { firstByte(context) shouldBe heldByte(3) }
                held.openFiles.get() shouldBe 0
            }
        }

        test("a scope closes when its block fails, with the block's exception") {
            withHeld { context, held ->
                runBlocking {
                    shouldThrow<Marker> { context.openFile(anyPath, "r") { throw Marker() } }
                        .suppressed
                        .asList()
                        .shouldBeEmpty()
                    held.openFiles.get() shouldBe 0
                }
            }
        }

        test("the close's failure is thrown, or suppressed where the block failed before") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.CLOSE)
                runBlocking {
                    for (blockFails in listOf(false, true)) {
                        val using =
                            async(Dispatchers.Default) {
                                shouldThrow<Exception> {
                                    context.openFile(anyPath, "r") {
                                        if (blockFails) throw Marker()
                                    }
                                }
                            }
                        held.fail(held.nextInKernel(), SystemCallException(5, "EIO", "broken"))
                        held.openFiles.decrementAndGet()
                        val thrown = using.await()
                        if (blockFails) {
                            thrown.shouldBeInstanceOf<Marker>()
                            thrown.suppressed.single().shouldBeInstanceOf<IOException>()
                        } else {
                            thrown.shouldBeInstanceOf<IOException>()
                        }
                    }
                }
            }
        }

        test("a cancelled scope closes, and waits for what is in flight and for the close") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.WRITE, Opcode.CLOSE)
                val ends = ConcurrentLinkedQueue<String>()
                runBlocking {
                    val job =
                        launch(Dispatchers.Default) {
                            try {
                                context.openFile(anyPath, "r+") { file ->
                                    file.writeAsync(java.nio.ByteBuffer.allocateDirect(8), 0)
                                    awaitCancellation()
                                }
                            } finally {
                                ends.add("scope")
                            }
                        }
                    val write = held.nextInKernel()
                    job.cancel()
                    held.onCompletionThread { ends.add("write") }
                    held.end(write)
                    val close = held.nextInKernel()
                    close.opcode() shouldBe Opcode.CLOSE
                    held.onCompletionThread { ends.add("close") }
                    held.end(close)
                    job.join()
                }
                ends.toList() shouldBe listOf("write", "close", "scope")
            }
        }

        test("a scope that is cancelled while it opens leaves nothing open") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.OPEN)
                runBlocking {
                    val job =
                        launch(Dispatchers.Default) {
                            context.openFile(anyPath, "r") { error("not to be run") }
                        }
                    val open = held.nextOpen()
                    job.cancelAndJoin()
                    held.end(open)
                    eventually("it was closed") { held.openFiles.get() == 0 }
                }
            }
        }

        test("closeAndAwait works in the finally of a cancelled coroutine, and throws nothing") {
            withHeld { context, held ->
                val thrown = ConcurrentLinkedQueue<Throwable>()
                runBlocking {
                    val job =
                        launch(start = CoroutineStart.UNDISPATCHED) {
                            val file = context.openFile(anyPath, "r")
                            try {
                                awaitCancellation()
                            } finally {
                                try {
                                    file.closeAndAwait()
                                    file.isOpen shouldBe false
                                } catch (any: Throwable) {
                                    thrown.add(any)
                                }
                            }
                        }
                    eventually("it is open") { held.openFiles.get() == 1 }
                    job.cancelAndJoin()
                    held.openFiles.get() shouldBe 0
                }
                thrown.shouldBeEmpty()
            }
        }

        test("use is the one that suspends, for each type") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.CLOSE)
                val file = context.openFileAsync(anyPath, "r").get()
                val binary = context.openBinaryAsync(anyPath, "r").get()
                val text = context.openTextAsync(anyPath, "r").get()
                val uses: List<suspend () -> Int> =
                    listOf({ file.use { 1 } }, { binary.use { 2 } }, { text.use { 3 } })
                runBlocking {
                    uses.forEachIndexed { i, use ->
                        // On this thread: a close that blocks would never come to the next line.
                        val using = async(start = CoroutineStart.UNDISPATCHED) { use() }
                        using.isCompleted shouldBe false
                        held.end(held.nextInKernel())
                        using.await() shouldBe i + 1
                    }
                }
            }
        }

        test("use of a writer waits for its writes, and leaves the file open") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.WRITE)
                val file = context.openFileAsync(anyPath, "w").get()
                runBlocking {
                    val using =
                        async(start = CoroutineStart.UNDISPATCHED) {
                            SequentialWriter(file, 0).use { writer ->
                                writer.writeAsync(ByteArray(3))
                                writer.writeAsync(ByteArray(4))
                            }
                        }
                    held.end(held.nextInKernel())
                    using.isCompleted shouldBe false
                    held.end(held.nextInKernel())
                    using.await().get() shouldBe 4
                    file.isOpen shouldBe true
                    file.closeAndAwait()
                }
            }
        }

        test("use of a context closes it and its files") {
            runBlocking {
                val context = LeakCheck.watch(AioContext.open(AioOptions.defaults()))
                val path = Files.writeString(directory.resolve("of a context"), "x")
                val file = context.use { it.openFile(path, "r") }
                file.isOpen shouldBe false
                shouldThrow<java.nio.channels.ClosedChannelException> {
                    context.openFile(path, "r")
                }
                descriptorsBelow(directory) shouldBe 0
                context.closeAndAwait()
            }
        }

        test("use of the shared context refuses, after the block") {
            runBlocking {
                shouldThrow<IllegalStateException> { AioContext.shared().use { it.backend() } }
                shouldThrow<Marker> { AioContext.shared().use { throw Marker() } }
                    .suppressed
                    .asList()
                    .shouldHaveSize(1)
            }
        }

        test("scoped opens work on each dispatcher") {
            val path = Files.writeString(directory.resolve("dispatched"), "some text")
            onOneThread("single") { single ->
                for (dispatcher in
                    listOf(Dispatchers.Default, Dispatchers.IO, Dispatchers.Unconfined, single)) {
                    runBlocking {
                        CoroutineScope(dispatcher)
                            .async { openFile(path, "r") { it.readString() } }
                            .await() shouldBe "some text"
                    }
                }
            }
        }
    })
