package io.aiofile.jna.sys

import io.aiofile.contract.LeakCheck
import java.nio.file.Files
import java.nio.file.Path

/** The real C library; these tests run where there is one. */
val libc: LibC =
    checkNotNull(NativeLibC.loadOrReason().libc()) { "${NativeLibC.loadOrReason().reason()}" }

/** The result of a call that has to succeed. */
fun Int.orFail(): Int = apply { check(this >= 0) { Errno.describe(-this) } }

fun Long.orFail(): Long = apply { check(this >= 0) { Errno.describe(-toInt()) } }

fun <T> withMemory(bytes: Int, block: (AlignedMemory) -> T): T =
    AlignedMemory.allocate(libc, bytes).use(block)

fun <T> withFile(path: Path, flags: Int, block: (fd: Int) -> T): T {
    val fd = libc.open(path.toString(), flags, 0b110_100_100).orFail()
    try {
        return block(fd)
    } finally {
        libc.close(fd)
    }
}

/** What `/proc/self/fd` links to, but for what the JVM opens when it feels like it. */
fun openDescriptors(): List<String> =
    Files.list(Path.of("/proc/self/fd")).use { links ->
        links
            .map { runCatching { Files.readSymbolicLink(it).toString() }.getOrDefault("gone") }
            .filter { it != "gone" && !it.startsWith("/proc/") && !LeakCheck.isOfJvm(it) }
            .sorted()
            .toList()
    }

/** Why O_DIRECT can't be tried in this directory; null if it can. */
fun noDirectReason(directory: Path): String? {
    val file = Files.createTempFile(directory, "direct", null)
    val fd = libc.open(file.toString(), OpenFlags.O_RDONLY or OpenFlags.O_DIRECT, 0)
    Files.delete(file)
    if (fd < 0) return "no O_DIRECT here: ${Errno.name(-fd)}"
    try {
        return noDirectReason(fd)
    } finally {
        libc.close(fd)
    }
}

private fun noDirectReason(fd: Int): String? =
    withMemory(StatX.BYTES) { memory ->
        libc.statx(fd, StatX.STATX_DIOALIGN, memory.address()).orFail()
        val statx = memory.buffer()
        // Without the bit in the mask the kernel is older than 6.1, or the file system silent.
        val told = StatX.mask(statx) and StatX.STATX_DIOALIGN != 0
        when {
            libc.fileSystemType(fd) == FileSystemType.TMPFS -> "tmpfs ignores O_DIRECT"
            told && StatX.directPositionAlignment(statx) == 0 -> "no O_DIRECT here, says statx"
            else -> null
        }
    }
