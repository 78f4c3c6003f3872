package io.aiofile.contract

import io.aiofile.AioFuture
import io.aiofile.AioOptions
import io.aiofile.BinaryFile
import io.aiofile.spi.LaneThread
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.InterruptedIOException
import java.nio.ByteBuffer
import java.nio.file.NoSuchFileException
import java.util.Collections
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger

/**
 * What futures promise: where they complete, what waiting on them does, how deep they nest. A read
 * of a silent FIFO is the future that is surely unfinished; a single byte ends it, since of more it
 * may bring a part.
 */
internal fun futuresContract(subject: Subject) = funSpec {
    fun <T> withPending(
        options: AioOptions = AioOptions.defaults(),
        body: (AioFuture<ByteArray>, Fifo, BinaryFile) -> T,
    ): T =
        subject.withContext(options) { context ->
            val path = subject.disk.fresh("pipe")
            subject.disk.fifo(path).use { fifo ->
                context.openBinaryAsync(path, "rb").got().use { body(it.readAsync(100), fifo, it) }
            }
        }

    test("await throws the operation's own exception") {
        val open = subject.context.openFileAsync(subject.disk.fresh(), "r")
        refuses<NoSuchFileException> { open.await() }
        subject.withFile(subject.put(pattern(10)), "r") { file ->
            file.readBytesAsync(0, 4).await() shouldEqual pattern(4)
        }
    }

    test("an interrupted get throws, and the operation goes on") {
        withPending { read, fifo, file ->
            for (wait in listOf({ read.get() }, { read.get(60, SECONDS) })) {
                Thread.currentThread().interrupt()
                refuses<InterruptedException> { wait() }
                Thread.interrupted() shouldBe false
            }
            Thread.currentThread().interrupt()
            refuses<InterruptedIOException> { read.await() }
            Thread.interrupted() shouldBe true
            read.isDone shouldBe false
            fifo.put(pattern(1))
            read.got() shouldEqual pattern(1)
            file.file().isOpen shouldBe true
        }
    }

    test("a thread that is interrupted while it waits gets InterruptedException") {
        withPending { read, fifo, _ ->
            val result = CompletableFuture<Throwable?>()
            val waiter = Thread { result.complete(runCatching { read.get() }.exceptionOrNull()) }
            waiter.start()
            eventually("it waits") { waiter.state == Thread.State.WAITING }
            waiter.interrupt()
            result.got().shouldBeInstanceOf<InterruptedException>()
            fifo.put(pattern(1))
            read.got() shouldEqual pattern(1)
        }
    }

    test("calls by an interrupted thread work, and close no file") {
        subject.withFile(subject.put(pattern(100_000)), "rb+") { file ->
            repeat(20) { round ->
                Thread.currentThread().interrupt()
                val calls =
                    listOf(
                        file.readAsync(ByteBuffer.allocateDirect(50_000), 0),
                        file.readAsync(ByteBuffer.allocate(50_000), 0),
                        file.writeBytesAsync(pattern(10), 0),
                        file.dataSyncAsync(),
                        file.sizeAsync(),
                    )
                Thread.interrupted() shouldBe true
                calls.forEach { it.got() }
                file.isOpen shouldBe true
                file.readBytesAsync(round.toLong(), 5).got().size shouldBe 5
            }
        }
    }

    test(
        "stages derived from a future are AioFutures, and end at once on their own cancel or timeout"
    ) {
        withPending { read, fifo, _ ->
            val derived =
                listOf(
                    read.thenApply { it.size },
                    read.thenCompose { CompletableFuture.completedFuture(it.size) },
                    read.handle { bytes, _ -> bytes?.size },
                    read.whenComplete { _, _ -> },
                    read.exceptionally { ByteArray(0) },
                    read.copy(),
                )
            derived.forEach { it.shouldBeInstanceOf<AioFuture<*>>() }
            derived.forEach { it.cancel(false) shouldBe true }
            read.thenApply { it }.orTimeout(1, MILLISECONDS).fails<TimeoutException>()
            val all = CompletableFuture.allOf(read)
            all.cancel(false) shouldBe true
            all.fails<CancellationException>()
            read.isDone shouldBe false
            fifo.put(pattern(1))
            read.got() shouldEqual pattern(1)
        }
    }

    test("onRelease runs on the completing thread, before the hop to the executor") {
        val order = Collections.synchronizedList(ArrayList<String>())
        val held = CountDownLatch(1)
        val pool = Executors.newSingleThreadExecutor()
        try {
            withPending(AioOptions.defaults().withCompletionExecutor(pool)) { read, fifo, _ ->
                pool.execute { held.await() }
                val hooked = CompletableFuture<Boolean>()
                val after = read.thenRun { order += "callback" }
                read.onRelease { bytes, failure ->
                    order += "release of ${bytes?.size}, $failure, done ${read.isDone}"
                    hooked.complete(LaneThread.isCurrent())
                }
                fifo.put(pattern(1))
                hooked.got() shouldBe true
                read.isDone shouldBe false
                held.countDown()
                after.got()
                order shouldBe listOf("release of 1, null, done false", "callback")
            }
        } finally {
            held.countDown()
            pool.shutdown()
        }
    }

    test("onRelease of a future that is done runs at once, on the calling thread") {
        subject.withFile(subject.put(pattern(10)), "r") { file ->
            val read = file.readBytesAsync(0, 10).also { it.got() }
            var thread: Thread? = null
            read.onRelease { bytes, _ ->
                thread = Thread.currentThread().takeIf { bytes?.size == 10 }
            }
            thread shouldBe Thread.currentThread()
        }
        val open = subject.context.openFileAsync(subject.disk.fresh(), "r").also { it.ended() }
        var failure: Throwable? = null
        open.onRelease { _, thrown -> failure = thrown }
        failure.shouldBeInstanceOf<NoSuchFileException>()
    }

    test("by default callbacks run in the library's pool, never on a completion thread") {
        withPending { read, fifo, _ ->
            val name = read.thenApply { Thread.currentThread().name to LaneThread.isCurrent() }
            fifo.put(pattern(1))
            name.got().first shouldStartWith "aiofile-callback"
            name.got().second shouldBe false
        }
    }

    test("callbacks that join other operations do not starve the default pool") {
        val path = subject.put(pattern(100_000))
        subject.withFile(path, "rb") { file ->
            val joins =
                List(64) { number ->
                    file.readBytesAsync(number * 10L, 10).thenApplyAsync {
                        file.readBytesAsync(number * 20L, 20).join().size +
                            file.readBytesAsync(number * 30L, 30).join().size
                    }
                }
            joins.forEach { it.got() shouldBe 50 }
        }
    }

    test("an executor of the caller's runs the callbacks") {
        val tasks = AtomicInteger()
        val pool = Executors.newSingleThreadExecutor { Thread(it, "callers-own") }
        try {
            val counting =
                java.util.concurrent.Executor {
                    tasks.incrementAndGet()
                    pool.execute(it)
                }
            withPending(AioOptions.defaults().withCompletionExecutor(counting)) { read, fifo, _ ->
                val name = read.thenApply { Thread.currentThread().name }
                val before = tasks.get()
                fifo.put(pattern(1))
                name.got() shouldBe "callers-own"
                (tasks.get() > before) shouldBe true
            }
            pool.isShutdown shouldBe false
        } finally {
            pool.shutdown()
        }
    }

    test("with Runnable::run callbacks run on the completion thread, where waiting is refused") {
        withPending(AioOptions.defaults().withCompletionExecutor(Runnable::run)) { read, fifo, file
            ->
            val waits = read.thenApply {
                val next = file.readAsync(10)
                val stage = next.thenApply { bytes -> bytes.size }
                val refused =
                    listOf<() -> Any?>(
                            { next.join() },
                            { next.get() },
                            { next.get(1, SECONDS) },
                            { next.await() },
                            { stage.join() },
                        )
                        .map { wait ->
                            runCatching { wait() }.exceptionOrNull() is IllegalStateException
                        }
                // What is done already is no wait.
                CompletableFuture.completedFuture(1).join()
                Triple(LaneThread.isCurrent(), refused, next)
            }
            fifo.put(pattern(1))
            val (onLane, refused, next) = waits.got()
            onLane shouldBe true
            refused shouldBe List(5) { true }
            fifo.put(pattern(1))
            next.got() shouldEqual pattern(1)
        }
    }

    test("an executor that rejects is replaced by the completion thread, and logged once") {
        val rejecting = java.util.concurrent.Executor { throw RejectedExecutionException("full") }
        LogCapture().use { log ->
            withPending(AioOptions.defaults().withCompletionExecutor(rejecting)) { read, fifo, file
                ->
                val onLane = read.thenApply { LaneThread.isCurrent() }
                fifo.put(pattern(1))
                onLane.got() shouldBe true
                val second = file.readAsync(10)
                fifo.put(pattern(1))
                second.got().size shouldBe 1
            }
            log.count("rejects") shouldBe 1
        }
    }

    test("a callback that throws harms its own stage only") {
        subject.withFile(subject.put(pattern(10)), "r") { file ->
            val read = file.readBytesAsync(0, 10)
            val broken = read.thenApply<Int> { throw IllegalStateException("mine") }
            broken.fails<IllegalStateException>("mine")
            read.got() shouldEqual pattern(10)
            LogCapture().use { log ->
                read.onRelease { _, _ -> throw IllegalStateException("mine too") }
                log.count("hook") shouldBe 1
            }
        }
    }

    test("a copy loop written with thenCompose does not grow the stack") {
        val step = 64 * 1024
        // 1 GiB on a real disk, of which nothing has to be allocated.
        val steps = if (subject.disk.isReal) 16_384 else 4_096
        val source = subject.disk.fresh("source.bin")
        subject.withFile(source, "wb") { it.truncateAsync(steps.toLong() * step).got() }
        val deepest = AtomicInteger()
        subject.withFile(source, "rb") { from ->
            subject.withFile(subject.disk.fresh("target.bin"), "wb") { to ->
                val buffer = ByteBuffer.allocateDirect(step)
                fun copy(done: Int): CompletableFuture<Int> =
                    from
                        .readFullyAsync(buffer.clear(), done.toLong() * step)
                        .thenCompose { to.writeAsync(buffer.flip(), (done % 16).toLong() * step) }
                        .thenCompose {
                            if (done % 64 == 0) deepest.accumulateAndGet(stackDepth(), ::maxOf)
                            if (done + 1 == steps) CompletableFuture.completedFuture(steps)
                            else copy(done + 1)
                        }
                copy(0).got() shouldBe steps
            }
        }
        deepest.get().shouldBeLessThan(2000)
    }

    test("a chain of a hundred thousand stages on finished futures does not grow the stack") {
        subject.withFile(subject.put(pattern(10)), "r") { file ->
            val done = file.sizeAsync().also { it.got() }
            fun count(left: Int): CompletableFuture<Long> = done.thenCompose {
                if (left == 0) done else count(left - 1)
            }
            count(100_000).got() shouldBe 10
        }
    }

    test("numbers add up") {
        val before = subject.context.metrics()
        subject.withFile(subject.put(pattern(1000)), "rb+") { file ->
            file.readBytesAsync(0, 600).got()
            file.writeBytesAsync(pattern(300), 0).got()
        }
        val after = subject.context.metrics()
        after.bytesRead() - before.bytesRead() shouldBe 600
        after.bytesWritten() - before.bytesWritten() shouldBe 300
        (after.completed() - before.completed()).shouldBeGreaterThanOrEqual(3)
        after.failed() shouldBe before.failed()
        after.submitted() - before.submitted() shouldBe after.completed() - before.completed()
    }
}

private fun stackDepth() = StackWalker.getInstance().walk { frames -> frames.count().toInt() }
