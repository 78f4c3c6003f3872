package io.aiofile.jna.engine

import io.aiofile.jna.sys.LibC
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.spi.Alignment
import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendFile
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.LaneThread
import io.aiofile.spi.OpenOperation
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import java.nio.ByteBuffer
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermission
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.SECONDS

fun config(
    name: String = "aiofile-test",
    maxRequests: Int = 64,
    workers: Int = 4,
    inlineReadBytes: Int = 128 shl 10,
    inlineWriteBytes: Int = 16 shl 10,
    metrics: LaneMetrics = LaneMetrics(),
) = BackendConfig(name, maxRequests, workers, inlineReadBytes, inlineWriteBytes, metrics)

/** A descriptor that is not open: for lanes that have nothing but a number to hand on. */
internal fun descriptor(
    kind: FileKind = FileKind.DIRECT,
    size: Long = Long.MAX_VALUE,
    fd: Int = -1,
) = Descriptor(fd, FileTraits(kind, Alignment.NONE, emptySet()), NowaitSupport(), size)

/** An open that notes how it ended. */
class TestOpen(path: Path, flags: Set<Flag>, permissions: Set<PosixFilePermission>? = null) :
    OpenOperation(path, flags, permissions) {
    private val outcome = CompletableFuture<BackendFile>()

    val isOver: Boolean
        get() = outcome.isDone

    fun await(): BackendFile =
        try {
            outcome.get(PATIENCE_SECONDS, SECONDS)
        } catch (e: ExecutionException) {
            throw e.cause!!
        }

    fun awaitFailure(): Throwable = runCatching { await() }.exceptionOrNull() ?: error("no failure")

    override fun advance(result: Long) = false

    override fun resubmit(): Unit = error("one pass")

    override fun finished(failure: Throwable?) {
        if (failure == null) outcome.complete(file()!!) else outcome.completeExceptionally(failure)
    }

    override fun withdrawn() {
        outcome.completeExceptionally(TestOperation.Withdrawn())
    }
}

fun NativeBackend.start(path: Path, vararg flags: Flag): TestOpen =
    TestOpen(path, flags.toSet()).also { open(it) }

fun NativeBackend.opened(path: Path, vararg flags: Flag): BackendFile = start(path, *flags).await()

fun BackendFile.done(operation: TestOperation): Long {
    submit(operation)
    return operation.await()
}

fun BackendFile.failure(operation: TestOperation): Throwable {
    submit(operation)
    return operation.awaitFailure()
}

fun BackendFile.closed() = done(plain(io.aiofile.spi.Opcode.CLOSE))

fun <T> BackendFile.use(block: (BackendFile) -> T): T =
    try {
        block(this)
    } finally {
        closed()
    }

/** Reads at a position by an operation, not inline. */
fun BackendFile.read(position: Long, length: Int): ByteArray {
    val operation = readOf(position, length)
    val count = done(operation)
    return operation.buffer().bytes(count.toInt())
}

fun BackendFile.readSequential(length: Int): ByteArray = read(Operation.SEQUENTIAL, length)

/** A buffer at an address that is a multiple of a page. */
fun alignedBuffer(length: Int): ByteBuffer =
    ByteBuffer.allocateDirect(length + 4096).alignedSlice(4096).slice(0, length)

/**
 * A backend whose workers leave as soon as they are idle, so that it may be left behind unclosed.
 */
fun startBrief(name: String, libc: LibC, queue: KernelQueue?, config: BackendConfig) =
    NativeBackend.start(
        name,
        libc,
        queue,
        config,
        WorkerLane(config.name(), config.workerThreads(), MILLISECONDS.toNanos(20)) {
            LaneThread.shielded("worker", it)
        },
    )

/** A thread that the operating system does not give. */
class Impossible(body: Runnable) : Thread(body) {
    override fun start(): Unit = throw OutOfMemoryError("unable to create native thread")
}

fun makeFifo(directory: Path, name: String = "fifo"): Path {
    val path = directory.resolve(name)
    val process = ProcessBuilder("mkfifo", path.toString()).inheritIO().start()
    check(process.waitFor() == 0) { "mkfifo failed" }
    return path
}

/**
 * Descriptors that could be ours and were not open before. Sockets, pipes and sources of randomness
 * are the JVM's, which opens some when it feels like it; a FIFO has a path.
 */
fun descriptorsSince(before: List<String>): List<String> {
    val left = openDescriptors().toMutableList()
    before.forEach { left.remove(it) }
    return left.filterNot {
        it.startsWith("socket:") ||
            it.startsWith("pipe:") ||
            it.endsWith("random") ||
            it.endsWith("/modules")
    }
}

fun threadsNamed(prefix: String): List<String> =
    Thread.getAllStackTraces().keys.filter { it.name.startsWith(prefix) }.map { it.name }

fun CountDownLatch.awaitOrFail() = check(await(PATIENCE_SECONDS, SECONDS)) { "never came" }

/** Waits for something that comes by itself. */
fun eventually(what: String, condition: () -> Boolean) {
    val deadline = System.nanoTime() + SECONDS.toNanos(PATIENCE_SECONDS)
    while (!condition()) {
        check(System.nanoTime() < deadline) { "never: $what" }
        Thread.sleep(1)
    }
}
