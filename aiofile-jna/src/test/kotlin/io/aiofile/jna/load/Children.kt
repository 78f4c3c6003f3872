package io.aiofile.jna.load

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.spi.Opcode
import java.lang.management.BufferPoolMXBean
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Semaphore
import java.util.concurrent.atomic.AtomicInteger
import kotlin.system.exitProcess

private val noInline = AioOptions.defaults().withInlineReadBytes(0).withInlineWriteBytes(0)

/**
 * Many requests on few slots: all are queued, all are answered. Arguments: backend, file, requests.
 */
object QueueChild {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (backend, file, requests) = arguments
        noInline.withBackend(backend).withMaxRequests(64).let(AioContext::open).use { context ->
            context.openFileAsync(Path.of(file), "rb").got().use {
                answerAll(it, requests.toInt()) {}
            }
        }
    }
}

/** The same on the fake, whose device stalls until all of them are in. Argument: requests. */
object StalledQueueChild {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val setup = FakeSetup(faults = FaultPlan())
        val path = setup.disk.fresh("data")
        setup.disk.put(path, pattern(BYTES))
        FakeProvider.open(noInline.withMaxRequests(64), setup).use { context ->
            context.openFileAsync(path, "rb").got().use { file ->
                val stalls = List(64) { setup.faults.stallNext(Opcode.READ) }
                answerAll(file, arguments[0].toInt()) {
                    println("queued ${context.metrics().queued()}")
                    stalls.forEach { it.release() }
                }
            }
        }
    }
}

private const val BYTES = 1 shl 20

private fun answerAll(file: AsyncFile, requests: Int, whenAllAreIn: () -> Unit) {
    val expected = pattern(BYTES)
    val positions = BYTES - 64
    val reads = arrayOfNulls<AioFuture<ByteArray>>(requests)
    for (index in reads.indices) {
        reads[index] = file.readBytesAsync(index * 67L % positions, 16)
    }
    whenAllAreIn()
    var right = 0
    for (index in reads.indices) {
        val bytes = reads[index]!!.got()
        reads[index] = null
        val from = (index * 67L % positions).toInt()
        if (bytes.contentEquals(expected.copyOfRange(from, from + 16))) right++
    }
    println("right $right")
}

/**
 * Opens and closes, and tells what the process holds before and after. Arguments: backend, file,
 * times.
 */
object ChurnChild {
    private const val WARM_UP = 5_000
    private const val AT_ONCE = 32

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (backend, file, times) = arguments
        AioContext.open(AioOptions.defaults().withBackend(backend)).use { context ->
            churn(context, Path.of(file), WARM_UP)
            tell("before")
            churn(context, Path.of(file), times.toInt())
            tell("after")
            println("open ${context.metrics().openFiles()}")
        }
    }

    private fun churn(context: AioContext, path: Path, times: Int) {
        val places = Semaphore(AT_ONCE)
        val failures = AtomicInteger()
        repeat(times) {
            places.acquire()
            context.openFileAsync(path, "rb").whenComplete { file, failure ->
                if (failure != null) failures.incrementAndGet()
                if (file == null) places.release()
                else {
                    // Beside the one that is closed, some are given up on their way.
                    if (it % 16 == 0) giveUp(context.openFileAsync(path, "rb"))
                    file
                        .readBytesAsync(0, 16)
                        .thenCompose { file.closeAsync() }
                        .whenComplete { _, broken ->
                            if (broken != null) failures.incrementAndGet()
                            places.release()
                        }
                }
            }
        }
        places.acquire(AT_ONCE)
        while (context.metrics().openFiles() > 0) Thread.sleep(1)
        check(failures.get() == 0) { "$failures failures" }
    }

    private fun giveUp(open: AioFuture<AsyncFile>) {
        open.cancel(false)
        open.whenComplete { tooEarly, _ -> tooEarly?.closeAsync() }
    }

    private fun tell(moment: String) {
        // Worker threads end when they are idle; those that stay are counted by their limit.
        repeat(3) {
            System.gc()
            Thread.sleep(100)
        }
        val direct =
            ManagementFactory.getPlatformMXBeans(BufferPoolMXBean::class.java)
                .first { it.name == "direct" }
                .memoryUsed
        println("$moment: heap ${ManagementFactory.getMemoryMXBean().heapMemoryUsage.used}")
        println("$moment: direct $direct")
        println("$moment: resident ${residentBytes()}")
        println("$moment: threads ${ManagementFactory.getThreadMXBean().threadCount}")
        println("$moment: descriptors ${Files.list(Path.of("/proc/self/fd")).use { it.count() }}")
    }

    private fun residentBytes(): Long =
        Files.readAllLines(Path.of("/proc/self/status"))
            .first { it.startsWith("VmRSS:") }
            .filter { it.isDigit() }
            .toLong() shl 10
}

/**
 * Ends with writes in flight, and with a shutdown hook that closes the context, or with none.
 * Arguments: backend, file, "close" or "leave".
 */
object ExitChild {
    const val WRITES = 200
    const val BLOCK_BYTES = 10_000

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (backend, path, how) = arguments
        val context = AioContext.open(noInline.withBackend(backend).withMaxRequests(4))
        val file = context.openFileAsync(Path.of(path), "wb").got()
        if (how == "close") {
            val hook = Thread {
                context.close()
                println("closed, open ${context.metrics().openFiles()}")
                System.out.flush()
            }
            Runtime.getRuntime().addShutdownHook(hook)
        }
        repeat(WRITES) {
            file.writeBytesAsync(pattern(BLOCK_BYTES, it), it.toLong() * BLOCK_BYTES)
        }
        // Others go on as if nothing had happened, until they are refused.
        val busy = CountDownLatch(2)
        repeat(2) {
            val thread = Thread {
                while (file.isOpen) {
                    busy.countDown()
                    file.sizeAsync().handle { _, _ -> }
                    context.openFileAsync(Path.of(path), "rb").whenComplete { other, _ ->
                        other?.closeAsync()
                    }
                    Thread.sleep(1)
                }
            }
            thread.isDaemon = true
            thread.start()
        }
        busy.await()
        exitProcess(7)
    }
}
