package io.aiofile.threads

import io.aiofile.fake.FaultCounts
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.MappedByteBuffer
import java.nio.channels.FileChannel
import java.nio.channels.ReadableByteChannel
import java.nio.channels.WritableByteChannel
import java.nio.file.FileSystemException
import java.nio.file.Path
import java.util.SplittableRandom

/** The texts of Linux for the errnos that are injected: all that the JDK keeps of them. */
internal val faultyFileTexts =
    mapOf(
        "EIO" to "Input/output error",
        "ENOSPC" to "No space left on device",
        "EFBIG" to "File too large",
        "EDQUOT" to "Disk quota exceeded",
    )

/**
 * Real files whose channels are as unkind as a seed says: short transfers, and errors that leave
 * the file as it was.
 */
internal class FaultyFiles(private val counts: FaultCounts) {
    private var random = SplittableRandom(0)

    private val files = HookedFiles(wrap = { FaultyChannel(it) }) { failAtOpen() }

    @Synchronized
    fun seed(seed: Long) {
        random = SplittableRandom(seed)
    }

    fun path(real: Path): Path = files.path(real)

    @Synchronized private fun chance(perMille: Int) = random.nextInt(1000) < perMille

    @Synchronized private fun number(bound: Int) = random.nextInt(bound)

    private fun failAtOpen() {
        if (chance(50)) {
            counts.add("EIO")
            throw FileSystemException("a path", null, faultyFileTexts.getValue("EIO"))
        }
    }

    private fun fail(perMille: Int, vararg errnos: String) {
        if (!chance(perMille)) return
        val errno = errnos[number(errnos.size)]
        counts.add(errno)
        throw IOException(faultyFileTexts.getValue(errno))
    }

    /** Does a transfer, or a part of it. */
    private fun transfer(buffer: ByteBuffer, whole: () -> Int): Int {
        if (buffer.remaining() < 2 || !chance(150)) return whole()
        counts.add("short")
        val limit = buffer.limit()
        buffer.limit(buffer.position() + 1 + number(buffer.remaining() - 1))
        try {
            return whole()
        } finally {
            buffer.limit(limit)
        }
    }

    private inner class FaultyChannel(private val real: FileChannel) : FileChannel() {
        override fun read(dst: ByteBuffer): Int {
            fail(20, "EIO")
            return transfer(dst) { real.read(dst) }
        }

        override fun read(dst: ByteBuffer, position: Long): Int {
            fail(20, "EIO")
            return transfer(dst) { real.read(dst, position) }
        }

        override fun write(src: ByteBuffer): Int {
            fail(40, "EIO", "ENOSPC", "EFBIG", "EDQUOT")
            return transfer(src) { real.write(src) }
        }

        override fun write(src: ByteBuffer, position: Long): Int {
            fail(40, "EIO", "ENOSPC", "EFBIG", "EDQUOT")
            return transfer(src) { real.write(src, position) }
        }

        override fun force(metaData: Boolean) {
            fail(50, "EIO", "ENOSPC", "EDQUOT")
            real.force(metaData)
        }

        override fun truncate(size: Long): FileChannel {
            fail(50, "EIO")
            real.truncate(size)
            return this
        }

        override fun map(mode: MapMode, position: Long, size: Long): MappedByteBuffer {
            fail(50, "EIO", "ENOSPC", "EFBIG")
            return real.map(mode, position, size)
        }

        override fun size(): Long {
            fail(20, "EIO")
            return real.size()
        }

        // Linux has released the descriptor, whatever close(2) says.
        override fun implCloseChannel() {
            real.close()
            fail(50, "EIO")
        }

        override fun position() = real.position()

        override fun position(newPosition: Long) = apply { real.position(newPosition) }

        override fun read(dsts: Array<ByteBuffer>, offset: Int, length: Int) =
            real.read(dsts, offset, length)

        override fun write(srcs: Array<ByteBuffer>, offset: Int, length: Int) =
            real.write(srcs, offset, length)

        override fun transferTo(position: Long, count: Long, target: WritableByteChannel) =
            real.transferTo(position, count, target)

        override fun transferFrom(src: ReadableByteChannel, position: Long, count: Long) =
            real.transferFrom(src, position, count)

        override fun lock(position: Long, size: Long, shared: Boolean) =
            real.lock(position, size, shared)

        override fun tryLock(position: Long, size: Long, shared: Boolean) =
            real.tryLock(position, size, shared)
    }
}
