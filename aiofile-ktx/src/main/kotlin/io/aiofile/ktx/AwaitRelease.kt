package io.aiofile.ktx

import io.aiofile.AioFuture
import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.TextFile
import java.io.IOException
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicReference
import java.util.function.BiConsumer
import kotlin.coroutines.Continuation
import kotlin.coroutines.resume
import kotlin.coroutines.suspendCoroutine
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.yield

/**
 * Waits for an operation, and for the kernel to let go of its buffer: the bridge for data.
 *
 * When the coroutine is cancelled it asks for the operation to be given up, waits until that is
 * over, and only then throws the [CancellationException], to which a failure of the operation
 * itself is added as suppressed. So whenever this returns or throws, the buffer is the caller's
 * again. With kotlinx.coroutines' own `await()` it is not: that one throws at once, while the
 * kernel still writes.
 *
 * The rule holds for the future that the operation returned. A stage derived from it (`thenApply`)
 * ends at once when it is cancelled.
 *
 * A future that is done is served without a suspension, but for one `yield()` in a mebibyte of
 * results, for the timeouts and neighbours of the thread. Otherwise the coroutine is resumed from
 * the thread that completes the operation, through its own dispatcher: not by way of the context's
 * completion executor. With `Dispatchers.Unconfined` it goes on on that thread, and must not block
 * it.
 *
 * Not for a future of something to be closed, which a cancelled coroutine would lose: see
 * [awaitResource].
 *
 * @return the operation's result
 * @throws java.io.IOException the operation's own failure, as it is
 * @throws FutureCancelledException if the future was cancelled by other code, this coroutine being
 *   active
 * @throws CancellationException if this coroutine was cancelled, even if the operation worked
 */
public suspend fun <T> AioFuture<T>.awaitRelease(): T {
    if (!isDone || isCompletedExceptionally) {
        return awaitHook()
    }
    currentCoroutineContext().ensureActive()
    @Suppress("UNCHECKED_CAST") // null stands for itself where T is nullable
    val value = getNow(null) as T
    // Calls in tail position only, up to here: a cached read costs no state machine.
    return if (InlineSlice.isUsedUpBy(value)) afterYield(value) else value
}

/**
 * Waits for something to be opened: the bridge for resources.
 *
 * When the coroutine is cancelled it asks for the opening to be given up; what was opened all the
 * same is closed, without blocking where it is a file of this library, before the
 * [CancellationException] is thrown. Resumes as [awaitRelease] does.
 *
 * The rule holds for the future that the opening returned. A stage derived from it (`thenApply`)
 * that is cancelled drops what comes too late.
 *
 * @return what was opened, to be closed by the caller
 * @throws java.io.IOException the opening's own failure, as it is
 * @throws FutureCancelledException if the future was cancelled by other code, this coroutine being
 *   active
 * @throws CancellationException if this coroutine was cancelled
 */
public suspend fun <T : AutoCloseable> AioFuture<T>.awaitResource(): T {
    val release = Release<T>()
    onRelease(release)
    val outcome =
        try {
            release.await(this)
        } catch (cancelled: CancellationException) {
            val late = release.awaitUncancelled()
            late.value?.let { closeLate(it, cancelled) }
            cancelled.addFailureOf(late)
            throw cancelled
        }
    return outcome.valueOrThrow()
}

/**
 * An operation's future was cancelled by other code than the coroutine that waits for it.
 *
 * Not a [CancellationException]: thrown in a coroutine that is active, that would end it as if it
 * had been cancelled itself, in silence.
 */
public class FutureCancelledException internal constructor(cause: CancellationException) :
    IOException(
        "the operation's future was cancelled by other code; this coroutine is active",
        cause,
    )

/** Starts an operation, unless the coroutine is cancelled already, and waits for it. */
internal suspend inline fun <T> awaiting(start: () -> AioFuture<T>): T {
    currentCoroutineContext().ensureActive()
    return start().awaitRelease()
}

/** [awaiting] where there is no result but the end. */
internal suspend inline fun awaitingDone(start: () -> AioFuture<*>) {
    currentCoroutineContext().ensureActive()
    start().awaitRelease()
}

/** Waits for the end, whatever becomes of the coroutine meanwhile: for closing. */
internal suspend fun AioFuture<*>.awaitUncancelled() {
    val release = Release<Any?>()
    onRelease(release)
    release.awaitUncancelled().valueOrThrow()
}

private suspend fun <T> AioFuture<T>.awaitHook(): T {
    val release = Release<T>()
    onRelease(release)
    // Over by now, or its future is on its way through the executor: as good as done.
    val isInline = release.isHere
    val outcome =
        try {
            release.await(this)
        } catch (cancelled: CancellationException) {
            cancelled.addFailureOf(release.awaitUncancelled())
            throw cancelled
        }
    if (isInline && InlineSlice.isUsedUpBy(outcome.value)) {
        yield()
    }
    return outcome.valueOrThrow()
}

private suspend fun <T> afterYield(value: T): T {
    yield()
    return value
}

/** How an operation ended: with a value, or with a failure. */
private class Outcome<T>(val value: T?, val failure: Throwable?) {

    fun valueOrThrow(): T {
        if (failure is CancellationException) {
            throw FutureCancelledException(failure)
        }
        if (failure != null) {
            throw failure
        }
        @Suppress("UNCHECKED_CAST") // null stands for itself where T is nullable
        return value as T
    }
}

/**
 * Where a future's release and the coroutine that waits for it meet. Holds nothing, then the
 * waiting continuation, then the outcome; the outcome may come first.
 *
 * Failures are handed over as values and thrown by the coroutine: thrown through the continuation,
 * the recovery of stack traces by kotlinx.coroutines might replace them by copies.
 */
private class Release<T> : AtomicReference<Any?>(), BiConsumer<T?, Throwable?> {

    val isHere: Boolean
        get() = get() is Outcome<*>

    override fun accept(value: T?, failure: Throwable?) {
        val outcome = Outcome(value, failure)
        val waiting = getAndSet(outcome)
        if (waiting != null) {
            @Suppress("UNCHECKED_CAST") (waiting as Continuation<Outcome<T>>).resume(outcome)
        }
    }

    /**
     * Waits until the release, or until the coroutine is cancelled: then [future] is asked to give
     * up, and [awaitUncancelled] has to follow.
     */
    suspend fun await(future: AioFuture<*>): Outcome<T> = suspendCancellableCoroutine { waiting ->
        if (!resumeByRelease(waiting)) {
            // On the thread that cancels: the coroutine's own may be busy for long.
            waiting.invokeOnCancellation { future.cancel(false) }
        }
    }

    /** Waits until the release. */
    suspend fun awaitUncancelled(): Outcome<T> = suspendCoroutine { resumeByRelease(it) }

    /** Resumes now if the outcome is here, and answers that; else when it comes. */
    private fun resumeByRelease(waiting: Continuation<Outcome<T>>): Boolean {
        while (true) {
            val before = get()
            if (before is Outcome<*>) {
                @Suppress("UNCHECKED_CAST") waiting.resume(before as Outcome<T>)
                return true
            }
            // A continuation that was here before is cancelled, and need not be resumed.
            if (compareAndSet(before, waiting)) {
                return false
            }
        }
    }
}

private suspend fun closeLate(resource: AutoCloseable, cancelled: CancellationException) {
    try {
        when (resource) {
            is AsyncFile -> resource.closeAndAwait()
            is BinaryFile -> resource.closeAndAwait()
            is TextFile -> resource.closeAndAwait()
            else -> resource.close()
        }
    } catch (failure: Throwable) {
        cancelled.addSuppressed(failure)
    }
}

/**
 * Keeps a failure that the cancelled coroutine does not get to see, such as a write's to a full
 * disk.
 */
private fun CancellationException.addFailureOf(outcome: Outcome<*>) {
    val failure = outcome.failure ?: return
    if (failure !is CancellationException) {
        addSuppressed(failure)
    } else if (failure !== this) {
        failure.suppressed.forEach(::addSuppressed)
    }
}
