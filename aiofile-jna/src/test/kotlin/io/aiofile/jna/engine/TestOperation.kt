package io.aiofile.jna.engine

import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger

/** Generous: only a hang gets there. */
const val PATIENCE_SECONDS = 240L

/** An operation that notes how it ended, and fails the test's wait if it does not. */
open class TestOperation(opcode: Opcode) : Operation(opcode) {
    class Withdrawn : Exception("withdrawn")

    private val outcome = CompletableFuture<Long>()
    private var result = 0L

    /** How often it ended; more than once is an error of whoever ended it. */
    val endings = AtomicInteger()

    /** How often it was said to be the kernel's for good. */
    val strandings = AtomicInteger()

    /** The thread that ended it. */
    @Volatile var endedBy: Thread? = null

    /** Runs at the end, before the outcome is known to [await]. */
    @Volatile var atEnd: () -> Unit = {}

    val isOver: Boolean
        get() = outcome.isDone

    fun over(buffer: ByteBuffer?, position: Long, length: Long, index: Int = 0): TestOperation {
        range(buffer, index, position, length)
        return this
    }

    /** The result, or the failure, or [Withdrawn]. */
    fun await(): Long =
        try {
            outcome.get(PATIENCE_SECONDS, SECONDS)
        } catch (e: ExecutionException) {
            throw e.cause!!
        }

    fun awaitFailure(): Throwable = runCatching { await() }.exceptionOrNull() ?: error("no failure")

    override fun advance(result: Long): Boolean {
        this.result = result
        return false
    }

    override fun resubmit(): Unit = error("one pass")

    override fun finished(failure: Throwable?) = end {
        if (failure == null) outcome.complete(result) else outcome.completeExceptionally(failure)
    }

    override fun stranded() {
        strandings.incrementAndGet()
    }

    override fun withdrawn() = end { outcome.completeExceptionally(Withdrawn()) }

    private fun end(settle: () -> Unit) {
        endings.incrementAndGet()
        endedBy = Thread.currentThread()
        try {
            atEnd()
        } finally {
            settle()
        }
    }
}

fun readOf(position: Long = 0, length: Int = 512): TestOperation =
    TestOperation(Opcode.READ).over(ByteBuffer.allocateDirect(length), position, length.toLong())

fun writeOf(bytes: ByteArray, position: Long = 0): TestOperation {
    val buffer = ByteBuffer.allocateDirect(bytes.size)
    buffer.put(0, bytes)
    return TestOperation(Opcode.WRITE).over(buffer, position, bytes.size.toLong())
}

fun plain(opcode: Opcode, position: Long = 0, length: Long = 0): TestOperation =
    TestOperation(opcode).over(null, position, length)

fun copyOf(source: BackendFile, position: Long, length: Long): TestOperation =
    object : TestOperation(Opcode.COPY) {
            override fun source() = source
        }
        .over(null, position, length)

/** What a buffer holds up to an index. */
fun ByteBuffer.bytes(count: Int): ByteArray = ByteArray(count).also { get(0, it) }
