package io.aiofile.jna.engine

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AlignedBuffers
import io.aiofile.FileIoException
import io.aiofile.OpenMode
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.LogCapture
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeProvider
import io.aiofile.jna.libaio.AioBinding
import io.aiofile.jna.libaio.LibaioQueue
import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.LibC
import io.aiofile.jna.sys.libc
import io.aiofile.jna.sys.noDirectReason
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.spi.LaneThread
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.io.RandomAccessFile
import java.io.UncheckedIOException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ThreadFactory
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.MINUTES
import java.util.concurrent.atomic.AtomicInteger

/**
 * Faults that a backend does not recover from, or only in part, as a user of a context sees them.
 */
class NativeFaultsTest :
    FunSpec({
        val directory = tempdir().toPath()
        val noDirect = noDirectReason(directory)
        val skipped = if (noDirect == null) "" else " (skipped: $noDirect)"

        fun newFile(): Path =
            Files.write(Files.createTempFile(directory, "data", null), pattern(PAGES * PAGE))

        fun kernelTest(name: String, body: () -> Unit) =
            test("$name$skipped").config(enabled = noDirect == null) { body() }

        kernelTest("the completion thread dies: what is in the kernel stays, workers do the rest") {
            val queue = ScriptedQueue(4)
            val kept = KeptDescriptors()
            LogCapture().use { log ->
                val context = openOn(queue, kept, closeTimeout = Duration.ofMillis(100))
                val path = newFile()
                val file = context.openFileAsync(path, direct).got()
                val other = context.openFileAsync(path, direct).got()
                // Every permit, and, by memory that is not aligned, all the pool has.
                val inKernel = List(4) { file.readAsync(ByteBuffer.allocate(8 * PAGE), 0L) }
                context.metrics().run { inFlight() to queued() } shouldBe (2 to 2)
                queue.awaitTaken(2)
                queue.answer(ScriptedQueue.Throws(OutOfMemoryError("for the test")))
                // Those in line get the permits and the memory of those that are lost.
                inKernel.drop(2).forEach { it.got() shouldBe 8 * PAGE }
                log.count("the completion thread died: workers do what scripted") shouldBe 1
                log.count("in flight, perhaps for good: 2") shouldBe 1
                inKernel.take(2).forEach {
                    it.cancel(false) shouldBe false
                    it.isDone shouldBe false
                }
                repeat(10) {
                    other.readBytesAsync(0, 8 * PAGE).got() shouldEqual pattern(8 * PAGE)
                    val start = it * PAGE
                    val page = pattern(PAGES * PAGE).copyOfRange(start, start + PAGE)
                    val source = AlignedBuffers.allocate(PAGE, PAGE).put(page).flip()
                    other.writeAsync(source, start.toLong()).got() shouldBe PAGE
                    other.syncAsync().got()
                }
                queue.submissions.size shouldBe 2
                other.close()
                context.metrics().inFlight() shouldBe 2

                context.closeAsync().fails<IOException>("close gave up", "2 operations")
                inKernel.take(2).none { it.isDone } shouldBe true
                log.count("their futures stay unfinished") shouldBe 1
                queue.closes.get() shouldBe 0
            }
            // The end of the process would do that: what the kernel may use is left as it is.
            kept.closeAll()
        }

        kernelTest("the completion thread dies idle: nobody notices, and the context closes") {
            val queue = ScriptedQueue(4)
            LogCapture().use { log ->
                openOn(queue, libc).use { context ->
                    LeakCheck.watch(context)
                    val file = context.openFileAsync(newFile(), direct).got()
                    queue.answer(ScriptedQueue.Errno(Errno.EINVAL))
                    eventually("it is dead") { log.count("the completion thread died") == 1 }
                    file.readBytesAsync(0, PAGE).got() shouldEqual pattern(PAGE)
                    file.close()
                }
            }
            queue.closes.get() shouldBe 1
            queue.submissions.shouldBeEmpty()
        }

        kernelTest(
            "a submission that throws after publishing: the event still ends the operation"
        ) {
            val queue = ScriptedQueue(4)
            LogCapture().use { log ->
                openOn(queue, libc).use { context ->
                    LeakCheck.watch(context)
                    val file = context.openFileAsync(newFile(), direct).got()
                    queue.onSubmit = { throw IllegalStateException("after publishing") }
                    // Into pooled memory, whose share of the limit goes to others.
                    val read = file.readAsync(ByteBuffer.allocate(PAGE), 0)
                    read.isDone shouldBe false
                    log.count("submitting failed: workers do what scripted") shouldBe 1
                    context.metrics().run { inFlight() to pooledBytes() } shouldBe (1 to 0L)
                    file.readBytesAsync(0, PAGE).got() shouldEqual pattern(PAGE)
                    queue.complete(queue.inKernel.values.single(), PAGE.toLong())
                    read.got() shouldBe PAGE
                    file.close()
                    context.metrics().run { inFlight() to pooledBytes() } shouldBe (0 to 0L)
                }
            }
            queue.closes.get() shouldBe 1
            queue.violations.shouldBeEmpty()
        }

        test("no worker thread can be had: operations fail and say why, nothing is lost or kept") {
            val factory = ThreadFactory { Impossible(it) }
            openOn(null, libc, factory).use { context ->
                LeakCheck.watch(context)
                repeat(20) {
                    val told =
                        context
                            .openFileAsync(newFile(), "rb")
                            .fails<FileIoException>(
                                "open",
                                "no worker thread could be started",
                            )
                    told.cause!!.cause!!.message shouldContain "unable to create native thread"
                }
                context.metrics().inFlight() shouldBe 0
            }
        }

        test("worker threads run out: the one that there is does everything") {
            val left = AtomicInteger(1)
            val factory = ThreadFactory {
                if (left.getAndDecrement() > 0) LaneThread.shielded("worker", it)
                else Impossible(it)
            }
            // The one must not end meanwhile.
            openOn(null, libc, factory, idleNanos = MINUTES.toNanos(10)).use { context ->
                LeakCheck.watch(context)
                val file = context.openFileAsync(newFile(), "rb+").got()
                val reads = List(200) { file.readBytesAsync(it * 10L, 1000) }
                val writes = List(50) { file.writeBytesAsync(pattern(100), it * 100L) }
                writes.forEach { it.got() shouldBe 100 }
                reads.forEach { it.got().size shouldBe 1000 }
                file.syncAsync().got()
                file.close()
            }
        }

        test("worker threads run out with files open: they fail, are closed, and come again") {
            val possible = ConcurrentHashMap.newKeySet<Int>().apply { add(1) }
            val factory = ThreadFactory {
                if (possible.isEmpty()) Impossible(it) else LaneThread.shielded("worker", it)
            }
            openOn(null, libc, factory).use { context ->
                LeakCheck.watch(context)
                val file = context.openFileAsync(newFile(), "rb+").got()
                val other = context.openFileAsync(newFile(), "rb+").got()
                possible.clear()
                eventually("no thread is left") {
                    threadsNamed("aiofile").none { "-worker-" in it }
                }
                file.readBytesAsync(0, 10).fails<FileIoException>("no worker thread")
                file.syncAsync().fails<FileIoException>("no worker thread")
                // Closing a descriptor is done on whatever thread there is.
                file.closeAsync().got()
                possible.add(1)
                other.readBytesAsync(0, 10).got() shouldEqual pattern(10)
                other.close()
            }
        }

        test("no native memory at the start: an IOException that says so, and nothing is kept") {
            val before = openDescriptors()
            for (allowed in 0..3) {
                val scarce = ScarceMemory(allowed)
                val started = runCatching {
                    FakeProvider.open(AioOptions.defaults()) {
                        NativeBackend.start("posix", scarce, null, it)
                    }
                }
                started.onSuccess { LeakCheck.watch(it).close() }
                started.onFailure { failure ->
                    failure as UncheckedIOException
                    failure.message shouldContain "ENOMEM"
                    descriptorsSince(before).shouldBeEmpty()
                }
                // A scratch block and an eventfd's: with both it starts.
                started.isSuccess shouldBe (allowed >= 2)
            }
        }

        test("no native memory for a queue: an IOException, and the next backend is tried") {
            val before = openDescriptors()
            val scarce = ScarceMemory(0)
            val failure =
                shouldThrow<IOException> {
                    LibaioQueue.open(scarce, AioBinding.bindFirst(libc), 8)
                }
            failure.message shouldContain "ENOMEM"
            descriptorsSince(before).shouldBeEmpty()
        }

        test(
            "no native memory for polling: what waits for a FIFO fails; with memory it works again"
        ) {
            val scarce = ScarceMemory(2)
            val fifo = makeFifo(directory)
            LogCapture().use { log ->
                openOn(null, scarce).use { context ->
                    LeakCheck.watch(context)
                    val file = context.openBinaryAsync(fifo, OpenMode.parse("r+")).got()
                    file.readAsync(10).fails<FileIoException>("waiter died", "ENOMEM")
                    log.count("waiter died") shouldBe 1
                    scarce.left.set(100)
                    val read = file.readAsync(10)
                    RandomAccessFile(fifo.toFile(), "rw").use { it.write(pattern(3)) }
                    read.got() shouldEqual pattern(3)
                    file.close()
                }
            }
        }
    })

private const val PAGE = 4096
private const val PAGES = 16
private val direct = OpenMode.READ_WRITE.withDirect()

/** A context whose worker threads leave as soon as they are idle, without an inline lane. */
private fun openOn(
    queue: KernelQueue?,
    libc: LibC,
    threads: ThreadFactory = ThreadFactory { LaneThread.shielded("worker", it) },
    closeTimeout: Duration = Duration.ofSeconds(PATIENCE_SECONDS),
    idleNanos: Long = MILLISECONDS.toNanos(20),
): AioContext {
    val options =
        AioOptions.defaults()
            .withMaxRequests(4)
            .withPooledBytes(64 shl 10)
            .withInlineReadBytes(0)
            .withInlineWriteBytes(0)
            .withCloseTimeout(closeTimeout)
    return FakeProvider.open(options) { config ->
        val workers = WorkerLane(config.name(), 4, idleNanos, threads)
        NativeBackend.start("posix", libc, queue, config, workers)
    }
}

/** Gives so many blocks of memory. */
private class ScarceMemory(blocks: Int) : LibCSpy() {
    val left = AtomicInteger(blocks)

    override fun mmap(
        address: Long,
        length: Long,
        protection: Int,
        flags: Int,
        fd: Int,
        position: Long,
    ): Long =
        if (left.getAndDecrement() > 0) {
            super.mmap(address, length, protection, flags, fd, position)
        } else {
            -Errno.ENOMEM.toLong()
        }
}

/** Knows what descriptors the backend has, for where it keeps them for good. */
private class KeptDescriptors : LibCSpy() {
    private val open = ConcurrentHashMap.newKeySet<Int>()

    override fun open(path: String, flags: Int, mode: Int): Int =
        super.open(path, flags, mode).also { if (it >= 0) open += it }

    override fun eventfd(initial: Int, flags: Int): Int =
        super.eventfd(initial, flags).also { if (it >= 0) open += it }

    override fun close(fd: Int): Int {
        open -= fd
        return super.close(fd)
    }

    fun closeAll() = open.toList().forEach { close(it) }
}
