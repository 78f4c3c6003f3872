package io.aiofile.benchmarks.data

import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Pointer
import io.aiofile.benchmarks.measure.Missing
import java.io.FileInputStream
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path

/** The kernel's page cache: puts files into it or out of it, and looks whether they are. */
internal object PageCache {
    private const val PAGE_BYTES = 4096L
    private const val CACHED_MIN = 0.999
    private const val COLD_MAX = 0.001

    @Suppress("FunctionName")
    private interface LibC : Library {
        fun open(path: String, flags: Int): Int

        fun close(descriptor: Int): Int

        fun posix_fadvise(descriptor: Int, offset: Long, length: Long, advice: Int): Int

        fun mmap(
            at: Pointer?,
            length: Long,
            access: Int,
            flags: Int,
            fd: Int,
            offset: Long,
        ): Pointer

        fun munmap(at: Pointer, length: Long): Int

        fun mincore(at: Pointer, length: Long, pages: ByteArray): Int
    }

    private const val O_RDONLY = 0
    private const val POSIX_FADV_DONTNEED = 4
    private const val PROT_READ = 1
    private const val MAP_SHARED = 1

    private val libC: LibC by lazy { Native.load("c", LibC::class.java) }

    /** The part of a file's pages that is in the cache, 0 to 1. */
    fun resident(file: Path): Double {
        val length = Files.size(file)
        if (length == 0L) {
            return 0.0
        }
        return opened(file) { descriptor ->
            val map = libC.mmap(null, length, PROT_READ, MAP_SHARED, descriptor, 0)
            if (Pointer.nativeValue(map) == -1L) {
                throw IOException("mmap of $file: errno ${Native.getLastError()}")
            }
            try {
                val pages = ByteArray(Math.toIntExact((length + PAGE_BYTES - 1) / PAGE_BYTES))
                if (libC.mincore(map, length, pages) != 0) {
                    throw IOException("mincore of $file: errno ${Native.getLastError()}")
                }
                pages.count { it.toInt() and 1 == 1 }.toDouble() / pages.size
            } finally {
                libC.munmap(map, length)
            }
        }
    }

    /** Reads a file into the cache, if it is not there already. */
    fun warm(file: Path) {
        if (resident(file) < CACHED_MIN) {
            FileInputStream(file.toFile()).use { input ->
                val piece = ByteArray(1 shl 20)
                while (input.read(piece) >= 0) {
                    // Only the cache wants it.
                }
            }
        }
        val now = resident(file)
        if (now < CACHED_MIN) {
            throw Missing("only ${percent(now)} of the file stay in the page cache")
        }
    }

    /** Drops a file, which must be clean, from the cache. */
    fun drop(file: Path) {
        opened(file) { libC.posix_fadvise(it, 0, 0, POSIX_FADV_DONTNEED) }
        if (resident(file) > COLD_MAX) {
            dropEverything()
        }
        val now = resident(file)
        if (now > COLD_MAX) {
            throw Missing("${percent(now)} of the file can't be dropped from the page cache")
        }
    }

    /** What only root may do; for anybody else the check that follows says that it is not cold. */
    private fun dropEverything() {
        try {
            Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3")
        } catch (ignored: IOException) {
            // Not root.
        }
    }

    private fun percent(part: Double) = "%.1f %%".format(part * 100)

    private fun <T> opened(file: Path, action: (Int) -> T): T {
        val descriptor = libC.open(file.toString(), O_RDONLY)
        if (descriptor < 0) {
            throw IOException("open $file: errno ${Native.getLastError()}")
        }
        try {
            return action(descriptor)
        } finally {
            libC.close(descriptor)
        }
    }
}
