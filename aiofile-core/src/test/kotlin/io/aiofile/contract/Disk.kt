package io.aiofile.contract

import io.aiofile.fake.FakeDisk
import io.aiofile.fake.FifoQueue
import java.io.RandomAccessFile
import java.nio.file.Files
import java.nio.file.LinkOption.NOFOLLOW_LINKS
import java.nio.file.Path
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger

/**
 * Where the files of the suite are: prepares them and looks at them, without the library. So the
 * same suite runs on real files and on the fake's.
 */
interface Disk {
    /** Whether paths lead to files of the operating system. */
    val isReal: Boolean

    /** A path with nothing at it, in a directory of its own that exists. */
    fun fresh(name: String = "data.bin"): Path

    fun put(path: Path, bytes: ByteArray): Path

    fun bytes(path: Path): ByteArray

    fun size(path: Path): Long

    fun exists(path: Path): Boolean

    fun makeDirectory(path: Path)

    fun link(path: Path, target: Path)

    /** A path whose open for writing is refused for lack of permission, even to root. */
    fun denied(): Path

    /** FIFOs that nobody has open. */
    fun lonelyFifos(paths: List<Path>)

    /** Opens both ends of a FIFO that exists. */
    fun openFifo(path: Path): Fifo

    /** A FIFO, with both ends held open by the test. */
    fun fifo(path: Path): Fifo {
        lonelyFifos(listOf(path))
        return openFifo(path)
    }

    /** Writes that no sync has covered; null where only the kernel knows. */
    fun unsyncedWrites(path: Path): Int? = null

    /** Removes what the test made. */
    fun clear() {}
}

/** A test's own end of a FIFO: it reads and writes, so that no open has to wait for it. */
interface Fifo : AutoCloseable {
    fun put(bytes: ByteArray)

    /** Waits for exactly so many bytes. */
    fun take(count: Int): ByteArray
}

/** Real files, below the directory for temporary ones. */
class RealDisk : Disk {
    private val root: Path by lazy { Files.createTempDirectory("aiofile-contract") }
    private val names = AtomicInteger()

    override val isReal = true

    override fun fresh(name: String): Path =
        Files.createDirectories(root.resolve("${names.incrementAndGet()}")).resolve(name)

    override fun put(path: Path, bytes: ByteArray): Path = Files.write(path, bytes)

    override fun bytes(path: Path): ByteArray = Files.readAllBytes(path)

    override fun size(path: Path) = Files.size(path)

    override fun exists(path: Path) = Files.exists(path, NOFOLLOW_LINKS)

    override fun makeDirectory(path: Path) {
        Files.createDirectory(path)
    }

    override fun link(path: Path, target: Path) {
        Files.createSymbolicLink(path, target)
    }

    override fun denied(): Path {
        val path = put(fresh("denied.bin"), byteArrayOf(1))
        path.toFile().setWritable(false)
        // Root may write it all the same, but no file of /sys that has no write method.
        return if (Files.isWritable(path)) Path.of("/sys/kernel/uevent_seqnum") else path
    }

    override fun lonelyFifos(paths: List<Path>) {
        val made = ProcessBuilder(listOf("mkfifo") + paths.map { "$it" }).inheritIO().start()
        check(made.waitFor(PATIENCE_SECONDS, SECONDS) && made.exitValue() == 0) { "mkfifo $paths" }
    }

    override fun openFifo(path: Path): Fifo = RealFifo(path)

    override fun clear() {
        root.toFile().listFiles()?.forEach { it.deleteRecursively() }
    }

    /** Removes the directory itself. */
    fun delete() {
        root.toFile().deleteRecursively()
    }
}

// fifo(7): opening one for reading and writing succeeds at once on Linux.
private class RealFifo(path: Path) : Fifo {
    private val file = RandomAccessFile(path.toFile(), "rw")

    override fun put(bytes: ByteArray) = file.write(bytes)

    override fun take(count: Int) = ByteArray(count).also { file.readFully(it) }

    override fun close() = file.close()
}

/** The files of a [FakeDisk]. */
class MemoryDisk(val disk: FakeDisk = FakeDisk()) : Disk {
    override val isReal = false

    override fun fresh(name: String) = disk.fresh(name)

    override fun put(path: Path, bytes: ByteArray) = path.also { disk.put(it, bytes) }

    override fun bytes(path: Path) = disk.bytes(path)

    override fun size(path: Path) = disk.size(path)

    override fun exists(path: Path) = disk.exists(path)

    override fun makeDirectory(path: Path) = disk.makeDirectory(path)

    override fun link(path: Path, target: Path) = disk.link(path, target)

    override fun denied() = fresh("denied.bin").also { disk.deny(it) }

    override fun lonelyFifos(paths: List<Path>) = paths.forEach(disk::makeFifo)

    override fun openFifo(path: Path): Fifo = MemoryFifo(disk.fifo(path))

    override fun unsyncedWrites(path: Path): Int = disk.unsyncedWrites(path)
}

private class MemoryFifo(private val queue: FifoQueue) : Fifo {
    private val end = queue.open()

    override fun put(bytes: ByteArray) = queue.put(bytes)

    override fun take(count: Int) = queue.take(count)

    override fun close() = end.close()
}
