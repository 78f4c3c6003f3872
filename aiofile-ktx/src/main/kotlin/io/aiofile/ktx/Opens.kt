@file:OptIn(ExperimentalContracts::class)

package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.LineOptions
import io.aiofile.OpenMode
import io.aiofile.TextFile
import java.nio.file.Path
import kotlin.contracts.ExperimentalContracts
import kotlin.contracts.InvocationKind
import kotlin.contracts.contract
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive

/**
 * Opens a file. When the coroutine is cancelled, what was being opened for it is closed.
 *
 * @param path of the file
 * @param mode how to open it
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun AioContext.openFile(path: Path, mode: OpenMode): AsyncFile = openResource {
    openFileAsync(path, mode)
}

/** As [openFile] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend fun AioContext.openFile(path: Path, mode: String): AsyncFile = openResource {
    openFileAsync(path, mode)
}

/**
 * Opens a file, does something with it, and closes it whatever came of that, also when the
 * coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode how to open it
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openFile], or the close
 */
public suspend inline fun <R> AioContext.openFile(
    path: Path,
    mode: OpenMode,
    block: (AsyncFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openFile(path, mode).use(block)
}

/** As [openFile] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend inline fun <R> AioContext.openFile(
    path: Path,
    mode: String,
    block: (AsyncFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openFile(path, mode).use(block)
}

/**
 * Opens a file with a cursor for bytes, as [openFile] opens one without.
 *
 * @return the open file, to be closed
 */
public suspend fun AioContext.openBinary(path: Path, mode: OpenMode): BinaryFile = openResource {
    openBinaryAsync(path, mode)
}

/** As [openBinary] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend fun AioContext.openBinary(path: Path, mode: String): BinaryFile = openResource {
    openBinaryAsync(path, mode)
}

/**
 * Opens a file with a cursor for bytes for as long as [block] runs, as [openFile] does without one.
 *
 * @return what [block] returned
 */
public suspend inline fun <R> AioContext.openBinary(
    path: Path,
    mode: OpenMode,
    block: (BinaryFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openBinary(path, mode).use(block)
}

/** As [openBinary] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend inline fun <R> AioContext.openBinary(
    path: Path,
    mode: String,
    block: (BinaryFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openBinary(path, mode).use(block)
}

/**
 * Opens a file with a cursor for UTF-8 text, as [openFile] opens one without.
 *
 * @return the open file, to be closed
 */
public suspend fun AioContext.openText(path: Path, mode: OpenMode): TextFile = openResource {
    openTextAsync(path, mode)
}

/** As [openText] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend fun AioContext.openText(path: Path, mode: String): TextFile = openResource {
    openTextAsync(path, mode)
}

/**
 * Opens a file with a cursor for UTF-8 text for as long as [block] runs, as [openFile] does without
 * one.
 *
 * @return what [block] returned
 */
public suspend inline fun <R> AioContext.openText(
    path: Path,
    mode: OpenMode,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openText(path, mode).use(block)
}

/** As [openText] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend inline fun <R> AioContext.openText(
    path: Path,
    mode: String,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openText(path, mode).use(block)
}

/**
 * Opens a file with a cursor for text, as [openFile] opens one without.
 *
 * @param lines charset, separator, limits
 * @return the open file, to be closed
 */
public suspend fun AioContext.openText(path: Path, mode: OpenMode, lines: LineOptions): TextFile =
    openResource {
        openTextAsync(path, mode, lines)
    }

/** As [openText] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend fun AioContext.openText(path: Path, mode: String, lines: LineOptions): TextFile =
    openResource {
        openTextAsync(path, mode, lines)
    }

/**
 * Opens a file with a cursor for text for as long as [block] runs, as [openFile] does without one.
 *
 * @param lines charset, separator, limits
 * @return what [block] returned
 */
public suspend inline fun <R> AioContext.openText(
    path: Path,
    mode: OpenMode,
    lines: LineOptions,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openText(path, mode, lines).use(block)
}

/** As [openText] with an [OpenMode], which [mode] gives in letters: see [OpenMode.parse]. */
public suspend inline fun <R> AioContext.openText(
    path: Path,
    mode: String,
    lines: LineOptions,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return openText(path, mode, lines).use(block)
}

/**
 * Closes the context: refuses new files, drains and closes those that are open, and ends the
 * threads. Cancelling the coroutine does not cut it short.
 *
 * @throws java.io.IOException if what is in flight did not end within
 *   [io.aiofile.AioOptions.closeTimeout]
 * @throws IllegalStateException for the shared context
 */
public suspend fun AioContext.closeAndAwait() {
    closeAsync().awaitUncancelled()
}

/** Opens nothing in a coroutine that is cancelled already: not even a truncation happens then. */
private suspend inline fun <T : AutoCloseable> openResource(open: () -> AioFuture<T>): T {
    currentCoroutineContext().ensureActive()
    return open().awaitResource()
}
