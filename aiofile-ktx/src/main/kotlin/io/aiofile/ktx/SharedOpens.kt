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

// Functions of their own, as the receiver of an extension has no default.

/** [AioContext.openFile] on the shared context. */
public suspend fun openFile(path: Path, mode: OpenMode): AsyncFile =
    AioContext.shared().openFile(path, mode)

/** [AioContext.openFile] on the shared context. */
public suspend inline fun <R> openFile(path: Path, mode: OpenMode, block: (AsyncFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openFile(path, mode, block)
}

/** [AioContext.openFile] on the shared context. */
public suspend fun openFile(path: Path, mode: String): AsyncFile =
    AioContext.shared().openFile(path, mode)

/** [AioContext.openFile] on the shared context. */
public suspend inline fun <R> openFile(path: Path, mode: String, block: (AsyncFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openFile(path, mode, block)
}

/** [AioContext.openBinary] on the shared context. */
public suspend fun openBinary(path: Path, mode: OpenMode): BinaryFile =
    AioContext.shared().openBinary(path, mode)

/** [AioContext.openBinary] on the shared context. */
public suspend inline fun <R> openBinary(path: Path, mode: OpenMode, block: (BinaryFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openBinary(path, mode, block)
}

/** [AioContext.openBinary] on the shared context. */
public suspend fun openBinary(path: Path, mode: String): BinaryFile =
    AioContext.shared().openBinary(path, mode)

/** [AioContext.openBinary] on the shared context. */
public suspend inline fun <R> openBinary(path: Path, mode: String, block: (BinaryFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openBinary(path, mode, block)
}

/** [AioContext.openText] on the shared context. */
public suspend fun openText(path: Path, mode: OpenMode): TextFile =
    AioContext.shared().openText(path, mode)

/** [AioContext.openText] on the shared context. */
public suspend inline fun <R> openText(path: Path, mode: OpenMode, block: (TextFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, block)
}

/** [AioContext.openText] on the shared context. */
public suspend fun openText(path: Path, mode: String): TextFile =
    AioContext.shared().openText(path, mode)

/** [AioContext.openText] on the shared context. */
public suspend inline fun <R> openText(path: Path, mode: String, block: (TextFile) -> R): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, block)
}

/** [AioContext.openText] on the shared context. */
public suspend fun openText(path: Path, mode: OpenMode, lines: LineOptions): TextFile =
    AioContext.shared().openText(path, mode, lines)

/** [AioContext.openText] on the shared context. */
public suspend inline fun <R> openText(
    path: Path,
    mode: OpenMode,
    lines: LineOptions,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, lines, block)
}

/** [AioContext.openText] on the shared context. */
public suspend fun openText(path: Path, mode: String, lines: LineOptions): TextFile =
    AioContext.shared().openText(path, mode, lines)

/** [AioContext.openText] on the shared context. */
public suspend inline fun <R> openText(
    path: Path,
    mode: String,
    lines: LineOptions,
    block: (TextFile) -> R,
): R {
    contract { callsInPlace(block, InvocationKind.EXACTLY_ONCE) }
    return AioContext.shared().openText(path, mode, lines, block)
}
