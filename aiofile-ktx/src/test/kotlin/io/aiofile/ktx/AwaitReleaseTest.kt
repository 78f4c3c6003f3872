package io.aiofile.ktx

import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.aiofile.FileIoException
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.aiofile.spi.SystemCallException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import io.kotest.matchers.types.shouldBeSameInstanceAs
import java.io.EOFException
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.intrinsics.startCoroutineUninterceptedOrReturn
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.isActive
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

private val anyPath = Path.of("any")

private val ioError = SystemCallException(5, "EIO", "Input/output error")

private fun heldBytes(position: Long, length: Int) =
    ByteArray(length) { heldByte(position + it) }.toList()

private fun ByteBuffer.toList() = List(capacity()) { get(it) }

/** Starts a suspend function without a dispatcher; the result, or the mark of a suspension. */
private fun <T> startHere(block: suspend () -> T): Any? =
    block.startCoroutineUninterceptedOrReturn(
        Continuation(EmptyCoroutineContext) { it.getOrThrow() }
    )

/** A file of which some operations stay in the kernel. */
private inline fun withHeldFile(opcode: Opcode, block: (AsyncFile, HeldBackend) -> Unit) =
    withHeld { context, held ->
        held.holding = setOf(opcode)
        block(context.openFileAsync(anyPath, "r+").get(), held)
    }

/** What a coroutine that was to end by cancellation was thrown. */
private suspend fun cancellationOf(block: suspend () -> Unit): CancellationException =
    shouldThrow<CancellationException> { block() }

/** Waits for the cancel, and then so long that a bridge which resumed on it would be through. */
private suspend fun awaitAsked(operation: Operation, dispatcher: CoroutineDispatcher) {
    eventually("the operation was asked") { operation.isCancelAsked }
    // It serves its tasks in their order.
    repeat(10) { withContext(dispatcher) {} }
}

class AwaitReleaseTest :
    FunSpec({
        loadWhatStays()
        context("a result that is there") {
            test("is served without a suspension") {
                withHeld { context, held ->
                    held.readsInline = true
                    val file = context.openFileAsync(anyPath, "r").get()
                    // A thread of its own has a slice of its own, which is not used up.
                    endsInTime { startHere { file.readBytes(7, 3).toList() } } shouldBe
                        heldBytes(7, 3)
                    endsInTime { startHere { file.read(ByteBuffer.allocate(9), 0) } } shouldBe 9
                }
            }

            test("of a cursor, whose future may come later, is served without a suspension too") {
                withHeld { context, held ->
                    held.readsInline = true
                    val file = context.openBinaryAsync(anyPath, "r").get()
                    endsInTime { startHere { file.read(3).toList() } } shouldBe heldBytes(0, 3)
                }
            }

            test("is not served to a cancelled coroutine") {
                withHeld { context, held ->
                    held.readsInline = true
                    val file = context.openFileAsync(anyPath, "r").get()
                    val future = file.readBytesAsync(0, 1)
                    runBlocking {
                        future.isDone shouldBe true
                        val thrown = async {
                            coroutineContext.job.cancel()
                            cancellationOf { future.awaitRelease() }
                        }
                        thrown.join()
                        thrown.isCancelled shouldBe true
                    }
                }
            }
        }

        context("an operation in the kernel") {
            test("resumes the coroutine on its own dispatcher") {
                withHeldFile(Opcode.READ) { file, held ->
                    onOneThread("of-the-coroutine") { dispatcher ->
                        val reading =
                            CoroutineScope(dispatcher).async {
                                file.readBytes(0, 4).toList() to Thread.currentThread().name
                            }
                        held.end(held.nextInKernel())
                        val (bytes, thread) = runBlocking { reading.await() }
                        bytes shouldBe heldBytes(0, 4)
                        thread.substringBefore(" @") shouldBe "of-the-coroutine"
                    }
                }
            }

            test("resumes it from the completing thread, with no hop through the executor") {
                val hops = AtomicInteger()
                val options =
                    AioOptions.defaults().withCompletionExecutor {
                        hops.incrementAndGet()
                        it.run()
                    }
                withHeld(options) { context, held ->
                    val file = context.openFileAsync(anyPath, "r+").get()
                    held.holding = setOf(Opcode.READ, Opcode.WRITE, Opcode.DATA_SYNC)
                    hops.set(0)
                    val threads = ConcurrentLinkedQueue<String>()
                    val job =
                        CoroutineScope(Dispatchers.Unconfined).launch {
                            file.read(ByteBuffer.allocateDirect(8), 0)
                            threads.add(Thread.currentThread().name.substringBefore(" @"))
                            file.writeBytes(ByteArray(8), 0)
                            threads.add(Thread.currentThread().name.substringBefore(" @"))
                            file.dataSync()
                            threads.add(Thread.currentThread().name.substringBefore(" @"))
                        }
                    repeat(3) { held.end(held.nextInKernel()) }
                    runBlocking { job.join() }
                    threads.toList() shouldBe List(3) { held.threadName }
                    hops.get() shouldBe 0
                    held.holding = setOf()
                }
            }

            test("throws the operation's failure as it is") {
                withHeldFile(Opcode.READ) { file, held ->
                    val future = file.readBytesAsync(4096, 512)
                    lateinit var failure: Throwable
                    future.onRelease { _, thrown -> failure = thrown!! }
                    runBlocking {
                        val reading =
                            async(Dispatchers.Default) {
                                shouldThrow<FileIoException> { future.awaitRelease() }
                            }
                        held.fail(held.nextInKernel(), ioError)
                        reading.await() shouldBeSameInstanceAs failure
                        // Also when it is asked for again, and by now done.
                        shouldThrow<FileIoException> {
                            future.awaitRelease()
                        } shouldBeSameInstanceAs failure
                    }
                }
            }

            test("throws an EOFException as it is, which stack-trace recovery could copy") {
                withHeldFile(Opcode.READ) { file, held ->
                    val future = file.readFullyAsync(ByteBuffer.allocateDirect(8), 0)
                    lateinit var failure: Throwable
                    future.onRelease { _, thrown -> failure = thrown!! }
                    runBlocking {
                        val reading =
                            async(Dispatchers.Default) {
                                shouldThrow<EOFException> { future.awaitRelease() }
                            }
                        val operation = held.nextInKernel()
                        held.onCompletionThread { operation.complete(0) }
                        reading.await() shouldBeSameInstanceAs failure
                    }
                }
            }
        }

        context("a cancelled coroutine") {
            test("starts nothing") {
                withHeld { context, _ ->
                    val file = context.openFileAsync(anyPath, "r+").get()
                    val before = context.metrics().submitted
                    runBlocking {
                        launch {
                            coroutineContext.job.cancel()
                            cancellationOf { file.writeBytes(ByteArray(1), 0) }
                            cancellationOf { context.openFile(anyPath, "w") }
                            cancellationOf { context.files().readBytes(anyPath) }
                        }
                            .join()
                    }
                    context.metrics().submitted shouldBe before
                }
            }

            test("gets its buffer back before the exception, with what was transferred") {
                withHeldFile(Opcode.READ) { file, held ->
                    onOneThread("of-the-coroutine") { dispatcher ->
                        val buffer = ByteBuffer.allocateDirect(64)
                        val positions = ConcurrentLinkedQueue<Int>()
                        val job =
                            CoroutineScope(dispatcher).launch {
                                try {
                                    file.read(buffer, 0)
                                } finally {
                                    positions.add(buffer.position())
                                }
                            }
                        val operation = held.nextInKernel()
                        job.cancel()
                        runBlocking {
                            awaitAsked(operation, dispatcher)
                            positions.shouldBeEmpty()
                            job.isCompleted shouldBe false
                            held.end(operation)
                            job.join()
                        }
                        positions.toList() shouldBe listOf(64)
                        buffer.toList() shouldBe heldBytes(0, 64)
                    }
                }
            }

            test("waits for a future that it got before, and did not cancel") {
                withHeldFile(Opcode.READ) { file, held ->
                    onOneThread("of-the-coroutine") { dispatcher ->
                        val future = file.readAsync(ByteBuffer.allocateDirect(64), 0)
                        val operation = held.nextInKernel()
                        val job =
                            CoroutineScope(dispatcher).launch {
                                coroutineContext.job.cancel()
                                future.awaitRelease()
                            }
                        runBlocking {
                            awaitAsked(operation, dispatcher)
                            job.isCompleted shouldBe false
                            held.end(operation)
                            job.join()
                        }
                        job.isCancelled shouldBe true
                    }
                }
            }

            test("is told the operation's own failure as suppressed") {
                withHeldFile(Opcode.WRITE) { file, held ->
                    runBlocking {
                        lateinit var thrown: CancellationException
                        val writing =
                            launch(Dispatchers.Default) {
                                thrown = cancellationOf { file.writeBytes(ByteArray(10), 20) }
                            }
                        val operation = held.nextInKernel()
                        writing.cancel()
                        eventually("the operation was asked") { operation.isCancelAsked }
                        held.fail(operation, SystemCallException(28, "ENOSPC", "No space left"))
                        writing.join()
                        thrown.suppressed.single().shouldBeInstanceOf<FileIoException>()
                    }
                }
            }

            test("throws even if the operation ended before it could be resumed") {
                withHeldFile(Opcode.READ) { file, held ->
                    val dispatcher = ManualDispatcher()
                    val outcome = ConcurrentLinkedQueue<Any>()
                    val job =
                        CoroutineScope(dispatcher).launch {
                            try {
                                outcome.add(file.readBytes(0, 3))
                            } catch (cancelled: CancellationException) {
                                outcome.add(cancelled)
                            }
                        }
                    dispatcher.runOne()
                    held.end(held.nextInKernel())
                    job.cancel()
                    dispatcher.runOne()
                    dispatcher.runAll()
                    job.isCompleted shouldBe true
                    outcome.single().shouldBeInstanceOf<CancellationException>()
                }
            }

            test("by a timeout ends with null after the release, and not before") {
                withHeldFile(Opcode.READ) { file, held ->
                    onOneThread("of-the-coroutine") { dispatcher ->
                        val reading =
                            CoroutineScope(dispatcher).async {
                                withTimeoutOrNull(500) {
                                    file.read(ByteBuffer.allocateDirect(1), 0)
                                }
                            }
                        val operation = held.nextInKernel()
                        runBlocking {
                            awaitAsked(operation, dispatcher)
                            reading.isCompleted shouldBe false
                            held.end(operation)
                            reading.await() shouldBe null
                        }
                    }
                }
            }
        }

        context("a future that Java code cancels") {
            test("is an error of another type to a coroutine that is active, which goes on") {
                withHeldFile(Opcode.READ) { file, held ->
                    val future = file.readAsync(ByteBuffer.allocateDirect(8), 0)
                    runBlocking {
                        val reading =
                            async(Dispatchers.Default) {
                                val thrown =
                                    shouldThrow<FutureCancelledException> { future.awaitRelease() }
                                thrown to isActive
                            }
                        val operation = held.nextInKernel()
                        future.cancel(false)
                        held.end(operation)
                        val (thrown, active) = reading.await()
                        active shouldBe true
                        thrown.cause.shouldBeInstanceOf<CancellationException>()
                    }
                }
            }

            test("before it was waited for, too") {
                withHeldFile(Opcode.READ) { file, held ->
                    val future = file.readBytesAsync(0, 8)
                    val operation = held.nextInKernel()
                    future.cancel(false) shouldBe true
                    runBlocking {
                        shouldThrow<FutureCancelledException> { future.awaitRelease() }
                        shouldThrow<FutureCancelledException> {
                            future.thenApply { it.size }.awaitRelease()
                        }
                    }
                    held.end(operation)
                }
            }
        }
    })
