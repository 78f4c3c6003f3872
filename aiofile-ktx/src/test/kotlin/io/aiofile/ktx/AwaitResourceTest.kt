package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AsyncFile
import io.aiofile.contract.LeakCheck
import io.aiofile.spi.Opcode
import io.aiofile.spi.SystemCallException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

private val anyPath = Path.of("any")

/** Each way to open, as a name and something that opens and gives back how to close. */
private val openings: Map<String, suspend (AioContext) -> suspend () -> Unit> =
    mapOf(
        "openFile" to { context -> context.openFile(anyPath, "r").let { { it.closeAndAwait() } } },
        "openBinary" to
            { context ->
                context.openBinary(anyPath, "r").let { { it.closeAndAwait() } }
            },
        "openText" to { context -> context.openText(anyPath, "r").let { { it.closeAndAwait() } } },
    )

class AwaitResourceTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()

        for ((name, opening) in openings) {
            context(name) {
                test("opens, from the completing thread, with no hop through the executor") {
                    val hops = AtomicInteger()
                    val options =
                        io.aiofile.AioOptions.defaults().withCompletionExecutor {
                            hops.incrementAndGet()
                            it.run()
                        }
                    withHeld(options) { context, held ->
                        held.holding = setOf(Opcode.OPEN)
                        val threads = ConcurrentLinkedQueue<String>()
                        val job =
                            CoroutineScope(Dispatchers.Unconfined).launch {
                                val close = opening(context)
                                threads.add(Thread.currentThread().name.substringBefore(" @"))
                                close()
                            }
                        held.end(held.nextOpen())
                        runBlocking { job.join() }
                        threads.single() shouldBe held.threadName
                        hops.get() shouldBe 0
                    }
                }

                test("closes what comes after the coroutine was cancelled") {
                    withHeld { context, held ->
                        held.holding = setOf(Opcode.OPEN)
                        runBlocking {
                            val job = launch(Dispatchers.Default) { opening(context) }
                            val open = held.nextOpen()
                            job.cancelAndJoin()
                            held.openFiles.get() shouldBe 0
                            held.end(open)
                            eventually("it was closed") {
                                held.openFiles.get() == 0 && context.metrics().openFiles == 0
                            }
                        }
                    }
                }

                test("closes what came before a cancel, and the coroutine was not resumed with") {
                    withHeld { context, held ->
                        held.holding = setOf(Opcode.OPEN)
                        val dispatcher = ManualDispatcher()
                        val thrown = ConcurrentLinkedQueue<Throwable>()
                        val job =
                            CoroutineScope(dispatcher).launch {
                                try {
                                    opening(context)
                                } catch (cancelled: CancellationException) {
                                    thrown.add(cancelled)
                                }
                            }
                        dispatcher.runOne()
                        held.end(held.nextOpen())
                        held.openFiles.get() shouldBe 1
                        job.cancel()
                        while (!job.isCompleted) {
                            dispatcher.runOne()
                        }
                        thrown.single().shouldBeInstanceOf<CancellationException>()
                        held.openFiles.get() shouldBe 0
                    }
                }
            }
        }

        test("a future that is done gives its file to nobody who is cancelled") {
            withHeld { context, held ->
                runBlocking {
                    val future = context.openFileAsync(anyPath, "r")
                    eventually("it is open") { future.isDone }
                    val job = launch {
                        coroutineContext.job.cancel()
                        future.awaitResource()
                    }
                    job.join()
                    job.isCancelled shouldBe true
                    held.openFiles.get() shouldBe 0
                }
            }
        }

        test("a stage derived from an opening hands over another resource, or closes it") {
            class Wrapper(val file: AsyncFile) : AutoCloseable {
                override fun close() = file.close()
            }
            withHeld { context, held ->
                runBlocking {
                    fun wrapped(): AioFuture<Wrapper> =
                        context.openFileAsync(anyPath, "r").thenApply { Wrapper(it) }
                    wrapped().awaitResource().close()
                    val future = wrapped()
                    eventually("it is open") { future.isDone }
                    val job = launch {
                        coroutineContext.job.cancel()
                        future.awaitResource()
                    }
                    job.join()
                    held.openFiles.get() shouldBe 0
                }
            }
        }

        test("the failure of a close that nobody asked for is suppressed, not lost") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.CLOSE)
                runBlocking {
                    val future = context.openFileAsync(anyPath, "r")
                    eventually("it is open") { future.isDone }
                    lateinit var thrown: CancellationException
                    val opening =
                        launch(Dispatchers.Default) {
                            coroutineContext.job.cancel()
                            thrown = shouldThrow<CancellationException> { future.awaitResource() }
                        }
                    held.fail(held.nextInKernel(), SystemCallException(5, "EIO", "broken"))
                    opening.join()
                    thrown.suppressed.single().shouldBeInstanceOf<java.io.IOException>()
                }
                held.openFiles.decrementAndGet()
            }
        }

        test("an opening that Java code cancels is an error of another type") {
            withHeld { context, held ->
                held.holding = setOf(Opcode.OPEN)
                val future = context.openFileAsync(anyPath, "r")
                val open = held.nextOpen()
                future.cancel(false)
                runBlocking { shouldThrow<FutureCancelledException> { future.awaitResource() } }
                held.end(open)
                runBlocking { eventually("it was closed") { held.openFiles.get() == 0 } }
            }
        }

        test("the failure of an opening is thrown as it is") {
            val context = LeakCheck.watch(AioContext.open())
            runBlocking {
                shouldThrow<NoSuchFileException> {
                    context.openFile(directory.resolve("missing"), "r")
                }
            }
            context.close()
        }

        for (backend in backends) {
            test("10,000 openings that race with a cancel leave no descriptor, on $backend") {
                val seed = Random.nextLong()
                println("AwaitResourceTest, races on $backend: seed $seed")
                endsInTime { raceOpenings(directory, backend, Random(seed)) }
            }
        }
    })

private fun raceOpenings(directory: Path, backend: String, random: Random) {
    val path = Files.write(directory.resolve("raced"), ByteArray(10))
    val before = descriptorsBelow(directory)
    val opened = AtomicInteger()
    val context = contextOn(backend)
    runBlocking {
        var spinsMax = 10_000
        repeat(10_000) { round ->
            val job =
                launch(Dispatchers.Default) {
                    val file = context.openFile(path, "r")
                    opened.incrementAndGet()
                    file.closeAndAwait()
                }
            val openedBefore = opened.get()
            if (round % 16 == 0) {
                job.join() // behind the openings that were given up, which the workers still do
            } else {
                repeat(random.nextInt(spinsMax)) { Thread.onSpinWait() }
                job.cancelAndJoin()
                // Steers to where about half of them open.
                val step = spinsMax / 64 + 1
                spinsMax += if (opened.get() > openedBefore) -step else step
                spinsMax = spinsMax.coerceIn(2, 200_000)
            }
        }
        eventually("all is closed") {
            context.metrics().openFiles == 0 && descriptorsBelow(directory) == before
        }
    }
    withClue("races on both sides: ${opened.get()} opened") {
        opened.get() shouldBeGreaterThan 0
        (10_000 - opened.get()) shouldBeGreaterThan 0
    }
    context.close()
}
