package io.aiofile.contract

import io.aiofile.AioFuture
import io.aiofile.FileIoException
import java.io.EOFException
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException

/** One call of a [FaultCampaign], from its start to what is to be said of its end. */
internal abstract class CampaignCall<T>(protected val hazard: Hazard) {
    protected abstract val future: AioFuture<T>

    @Volatile private var cancelAsked = false
    @Volatile private var timeoutSet = false

    fun cancel() {
        cancelAsked = true
        future.cancel(false)
    }

    fun timeOut(nanos: Long) {
        timeoutSet = true
        future.orTimeout(nanos, NANOSECONDS)
    }

    val isOver: Boolean
        get() = future.isDone

    /** Waits for the end, and checks it. */
    abstract fun check()

    /** A failure has to be one of those that were injected or asked for. */
    protected fun mustExpect(wrapped: Throwable) {
        val failure = if (wrapped is CompletionException) wrapped.cause!! else wrapped
        when (failure) {
            is CancellationException -> check(cancelAsked) { "cancelled by nobody" }
            is TimeoutException -> check(timeoutSet) { "timed out by nobody" }
            else -> hazard.mustExpect(failure)
        }
    }
}

/** A call that reads or writes a range which no other call under way has. */
internal abstract class TransferCall<T>(
    hazard: Hazard,
    protected val file: CampaignFile,
    protected val range: IntRange,
) : CampaignCall<T>(hazard) {
    /** Whether one of these transfers of a file is this call's. */
    fun isAt(positions: Set<Long>, ofFile: CampaignFile) =
        file === ofFile && positions.any { it.toInt() in range }

    /** The kernel has it for good, and has done of it what it ever will. */
    open fun lose() {
        check(!future.cancel(false) && !isOver) { "over, with its memory in the kernel" }
    }
}

/** How a call with memory ended, seen at once, before anybody else gets the memory. */
private class Ending<T>(
    val value: T?,
    val failure: Throwable?,
    val bytes: ByteArray,
    val stray: Int?,
)

/** A write; its memory is scribbled over as soon as it is over. */
internal class WriteCall(
    hazard: Hazard,
    file: CampaignFile,
    range: IntRange,
    memory: CampaignMemory.Block,
    private val data: ByteArray,
) : TransferCall<Int>(hazard, file, range) {
    private val source = memory.apply { put(data) }.lend(data.size)
    private val start = source.position()

    init {
        file.beginWrite(range)
    }

    override val future: AioFuture<Int> = file.file.writeAsync(source, range.first.toLong())

    private val end: CompletableFuture<Ending<Int>> = future.handle { count, failure ->
        Ending(count, failure, memory.bytes(data.size), memory.takeBack(data.size))
    }

    override fun check() {
        val ending = end.got()
        val moved = source.position() - start
        check(ending.bytes.contentEquals(data) && ending.stray == null) {
            "the source of a write was changed"
        }
        if (ending.failure == null) {
            check(ending.value == data.size && moved == data.size) {
                "${ending.value} written, position moved by $moved, of ${data.size}"
            }
        } else {
            mustExpect(ending.failure)
            val cause = (ending.failure as? CompletionException)?.cause ?: ending.failure
            if (cause is FileIoException) {
                check(cause.transferred() == moved.toLong()) {
                    "says ${cause.transferred()} bytes, position moved by $moved"
                }
            }
        }
        file.endWrite(range.first, data, moved)
    }

    override fun lose() {
        super.lose()
        file.endWrite(range.first, data, 0)
    }
}

/** A read into the caller's memory. */
internal class ReadCall(
    hazard: Hazard,
    file: CampaignFile,
    range: IntRange,
    memory: CampaignMemory.Block,
    private val isExact: Boolean,
) : TransferCall<Int>(hazard, file, range) {
    private val length = range.last + 1 - range.first
    private val target = memory.lend(length)
    private val start = target.position()

    override val future: AioFuture<Int> =
        if (isExact) file.file.readFullyAsync(target, range.first.toLong())
        else file.file.readAsync(target, range.first.toLong())

    private val end: CompletableFuture<Ending<Int>> = future.handle { count, failure ->
        val moved = target.position() - start
        Ending(count, failure, memory.bytes(moved), memory.takeBack(maxOf(moved, zeroed)))
    }

    /**
     * What the kernel may write to beyond what it tells of: an O_DIRECT read that passes the end of
     * the file fills its memory with zeros (iomap_dio_hole_iter of Linux), and says where the end
     * is.
     */
    private val zeroed: Int
        get() = if (file.isDirect && range.last >= file.model.size) length else 0

    override fun check() {
        val ending = end.got()
        val moved = ending.bytes.size
        check(ending.stray == null) {
            "a read of $length bytes at ${range.first} tells of $moved and changed byte " +
                "${ending.stray}; the file has ${file.model.size}"
        }
        mustBeOf(file, range, ending.bytes)
        val there = file.model.read(range.first, length)
        val failure = (ending.failure as? CompletionException)?.cause ?: ending.failure
        when {
            failure is EOFException -> check(isExact && there.size < length) { "no end there" }
            failure != null -> mustExpect(failure)
            isExact -> check(ending.value == length && moved == length) { "$moved of $length" }
            ending.value == -1 -> check(there.isEmpty() && moved == 0) { "-1, no end there" }
            else -> check(ending.value == moved && moved > 0) { "${ending.value}, moved $moved" }
        }
    }
}

/** A read into the library's memory. */
internal class ReadBytesCall(
    hazard: Hazard,
    file: CampaignFile,
    range: IntRange,
) : TransferCall<ByteArray>(hazard, file, range) {
    private val length = range.last + 1 - range.first
    override val future: AioFuture<ByteArray> =
        file.file.readBytesAsync(range.first.toLong(), length)

    override fun check() {
        val bytes = runCatching {
            future.got()
        }
            .getOrElse {
                return mustExpect(it)
            }
        mustBeOf(file, range, bytes)
        check(bytes.size >= file.model.read(range.first, length).size) { "only ${bytes.size}" }
    }
}

/** Bytes that were read: the model's, and zeros where somebody made the file longer meanwhile. */
private fun mustBeOf(file: CampaignFile, range: IntRange, bytes: ByteArray) {
    val there = file.model.read(range.first, range.last + 1 - range.first)
    bytes shouldEqual there.copyOf(bytes.size)
}

/** A sync, or a question for the size. */
internal class OtherCall<T>(
    hazard: Hazard,
    override val future: AioFuture<T>,
    private val look: (T) -> Unit,
) : CampaignCall<T>(hazard) {
    override fun check() {
        runCatching { future.got() }.onSuccess(look).onFailure { mustExpect(it) }
    }
}
