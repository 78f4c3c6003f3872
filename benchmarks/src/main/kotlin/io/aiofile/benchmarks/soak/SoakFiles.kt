package io.aiofile.benchmarks.soak

import io.aiofile.AioContext
import io.aiofile.OpenMode
import io.aiofile.benchmarks.data.LineFile
import io.aiofile.benchmarks.data.Pattern
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path

/** What a soak reads; each worker writes files of its own. */
internal class SoakFiles(val directory: Path) {
    val pattern: Path = directory.resolve("pattern.bin")
    val text: LineFile = LineFile.create(directory.resolve("lines.txt"), LINES)

    init {
        val bytes = ByteBuffer.allocate(PATTERN_BYTES)
        Pattern.fill(bytes, 0)
        Files.write(pattern, bytes.array())
    }

    /** Whether the context's backend by-passes the page cache in this directory. */
    fun isDirectOn(context: AioContext): Boolean =
        try {
            context.openFileAsync(pattern, OpenMode.READ.withDirect()).await().close()
            true
        } catch (_: IOException) {
            false // tmpfs, for one
        }

    companion object {
        const val PATTERN_BYTES = 4 shl 20
        const val LINES = 5_000
    }
}
