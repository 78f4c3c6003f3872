package io.aiofile.fake

import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.SystemCallException
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.SplittableRandom
import java.util.concurrent.atomic.AtomicInteger

/** What a path of a [FakeDisk] leads to. */
internal sealed interface FakeNode {
    class Directory : FakeNode

    class Link(val target: Path) : FakeNode

    /** Opening it is refused with EACCES. */
    class Denied : FakeNode

    class Fifo : FakeNode {
        val queue = FifoQueue()
    }

    /** A file with contents. Its methods are atomic, as a local file system's are. */
    class Regular internal constructor(private val cache: VolatileCache? = null) : FakeNode {
        private val bytes = SparseBytes()
        private var changes = 0L
        private var covered = 0L

        /** Writes, truncates and allocations that no sync has covered yet. */
        val unsyncedWrites: Int
            @Synchronized get() = (changes - covered).toInt()

        val size: Long
            @Synchronized get() = bytes.size

        @Synchronized fun contents() = bytes.toByteArray()

        @Synchronized
        fun read(position: Long, target: ByteBuffer, index: Int, length: Int) =
            bytes.read(position, target, index, length)

        @Synchronized
        fun write(position: Long, source: ByteBuffer, index: Int, length: Int) {
            bytes.write(position, source, index, length)
            cache?.written(position, source, index, length, VolatileCache.Mode.CACHED)
            changes++
        }

        /** As O_DSYNC does it: this write is durable, and no other. */
        @Synchronized
        fun writeThrough(position: Long, source: ByteBuffer, index: Int, length: Int) {
            bytes.write(position, source, index, length)
            cache?.written(position, source, index, length, VolatileCache.Mode.THROUGH)
        }

        @Synchronized
        fun append(source: ByteBuffer, index: Int, length: Int) =
            write(bytes.size, source, index, length)

        @Synchronized
        fun appendThrough(source: ByteBuffer, index: Int, length: Int) =
            writeThrough(bytes.size, source, index, length)

        @Synchronized fun truncate(newSize: Long) = resize(newSize)

        @Synchronized fun allocate(end: Long) = resize(maxOf(end, bytes.size))

        private fun resize(newSize: Long) {
            bytes.truncate(newSize)
            cache?.resized(newSize)
            changes++
        }

        /** What a sync that starts now will cover: nothing that comes later, while it runs. */
        @Synchronized internal fun syncMark() = SyncMark(changes, cache?.mark() ?: 0)

        @Synchronized
        internal fun sync(mark: SyncMark) {
            covered = maxOf(covered, mark.changes)
            cache?.sync(mark.cached)
        }

        /** Makes durable all that was written so far. */
        @Synchronized fun sync() = sync(syncMark())

        @Synchronized
        internal fun afterCrash(random: SplittableRandom): ByteArray =
            checkNotNull(cache) { "this disk has no volatile cache" }.afterCrash(random)
    }
}

/** How far a sync reaches, counted in changes of its file. */
internal class SyncMark(val changes: Long, val cached: Long)

/**
 * A file system in memory: real [Path] objects, contents that never touch a device. Knows regular
 * files, directories, symbolic links and FIFOs, and no permissions beyond "denied".
 *
 * Several backends may work on one disk at a time, as several processes may on one file system.
 *
 * @param power with one that can go off, files lose by that what no sync has covered; see
 *   [afterCrash]
 */
class FakeDisk(internal val power: Power? = null) {
    private val nodes = HashMap<Path, FakeNode>()
    private val names = AtomicInteger()

    /** A path at which there is nothing yet, in a directory that exists. */
    fun fresh(name: String): Path {
        val directory = Path.of("/fake-disk/${names.incrementAndGet()}")
        makeDirectory(directory)
        return directory.resolve(name)
    }

    fun makeDirectory(path: Path) = add(path, FakeNode.Directory())

    fun link(path: Path, target: Path) = add(path, FakeNode.Link(key(target)))

    fun deny(path: Path) = add(path, FakeNode.Denied())

    fun makeFifo(path: Path) = add(path, FakeNode.Fifo())

    fun fifo(path: Path): FifoQueue =
        synchronized(nodes) { nodes[key(path)] as? FakeNode.Fifo ?: error("no FIFO: $path") }.queue

    fun put(path: Path, bytes: ByteArray) {
        val node = regular()
        node.write(0, ByteBuffer.wrap(bytes), 0, bytes.size)
        node.sync()
        synchronized(nodes) { nodes[key(path)] = node }
    }

    private fun regular() = FakeNode.Regular(power?.let { VolatileCache() })

    fun exists(path: Path) = synchronized(nodes) { key(path) in nodes }

    fun bytes(path: Path): ByteArray = regular(path).contents()

    fun size(path: Path): Long = regular(path).size

    fun unsyncedWrites(path: Path): Int = regular(path).unsyncedWrites

    /** A file as a restart finds it, once the power is off: one of many ways that is possible. */
    fun afterCrash(path: Path, random: SplittableRandom): ByteArray {
        checkNotNull(power) { "this disk has no power to lose" }.cut()
        return regular(path).afterCrash(random)
    }

    internal fun open(path: Path, flags: Set<Flag>): FakeNode =
        synchronized(nodes) {
            // O_EXCL also refuses a symbolic link, wherever it leads.
            if (Flag.CREATE_NEW in flags && key(path) in nodes) throw Failures.EEXIST.exception()
            val at = follow(key(path), Flag.NO_FOLLOW in flags)
            when (val node = nodes[at]) {
                null -> create(at, flags)
                is FakeNode.Denied -> throw Failures.EACCES.exception()
                is FakeNode.Directory -> throw Failures.EISDIR.exception()
                else -> {
                    if (Flag.TRUNCATE in flags && node is FakeNode.Regular) node.truncate(0)
                    node
                }
            }
        }

    private fun create(at: Path, flags: Set<Flag>): FakeNode {
        if (Flag.CREATE !in flags && Flag.CREATE_NEW !in flags) throw Failures.ENOENT.exception()
        if (nodes[at.parent] !is FakeNode.Directory) throw Failures.ENOENT.exception()
        return regular().also { nodes[at] = it }
    }

    private fun follow(start: Path, refused: Boolean): Path {
        var at = start
        repeat(LINKS_MAX) {
            val link = nodes[at] as? FakeNode.Link ?: return at
            if (refused) throw Failures.ELOOP.exception()
            at = link.target
        }
        throw Failures.ELOOP.exception()
    }

    private fun add(path: Path, node: FakeNode) {
        synchronized(nodes) {
            check(nodes.putIfAbsent(key(path), node) == null) { "$path exists" }
        }
    }

    private fun regular(path: Path): FakeNode.Regular =
        synchronized(nodes) {
            checkNotNull(nodes[follow(key(path), false)] as? FakeNode.Regular) {
                "$path is no regular file of this disk"
            }
        }

    private fun key(path: Path) = path.toAbsolutePath().normalize()

    private companion object {
        const val LINKS_MAX = 40 // as Linux: MAXSYMLINKS
    }
}

/** The failures that the fake can answer with; numbers and texts are those of Linux on x86-64. */
enum class Failures(private val errno: Int, private val text: String) {
    ENOENT(2, "No such file or directory"),
    EIO(5, "Input/output error"),
    EBADF(9, "Bad file descriptor"),
    EACCES(13, "Permission denied"),
    EEXIST(17, "File exists"),
    EXDEV(18, "Invalid cross-device link"),
    EISDIR(21, "Is a directory"),
    EINVAL(22, "Invalid argument"),
    EFBIG(27, "File too large"),
    ENOSPC(28, "No space left on device"),
    ESPIPE(29, "Illegal seek"),
    EPIPE(32, "Broken pipe"),
    ELOOP(40, "Too many levels of symbolic links"),
    EDQUOT(122, "Disk quota exceeded");

    fun exception() = SystemCallException(errno, name, text)
}
