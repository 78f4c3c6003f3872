package io.aiofile.threads

import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendFile
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermission
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import kotlin.io.path.isSymbolicLink

/** Long enough that only a hang reaches it. */
internal const val PATIENCE_SECONDS = 240L

internal val isLinux: Boolean = System.getProperty("os.name") == "Linux"

/** One pass; what came of it is in the future. */
internal class TestOperation(
    opcode: Opcode,
    buffer: ByteBuffer? = null,
    index: Int = 0,
    position: Long = 0,
    length: Long = 0,
    private val source: BackendFile? = null,
    private val onEnd: () -> Unit = {},
) : Operation(opcode) {
    val future = CompletableFuture<Long>()
    @Volatile private var result = 0L

    init {
        range(buffer, index, position, length)
    }

    override fun source() = source ?: super.source()

    override fun advance(result: Long): Boolean {
        this.result = result
        return false
    }

    override fun resubmit() = error("one pass")

    override fun finished(failure: Throwable?) {
        if (failure == null) future.complete(result) else future.completeExceptionally(failure)
        onEnd()
    }

    override fun withdrawn() {
        future.completeExceptionally(CancellationException())
    }
}

internal class TestOpen(
    path: Path,
    flags: Set<Flag>,
    permissions: Set<PosixFilePermission>? = null,
) : OpenOperation(path, flags, permissions) {
    val future = CompletableFuture<BackendFile>()

    override fun advance(result: Long) = false

    override fun resubmit() = error("one pass")

    override fun finished(failure: Throwable?) {
        if (failure == null) future.complete(file()) else future.completeExceptionally(failure)
    }

    override fun withdrawn() {
        future.completeExceptionally(CancellationException())
    }
}

/** The future's value, or its failure, without a wrapper. */
internal fun <T> CompletableFuture<T>.outcome(): T =
    try {
        get(PATIENCE_SECONDS, TimeUnit.SECONDS)
    } catch (e: ExecutionException) {
        throw e.cause!!
    }

/** Waits for a condition that another thread or process brings about. */
internal fun eventually(what: String, condition: () -> Boolean) {
    val deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)
    while (!condition()) {
        check(System.nanoTime() - deadline < 0) { "did not come: $what" }
        Thread.sleep(1)
    }
}

internal fun direct(text: String): ByteBuffer = direct(text.toByteArray())

internal fun direct(bytes: ByteArray): ByteBuffer =
    ByteBuffer.allocateDirect(bytes.size).put(bytes).rewind() as ByteBuffer

internal fun ByteBuffer.text(length: Long): String {
    val bytes = ByteArray(length.toInt())
    duplicate().position(0).get(bytes)
    return String(bytes)
}

/** A backend that nobody else has, in a directory of its own, and what a test does with it. */
internal class Lane(workers: Int = 2, starter: Workers.Starter = Workers.Starter { it.start() }) :
    AutoCloseable {
    val metrics = LaneMetrics()
    val name = "lane" + System.nanoTime()
    val backend = FileChannelBackend(BackendConfig(name, 64, workers, 0, 0, metrics), starter)
    val directory: Path = Files.createTempDirectory("aiofile-threads").toRealPath()

    fun path(name: String): Path = directory.resolve(name)

    fun file(name: String, content: ByteArray = byteArrayOf()): Path =
        Files.write(path(name), content)

    fun fifo(name: String): Path {
        val path = path(name)
        check(ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor() == 0)
        return path
    }

    fun openAsync(path: Path, vararg flags: Flag): TestOpen =
        TestOpen(path, flags.toSet()).also(backend::open)

    fun open(path: Path, vararg flags: Flag): BackendFile = openAsync(path, *flags).future.outcome()

    fun threads(): List<Thread> =
        Thread.getAllStackTraces().keys.filter { it.name.startsWith("$name-") }

    fun threads(role: String): List<Thread> = threads().filter { "-$role-" in it.name }

    /**
     * The files of this directory that the process has open, with as many entries as descriptors.
     */
    fun descriptors(): List<String> {
        if (!isLinux) return emptyList()
        return Files.list(Path.of("/proc/self/fd")).use { links ->
            links
                .filter { it.isSymbolicLink() }
                .map { runCatching { Files.readSymbolicLink(it).toString() }.getOrDefault("") }
                .filter { it.startsWith("$directory/") }
                .toList()
        }
    }

    override fun close() {
        try {
            backend.close()
            eventually("the end of ${threads()}") { threads().isEmpty() }
            check(descriptors().isEmpty()) { "left open: ${descriptors()}" }
        } finally {
            directory.toFile().deleteRecursively()
        }
    }
}

internal fun BackendFile.send(operation: TestOperation): TestOperation = operation.also(::submit)

internal fun BackendFile.readAsync(
    target: ByteBuffer,
    position: Long,
    length: Int = target.capacity(),
) = send(TestOperation(Opcode.READ, target, 0, position, length.toLong()))

internal fun BackendFile.writeAsync(source: ByteBuffer, position: Long) =
    send(TestOperation(Opcode.WRITE, source, 0, position, source.capacity().toLong()))

internal fun BackendFile.copyAsync(source: BackendFile, position: Long, length: Long) =
    send(TestOperation(Opcode.COPY, null, 0, position, length, source))

internal fun BackendFile.readText(position: Long, length: Int): String {
    val target = ByteBuffer.allocateDirect(length)
    return target.text(readAsync(target, position).future.outcome())
}

internal fun BackendFile.writeText(text: String, position: Long): Long =
    writeAsync(direct(text), position).future.outcome()

internal fun BackendFile.run(opcode: Opcode, length: Long = 0, position: Long = 0): Long =
    send(TestOperation(opcode, null, 0, position, length)).future.outcome()

internal fun BackendFile.closeFile() {
    run(Opcode.CLOSE)
}

internal fun BackendFile.read(length: Int = 100) =
    readAsync(ByteBuffer.allocateDirect(length), Operation.SEQUENTIAL)

private fun Thread.isInNative(caller: String): Boolean = stackTrace.let { stack ->
    stack.any { it.isNativeMethod } && stack.any { it.methodName == caller }
}

/** Whether so many threads wait in a read of a file without positions. */
internal fun Lane.isInRead(count: Int = 1) =
    threads("read").count { it.isInNative("fill") } == count

internal fun Lane.isInWrite() = threads("write").any { it.isInNative("transfer") }

internal fun Lane.isInOpen(count: Int = 1) =
    threads("open").count { it.isInNative("openFile") } == count

/** Fills a FIFO up, and returns its capacity. */
internal fun fill(channel: FileChannel, andClose: Boolean = false): Int {
    val capacity = 1 shl 16
    channel.write(ByteBuffer.allocate(capacity)) shouldBe capacity
    if (andClose) channel.close()
    return capacity
}

internal fun drain(channel: FileChannel, length: Int): String {
    val target = ByteBuffer.allocate(length)
    while (target.hasRemaining()) check(channel.read(target) > 0)
    return String(target.array(), Charsets.ISO_8859_1)
}

/** A machine that has no thread left for some purposes. */
internal fun lackingThreads(vararg roles: String) = Workers.Starter { thread ->
    if (roles.any { "-$it-" in thread.name }) throw OutOfMemoryError("no native thread")
    thread.start()
}
