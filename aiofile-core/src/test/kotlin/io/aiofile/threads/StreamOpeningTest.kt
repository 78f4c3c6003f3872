package io.aiofile.threads

import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.aiofile.spi.Operation.SEQUENTIAL
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.AccessDeniedException
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** Opening FIFOs, which waits for the other end. */
class StreamOpeningTest :
    FunSpec({
        lateinit var lane: Lane
        beforeEach { lane = Lane(workers = 1) }
        afterEach { lane.close() }

        context("a FIFO of Linux").config(enabled = isLinux) {
            test("opening for reading waits for a writer, and for writing waits for a reader") {
                val path = lane.fifo("f")
                val reader = lane.openAsync(path, Flag.READ)
                eventually("a waiting open") { lane.isInOpen() }
                reader.future.isDone shouldBe false
                val writer = lane.open(path, Flag.WRITE, Flag.CREATE, Flag.TRUNCATE)
                val file = reader.future.outcome()
                writer.writeText("through", SEQUENTIAL) shouldBe 7
                file.readText(SEQUENTIAL, 99) shouldBe "through"
                writer.closeFile()
                file.readText(SEQUENTIAL, 99) shouldBe ""
                file.closeFile()
            }

            test(
                "an open that waits is cancelled at once, and leaves no thread and no descriptor"
            ) {
                for (flag in listOf(Flag.READ, Flag.WRITE)) {
                    val opens = List(32) { lane.openAsync(lane.fifo("$flag$it"), flag) }
                    eventually("32 waiting opens") { lane.isInOpen(32) }
                    opens.forEach {
                        lane.backend.cancel(it)
                        it.state() shouldBe Operation.State.DONE
                    }
                    eventually("the end of the threads") {
                        lane.threads("open").isEmpty() && lane.threads("cancel").isEmpty()
                    }
                    lane.descriptors() shouldBe emptyList()
                }
            }

            test("an open cancelled at any moment leaves nothing behind") {
                val seed = System.nanoTime()
                println("cancelled opens: seed $seed")
                val random = java.util.Random(seed)
                val path = lane.fifo("f")
                repeat(200) {
                    val open =
                        lane.openAsync(path, if (random.nextBoolean()) Flag.READ else Flag.WRITE)
                    repeat(random.nextInt(4)) { Thread.yield() }
                    if (random.nextInt(4) == 0) Thread.sleep(0, random.nextInt(500_000))
                    lane.backend.cancel(open)
                    // Two of them may have met.
                    if (!open.future.isCompletedExceptionally) open.future.outcome().closeFile()
                }
                eventually("the end of the threads") {
                    lane.threads("open").isEmpty() && lane.threads("cancel").isEmpty()
                }
                lane.descriptors() shouldBe emptyList()
            }

            test("a cancel just before the system call keeps the thread from waiting in it") {
                val path = lane.fifo("f")
                val before = CountDownLatch(1)
                val gate = CountDownLatch(1)
                val bothEnds = CountDownLatch(1)
                val files =
                    HookedFiles(wrap = { it.also { bothEnds.countDown() } }) { options ->
                        if (WRITE !in options) {
                            before.countDown()
                            gate.await()
                        }
                    }
                val open = lane.openAsync(files.path(path), Flag.READ)
                before.await()
                lane.backend.cancel(open)
                shouldThrow<CancellationException> { open.future.outcome() }
                bothEnds.await()
                eventually("the end of the thread") { lane.threads("cancel").isEmpty() }
                gate.countDown()
                eventually("the end of the thread") { lane.threads("open").isEmpty() }
                lane.descriptors() shouldBe emptyList()
            }

            test(
                "where nothing may wake it, an open is cancelled at once, and ends with the other end"
            ) {
                val path = lane.fifo("f")
                val asked = CountDownLatch(1)
                val files = HookedFiles { options ->
                    if (READ in options) {
                        asked.countDown()
                        throw AccessDeniedException("$path")
                    }
                }
                val open = lane.openAsync(files.path(path), Flag.WRITE)
                eventually("a waiting open") { lane.isInOpen() }
                lane.backend.cancel(open)
                shouldThrow<CancellationException> { open.future.outcome() }
                asked.await()
                FileChannel.open(path, READ).use {
                    eventually("the end of the thread") { lane.threads("open").isEmpty() }
                }
            }

            test("a failure to open for the second direction closes the first") {
                val path = lane.fifo("f")
                val opens = AtomicInteger()
                val files = HookedFiles {
                    if (opens.incrementAndGet() == 2) throw AccessDeniedException("$path")
                }
                shouldThrow<AccessDeniedException> {
                    lane.open(files.path(path), Flag.READ, Flag.WRITE)
                }
                lane.descriptors() shouldBe emptyList()
            }

            test("a thread that can't be started fails the open") {
                Lane(workers = 1, starter = lackingThreads("open")).use { poor ->
                    val path = poor.fifo("f")
                    shouldThrow<IOException> { poor.open(path, Flag.READ) }.message shouldContain
                        "no thread could be started"
                }
            }
        }
    })
