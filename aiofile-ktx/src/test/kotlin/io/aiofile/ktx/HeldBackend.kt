package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.PATIENCE_SECONDS
import io.aiofile.spi.Alignment
import io.aiofile.spi.Availability
import io.aiofile.spi.Backend
import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendFile
import io.aiofile.spi.BackendProvider
import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation
import io.aiofile.spi.Operation
import java.nio.ByteBuffer
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** The byte at a position of every file of a [HeldBackend]. */
fun heldByte(position: Long): Byte = (position % 101).toByte()

/**
 * A backend whose kernel is the test: opcodes in [holding] stay in the kernel until the test takes
 * them out of [kernel] or [opens] and ends them, with what they have in their buffers. Others end
 * at once, on the same thread. All files are endless, and forget what is written.
 */
class HeldBackend(config: BackendConfig) : Backend {
    @Volatile var holding: Set<Opcode> = setOf()
    @Volatile var readsInline = false
    val kernel = LinkedBlockingQueue<Operation>()
    val opens = LinkedBlockingQueue<OpenOperation>()
    val openFiles = AtomicInteger()
    val readsSubmitted = AtomicInteger()
    val threadName = "${config.name()}-held"
    private val thread = Executors.newSingleThreadExecutor { LaneThread(threadName, it) }

    override fun name() = "held"

    override fun description() = "for tests"

    /** The next operation in the kernel. */
    fun nextInKernel(): Operation =
        checkNotNull(kernel.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            "nothing came to the kernel"
        }

    fun nextOpen(): OpenOperation =
        checkNotNull(opens.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) { "nothing was opened" }

    /** Runs on the completion thread, and waits for that. */
    fun <T> onCompletionThread(task: () -> T): T =
        thread.submit(task).get(PATIENCE_SECONDS, TimeUnit.SECONDS)

    fun end(operation: Operation) = onCompletionThread { perform(operation) }

    fun end(open: OpenOperation) = onCompletionThread { perform(open) }

    fun fail(operation: Operation, cause: Throwable) = onCompletionThread { operation.fail(cause) }

    override fun open(operation: OpenOperation) {
        if (!operation.enterKernel()) {
            return
        }
        if (Opcode.OPEN in holding) {
            opens.add(operation)
        } else {
            thread.execute { perform(operation) }
        }
    }

    private fun perform(open: OpenOperation) {
        openFiles.incrementAndGet()
        open.opened(HeldFile())
    }

    private fun perform(operation: Operation) {
        when (operation.opcode()) {
            Opcode.READ -> {
                for (i in 0 until operation.length().toInt()) {
                    operation
                        .buffer()
                        .put(operation.index() + i, heldByte(operation.position() + i))
                }
                operation.complete(operation.length())
            }
            Opcode.WRITE -> operation.complete(operation.length())
            Opcode.CLOSE -> {
                openFiles.decrementAndGet()
                operation.complete(0)
            }
            else -> operation.complete(0)
        }
    }

    override fun close() {
        thread.shutdown()
        check(thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS))
    }

    private inner class HeldFile : BackendFile {
        override fun seekable() = true

        override fun alignment(): Alignment = Alignment.NONE

        override fun transferBytesMax() = 1 shl 20

        override fun readNow(target: ByteBuffer, index: Int, length: Int, position: Long): Int {
            if (!readsInline) {
                return -1
            }
            for (i in 0 until length) {
                target.put(index + i, heldByte(position + i))
            }
            return length
        }

        override fun submit(operation: Operation) {
            if (!operation.enterKernel()) {
                return
            }
            if (operation.opcode() == Opcode.READ) {
                readsSubmitted.incrementAndGet()
            }
            if (operation.opcode() in holding) {
                kernel.add(operation)
            } else {
                thread.execute { perform(operation) }
            }
        }
    }
}

/** Known to contexts as "held"; never the automatic choice. */
class HeldBackendProvider : BackendProvider {
    override fun name() = "held"

    override fun preference() = -1000

    override fun availability(): Availability = Availability.yes("for tests")

    override fun start(config: BackendConfig): Backend =
        HeldBackend(config).also { lastOfThread.set(it) }

    companion object {
        val lastOfThread = ThreadLocal<HeldBackend>()
    }
}

/** A context on a [HeldBackend], which is closed at the end and must have no file open then. */
inline fun <T> withHeld(
    options: AioOptions = AioOptions.defaults(),
    block: (AioContext, HeldBackend) -> T,
): T {
    val context = LeakCheck.watch(AioContext.open(options.withBackend("held")))
    val backend = HeldBackendProvider.lastOfThread.get()
    val result: T
    try {
        result = block(context, backend)
    } finally {
        context.close()
    }
    check(backend.openFiles.get() == 0) { "${backend.openFiles} files are open" }
    return result
}
