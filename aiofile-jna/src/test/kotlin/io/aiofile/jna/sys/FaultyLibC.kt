package io.aiofile.jna.sys

import com.sun.jna.Pointer
import io.aiofile.fake.FaultCounts
import java.util.SplittableRandom
import java.util.concurrent.ConcurrentHashMap

/**
 * The C library as it is on a bad day, by a seed: transfers cut short, signals that interrupt
 * calls, pages that are not in the cache, disks that fail or are full. A call that fails has done
 * nothing, as Linux has it; but close(2) releases the descriptor whatever it says.
 */
class FaultyLibC(private val real: LibC, seed: Long, private val counts: FaultCounts) :
    LibC by real {
    private val random = SplittableRandom(seed)
    private val direct = ConcurrentHashMap.newKeySet<Int>()
    private val opened = ConcurrentHashMap.newKeySet<Int>()

    @Synchronized private fun number(bound: Int) = random.nextInt(bound)

    private fun chance(perMille: Int) = number(1000) < perMille

    /** One of the errnos, negative, so often; else null. */
    private fun fault(perMille: Int, vararg errnos: Int): Int? {
        if (!chance(perMille)) return null
        val errno = errnos[number(errnos.size)]
        counts.add(Errno.name(errno))
        return -errno
    }

    /** What the call is to transfer; with O_DIRECT a whole number of [UNIT]s. */
    private fun cut(fd: Int, length: Long): Long {
        val unit = if (fd in direct) UNIT else 1
        val units = (length / unit).toInt()
        if (units < 2 || !chance(150)) return length
        counts.add("short")
        return unit * (1L + number(units - 1))
    }

    override fun open(path: String, flags: Int, mode: Int): Int {
        fault(50, Errno.EINTR, Errno.EIO, Errno.EMFILE)?.let {
            return it
        }
        val fd = real.open(path, flags, mode)
        if (fd >= 0 && flags and OpenFlags.O_DIRECT != 0) direct += fd
        if (fd >= 0) opened += fd
        return fd
    }

    override fun eventfd(initial: Int, flags: Int): Int =
        real.eventfd(initial, flags).also { if (it >= 0) opened += it }

    /** Closes what a backend that can't be closed has open. */
    fun closeLeft() = opened.toList().forEach { close(it) }

    override fun close(fd: Int): Int {
        direct -= fd
        opened -= fd
        val result = real.close(fd)
        return fault(50, Errno.EINTR, Errno.EIO) ?: result
    }

    override fun pread(fd: Int, address: Long, length: Long, position: Long): Long =
        fault(40, Errno.EINTR, Errno.EIO, Errno.EAGAIN)?.toLong()
            ?: real.pread(fd, address, cut(fd, length), position)

    override fun pwrite(fd: Int, address: Long, length: Long, position: Long): Long =
        fault(60, *WRITE_ERRNOS)?.toLong() ?: real.pwrite(fd, address, cut(fd, length), position)

    override fun copyFileRange(
        source: Int,
        sourcePosition: Long,
        target: Int,
        targetPosition: Long,
        length: Long,
    ): Long =
        fault(200, Errno.EINTR, Errno.EIO, Errno.EXDEV, Errno.EINVAL)?.toLong()
            ?: real.copyFileRange(
                source,
                sourcePosition,
                target,
                targetPosition,
                cut(target, length),
            )

    override fun preadv2(fd: Int, iovec: Long, count: Int, position: Long, flags: Int): Long {
        fault(60, Errno.EINTR, Errno.EIO, Errno.EAGAIN)?.let {
            return it.toLong()
        }
        if (chance(10)) {
            // Linux 5.9 and 5.10, for pages that are not in the cache.
            counts.add("0 before the end")
            return 0
        }
        val first = Pointer(iovec)
        val length = first.getLong(IOVEC_LENGTH)
        first.setLong(IOVEC_LENGTH, cut(fd, length))
        try {
            return real.preadv2(fd, iovec, count, position, flags)
        } finally {
            first.setLong(IOVEC_LENGTH, length)
        }
    }

    override fun fsync(fd: Int): Int = fault(60, *WRITE_ERRNOS) ?: real.fsync(fd)

    override fun fdatasync(fd: Int): Int = fault(60, *WRITE_ERRNOS) ?: real.fdatasync(fd)

    override fun ftruncate(fd: Int, size: Long): Int =
        fault(60, Errno.EINTR, Errno.EIO, Errno.EFBIG) ?: real.ftruncate(fd, size)

    override fun fallocate(fd: Int, mode: Int, position: Long, length: Long): Int =
        fault(60, Errno.EINTR, Errno.EIO, Errno.ENOSPC, Errno.EDQUOT)
            ?: real.fallocate(fd, mode, position, length)

    override fun statx(directory: Int, path: String, flags: Int, mask: Int, statx: Long): Int =
        fault(20, Errno.EIO) ?: real.statx(directory, path, flags, mask, statx)

    override fun statx(fd: Int, mask: Int, statx: Long): Int =
        fault(20, Errno.EIO) ?: real.statx(fd, mask, statx)

    companion object {
        private const val UNIT = 4096
        private const val IOVEC_LENGTH = 8L
        private val WRITE_ERRNOS =
            intArrayOf(
                Errno.EINTR,
                Errno.EIO,
                Errno.ENOSPC,
                Errno.EFBIG,
                Errno.EDQUOT,
                Errno.EAGAIN,
            )

        /** What of these reaches an operation's future; EINTR is not among them. */
        val DELIVERED = setOf("EIO", "ENOSPC", "EFBIG", "EDQUOT", "EAGAIN", "EMFILE")
    }
}
