@file:OptIn(ExperimentalContracts::class)

package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.SequentialWriter
import io.aiofile.TextFile
import kotlin.contracts.ExperimentalContracts
import kotlin.contracts.InvocationKind
import kotlin.contracts.contract

/**
 * Does something with the file, and closes it whatever came of that, without blocking.
 *
 * Must be imported: without `import io.aiofile.ktx.use` it is `kotlin.use` that is taken, whose
 * `close()` blocks the thread, and the compiler says nothing. The scoped
 * [openFile][AioContext.openFile] has no such namesake.
 *
 * The file is closed as [closeAndAwait] does, also when the coroutine is cancelled. If [block]
 * fails, a failure of the close is added to that as suppressed.
 *
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the close fails, or the sync before it
 */
public suspend inline fun <R> AsyncFile.use(block: (AsyncFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return useThenClose(this, block) { it.closeAsync() }
}

/**
 * Does something with the file, and closes it whatever came of that, without blocking. Must be
 * imported: see [AsyncFile.use].
 *
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the close fails, or the sync before it
 */
public suspend inline fun <R> BinaryFile.use(block: (BinaryFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return useThenClose(this, block) { it.closeAsync() }
}

/**
 * Does something with the file, and closes it whatever came of that, without blocking. Must be
 * imported: see [AsyncFile.use].
 *
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the close fails, or the sync before it
 */
public suspend inline fun <R> TextFile.use(block: (TextFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return useThenClose(this, block) { it.closeAsync() }
}

/**
 * Does something with the writer, and then waits for the writes that were not awaited; the file
 * stays open. Must be imported: see [AsyncFile.use].
 *
 * @param block what to do
 * @return what [block] returned
 */
public suspend inline fun <R> SequentialWriter.use(block: (SequentialWriter) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return useThenClose(this, block) { it.closeAsync() }
}

/**
 * Does something with the context, and closes it and its files whatever came of that, without
 * blocking. Must be imported: see [AsyncFile.use].
 *
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if what is in flight did not end in time
 */
public suspend inline fun <R> AioContext.use(block: (AioContext) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return useThenClose(this, block) { it.closeAsync() }
}

@PublishedApi
internal suspend inline fun <T, R> useThenClose(
    resource: T,
    block: (T) -> R,
    crossinline close: (T) -> AioFuture<*>,
): R {
    contract {
        callsInPlace(block, InvocationKind.EXACTLY_ONCE)
    }
    var thrown: Throwable? = null
    try {
        return block(resource)
    } catch (failure: Throwable) {
        thrown = failure
        throw failure
    } finally {
        awaitClosed(thrown) { close(resource) }
    }
}

/** Waits for a close, which no cancellation cuts short; what was [thrown] before goes first. */
@PublishedApi
internal suspend fun awaitClosed(thrown: Throwable?, close: () -> AioFuture<*>) {
    try {
        close().awaitUncancelled()
    } catch (failure: Throwable) {
        if (thrown == null) {
            throw failure
        }
        if (thrown !== failure) {
            thrown.addSuppressed(failure)
        }
    }
}
