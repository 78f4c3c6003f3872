@file:OptIn(ExperimentalContracts::class)

package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.LineOptions
import io.aiofile.OpenMode
import io.aiofile.TextFile
import java.nio.file.Path
import kotlin.contracts.ExperimentalContracts
import kotlin.contracts.InvocationKind
import kotlin.contracts.contract

/**
 * Opens a file on the shared context. When the coroutine is cancelled, what was being opened for it
 * is closed.
 *
 * @param path of the file
 * @param mode how to open it
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openFile(path: Path, mode: OpenMode): AsyncFile =
    AioContext.shared().openFile(path, mode)

/**
 * Opens a file on the shared context, does something with it, and closes it whatever came of that,
 * also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode how to open it
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openFile], or the close
 */
public suspend inline fun <R> openFile(path: Path, mode: OpenMode, block: (AsyncFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openFile(path, mode, block)
}

/**
 * Opens a file on the shared context. When the coroutine is cancelled, what was being opened for it
 * is closed.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openFile(path: Path, mode: String): AsyncFile =
    AioContext.shared().openFile(path, mode)

/**
 * Opens a file on the shared context, does something with it, and closes it whatever came of that,
 * also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openFile], or the close
 */
public suspend inline fun <R> openFile(path: Path, mode: String, block: (AsyncFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openFile(path, mode, block)
}

/**
 * Opens a file with a cursor for bytes on the shared context. When the coroutine is cancelled, what
 * was being opened for it is closed.
 *
 * @param path of the file
 * @param mode how to open it
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openBinary(path: Path, mode: OpenMode): BinaryFile =
    AioContext.shared().openBinary(path, mode)

/**
 * Opens a file with a cursor for bytes on the shared context, does something with it, and closes it
 * whatever came of that, also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode how to open it
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openBinary], or the close
 */
public suspend inline fun <R> openBinary(path: Path, mode: OpenMode, block: (BinaryFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openBinary(path, mode, block)
}

/**
 * Opens a file with a cursor for bytes on the shared context. When the coroutine is cancelled, what
 * was being opened for it is closed.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openBinary(path: Path, mode: String): BinaryFile =
    AioContext.shared().openBinary(path, mode)

/**
 * Opens a file with a cursor for bytes on the shared context, does something with it, and closes it
 * whatever came of that, also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openBinary], or the close
 */
public suspend inline fun <R> openBinary(path: Path, mode: String, block: (BinaryFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openBinary(path, mode, block)
}

/**
 * Opens a file with a cursor for UTF-8 text on the shared context. When the coroutine is cancelled,
 * what was being opened for it is closed.
 *
 * @param path of the file
 * @param mode how to open it
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openText(path: Path, mode: OpenMode): TextFile =
    AioContext.shared().openText(path, mode)

/**
 * Opens a file with a cursor for UTF-8 text on the shared context, does something with it, and
 * closes it whatever came of that, also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode how to open it
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openText], or the close
 */
public suspend inline fun <R> openText(path: Path, mode: OpenMode, block: (TextFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, block)
}

/**
 * Opens a file with a cursor for UTF-8 text on the shared context. When the coroutine is cancelled,
 * what was being opened for it is closed.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openText(path: Path, mode: String): TextFile =
    AioContext.shared().openText(path, mode)

/**
 * Opens a file with a cursor for UTF-8 text on the shared context, does something with it, and
 * closes it whatever came of that, also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openText], or the close
 */
public suspend inline fun <R> openText(path: Path, mode: String, block: (TextFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, block)
}

/**
 * Opens a file with a cursor for text on the shared context. When the coroutine is cancelled, what
 * was being opened for it is closed.
 *
 * @param path of the file
 * @param mode how to open it
 * @param lines charset, separator, limits
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openText(path: Path, mode: OpenMode, lines: LineOptions): TextFile =
    AioContext.shared().openText(path, mode, lines)

/**
 * Opens a file with a cursor for text on the shared context, does something with it, and closes it
 * whatever came of that, also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode how to open it
 * @param lines charset, separator, limits
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openText], or the close
 */
public suspend inline fun <R> openText(
    path: Path,
    mode: OpenMode,
    lines: LineOptions,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, lines, block)
}

/**
 * Opens a file with a cursor for text on the shared context. When the coroutine is cancelled, what
 * was being opened for it is closed.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @param lines charset, separator, limits
 * @return the open file, to be closed
 * @throws java.io.IOException `NoSuchFileException`, `AccessDeniedException`,
 *   `FileAlreadyExistsException` or [io.aiofile.FileIoException]
 */
public suspend fun openText(path: Path, mode: String, lines: LineOptions): TextFile =
    AioContext.shared().openText(path, mode, lines)

/**
 * Opens a file with a cursor for text on the shared context, does something with it, and closes it
 * whatever came of that, also when the coroutine is cancelled, and without blocking.
 *
 * @param path of the file
 * @param mode letters, see [OpenMode.parse]
 * @param lines charset, separator, limits
 * @param block what to do
 * @return what [block] returned
 * @throws java.io.IOException if the opening fails, as in the other [openText], or the close
 */
public suspend inline fun <R> openText(
    path: Path,
    mode: String,
    lines: LineOptions,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, lines, block)
}
