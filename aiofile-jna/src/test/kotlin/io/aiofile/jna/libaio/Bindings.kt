package io.aiofile.jna.libaio

import io.aiofile.jna.sys.libc
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.copyTo
import kotlin.io.path.exists

/** What can be bound here, and why the rest can't. */
val bindings: Map<AioBinding, Result<AioBinding.Bound>> by lazy {
    AioBinding.entries.associateWith { binding ->
        if (binding == AioBinding.LIBAIO_T64) borrowingLibaio { runCatching { binding.bind(libc) } }
        else runCatching { binding.bind(libc) }
    }
}

/**
 * With a copy of libaio.so.1 under the other name in JNA's path, so that the binding is tested on
 * systems that have only the one.
 */
private fun <T> borrowingLibaio(block: () -> T): T {
    val original = loadedLibaio() ?: return block()
    val directory = Files.createTempDirectory("t64")
    val copy = original.copyTo(directory.resolve("libaio.so.1t64"))
    val before = System.setProperty("jna.library.path", "/nonexistent::$directory")
    try {
        return block()
    } finally {
        if (before == null) System.clearProperty("jna.library.path")
        else System.setProperty("jna.library.path", before)
        Files.delete(copy)
        Files.delete(directory)
    }
}

/** The file behind libaio.so.1, once that is bound. */
private fun loadedLibaio(): Path? {
    AioBinding.LIBAIO.runCatching { bind(libc) }
    return Files.readAllLines(Path.of("/proc/self/maps"))
        .map { it.substringAfterLast(' ') }
        .firstOrNull { "/libaio.so.1" in it && "t64" !in it }
        ?.let(Path::of)
        ?.takeIf { it.exists() }
}
