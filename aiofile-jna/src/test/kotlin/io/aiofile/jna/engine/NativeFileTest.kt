package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.FileControl
import io.aiofile.jna.sys.libc as realLibC
import io.aiofile.spi.Alignment
import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.aiofile.spi.SystemCallException
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.lang.ref.WeakReference
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.fileSize
import kotlin.io.path.readBytes

private fun errnoOf(failure: Throwable): String =
    failure.shouldBeInstanceOf<SystemCallException>().errnoName()

class NativeFileTest :
    FunSpec({
        for (kernel in listOf(false, true)) {
            val name = if (kernel) "libaio" else "posix"

            test("$name: a regular file, every operation") {
                withBackend(kernel) {
                    backend.opened(path(), Flag.READ, Flag.WRITE, Flag.CREATE).use { file ->
                        file.seekable() shouldBe true
                        file.alignment() shouldBe Alignment.NONE
                        val bytes = content(10_000)
                        file.done(writeOf(bytes, 100)) shouldBe 10_000
                        file.done(plain(Opcode.SIZE)) shouldBe 10_100
                        file.read(100, 10_000) shouldBe bytes
                        file.read(10_000, 1000).size shouldBe 100
                        file.read(10_100, 10).size shouldBe 0
                        file.read(1L shl 40, 10).size shouldBe 0
                        file.done(plain(Opcode.SYNC)) shouldBe 0
                        file.done(plain(Opcode.DATA_SYNC)) shouldBe 0
                        file.done(plain(Opcode.TRUNCATE, length = 50)) shouldBe 0
                        file.done(plain(Opcode.SIZE)) shouldBe 50
                        file.done(plain(Opcode.ALLOCATE, 1000, 1000)) shouldBe 0
                        file.done(plain(Opcode.SIZE)) shouldBe 2000
                        // The syncs at most: a worker that is not asleep yet counts as busy.
                        metrics.kernelOperations.sum() shouldBeLessThanOrEqualTo
                            if (kernel) 2L else 0L
                    }
                    path().fileSize() shouldBe 2000
                }
            }

            test("$name: the kernel copies from file to file, at the same position") {
                withBackend(kernel) {
                    val bytes = content(3_000_001)
                    put(bytes, "source")
                    val source = backend.opened(path("source"), Flag.READ)
                    backend.opened(path(), Flag.READ, Flag.WRITE, Flag.CREATE).use { target ->
                        target.isCopyWorthTrying(source) shouldBe true
                        var position = 1000L
                        while (true) {
                            val count = target.done(copyOf(source, position, 1_000_000))
                            if (count == 0L) break
                            position += count
                        }
                        position shouldBe bytes.size
                        target.done(copyOf(source, 1L shl 40, 10)) shouldBe 0
                    }
                    source.closed()
                    path().readBytes() shouldBe
                        ByteArray(1000) + bytes.copyOfRange(1000, bytes.size)
                }
            }

            test("$name: no copy from files that the kernel makes up, nor from or to a FIFO") {
                withBackend(kernel) {
                    makeFifo(directory)
                    put(content(10))
                    backend.opened(path(), Flag.READ, Flag.WRITE).use { file ->
                        for (other in listOf(Path.of("/proc/self/stat"), path("fifo"))) {
                            backend.opened(other, Flag.READ).use {
                                file.isCopyWorthTrying(it) shouldBe false
                                it.isCopyWorthTrying(file) shouldBe false
                            }
                        }
                        for (flag in listOf(Flag.APPEND, Flag.DATA_SYNC)) {
                            backend.opened(path(), flag, Flag.WRITE).use {
                                it.isCopyWorthTrying(file) shouldBe false
                            }
                        }
                        file.isCopyWorthTrying(file) shouldBe true
                        errnoOf(file.failure(copyOf(file, 0, 10))) shouldBe "EINVAL"
                    }
                }
            }

            test("$name: operations handed over together are all done, in few system calls") {
                withBackend(kernel) {
                    put(content(1 shl 20))
                    val open = backend.start(path(), Flag.READ, Flag.WRITE, Flag.DIRECT)
                    // No O_DIRECT in the temporary directory: the page cache will do.
                    val file = runCatching {
                        open.await()
                    }
                        .getOrElse { backend.opened(path(), Flag.READ, Flag.WRITE) }
                    file.use {
                        val buffers = List(40) { alignedBuffer(4096) }
                        val reads = buffers.mapIndexed { i, buffer ->
                            TestOperation(Opcode.READ).over(buffer, i * 8192L, 4096)
                        }
                        val size = plain(Opcode.SIZE)
                        file.submitAll(reads + size)
                        size.await() shouldBe (1 shl 20)
                        reads.forEachIndexed { i, read ->
                            read.await() shouldBe 4096
                            buffers[i].bytes(4096) shouldBe
                                content(1 shl 20).copyOfRange(i * 8192, i * 8192 + 4096)
                        }
                        if (kernel && "kind=DIRECT," in file.toString()) {
                            metrics.kernelOperations.sum() shouldBe 40
                            metrics.kernelSubmissions.sum() shouldBe 2
                        }
                    }
                }
            }

            test("$name: O_DIRECT: aligned transfers go to the kernel, growing ones do not") {
                withBackend(kernel) {
                    put(content(1 shl 20))
                    val open =
                        backend.start(path(), Flag.READ, Flag.WRITE, Flag.DIRECT).let {
                            runCatching { it.await() }
                        }
                    // No O_DIRECT in the temporary directory: then there is nothing to try here.
                    open.exceptionOrNull()?.let { errnoOf(it) shouldBe "EINVAL" }
                    val file = open.getOrNull() ?: return@withBackend
                    file.use {
                        // tmpfs takes the flag, and ignores it.
                        val asynchronous = kernel && "kind=DIRECT," in file.toString()
                        val unit = file.alignment().offset()
                        unit shouldBeGreaterThan 1
                        file.readNow(alignedBuffer(4096), 0, 4096, 0) shouldBe -1
                        file.writeNow(alignedBuffer(4096), 0, 4096, 0) shouldBe -1
                        val buffer = alignedBuffer(8192)
                        val read = TestOperation(Opcode.READ).over(buffer, 4096, 8192)
                        file.done(read) shouldBe 8192
                        buffer.bytes(8192) shouldBe content(1 shl 20).copyOfRange(4096, 12288)
                        buffer.put(0, ByteArray(8192) { 7 })
                        file.done(TestOperation(Opcode.WRITE).over(buffer, 0, 8192)) shouldBe 8192
                        metrics.kernelOperations.sum() shouldBe if (asynchronous) 2 else 0
                        val end = (1L shl 20)
                        file.done(TestOperation(Opcode.WRITE).over(buffer, end, 8192)) shouldBe 8192
                        metrics.kernelOperations.sum() shouldBe if (asynchronous) 2 else 0
                        // Now it is inside.
                        file.done(TestOperation(Opcode.WRITE).over(buffer, end, 8192)) shouldBe 8192
                        metrics.kernelOperations.sum() shouldBe if (asynchronous) 3 else 0
                        file.done(
                            TestOperation(Opcode.READ).over(buffer, end + 8192, 8192)
                        ) shouldBe 0
                        if (asynchronous) {
                            val crooked = TestOperation(Opcode.READ)
                            crooked.over(buffer, 1, 8191, index = 1)
                            errnoOf(file.failure(crooked)) shouldBe "EINVAL"
                            metrics.kernelFallbacks.sum() shouldBe 1
                        }
                    }
                    path().readBytes().take(8192).toSet() shouldBe setOf<Byte>(7)
                }
            }

            test("$name: many operations at once, each in its place") {
                withBackend(kernel) {
                    val flags = mutableListOf(Flag.READ, Flag.WRITE)
                    put(ByteArray(4096 * 512))
                    val direct = flags + Flag.DIRECT
                    val open = backend.start(path(), *direct.toTypedArray())
                    if (runCatching { open.await() }.isSuccess) flags += Flag.DIRECT
                    open.runCatching { await().closed() }
                    backend.opened(path(), *flags.toTypedArray()).use { file ->
                        val writes =
                            (0 until 512).map { i ->
                                val buffer = alignedBuffer(4096)
                                buffer.put(0, ByteArray(4096) { (it + i).toByte() })
                                TestOperation(Opcode.WRITE).over(buffer, i * 4096L, 4096)
                            }
                        writes.shuffled().chunked(64).forEach { chunk ->
                            chunk.forEach { file.submit(it) }
                            chunk.forEach { it.await() shouldBe 4096 }
                        }
                    }
                    path().readBytes() shouldBe
                        ByteArray(4096 * 512) { (it % 4096 + it / 4096).toByte() }
                }
            }

            test("$name: two descriptors that append lose nothing") {
                withBackend(kernel) {
                    val files = List(2) { backend.opened(path(), Flag.APPEND, Flag.CREATE) }
                    val writes =
                        (0 until 200).map { i ->
                            writeOf(ByteArray(100) { i.toByte() }, Operation.SEQUENTIAL)
                        }
                    writes.forEachIndexed { i, write -> files[i % 2].submit(write) }
                    writes.forEach { it.await() shouldBe 100 }
                    val inline = java.nio.ByteBuffer.allocateDirect(100)
                    files[0].writeNow(inline, 0, 100, Operation.SEQUENTIAL) shouldBe 100
                    files.forEach { it.closed() }
                    val found = path().readBytes().toList().chunked(100)
                    found.forEach { it.toSet().size shouldBe 1 }
                    found.dropLast(1).map { it[0] }.sorted() shouldBe
                        (0 until 200).map { it.toByte() }.sorted()
                }
            }

            test("$name: files without a disk under them") {
                withBackend(kernel) {
                    backend.opened(Path.of("/proc/cpuinfo"), Flag.READ).use { file ->
                        file.seekable() shouldBe true
                        file.done(plain(Opcode.SIZE)) shouldBe 0
                        file.readNow(java.nio.ByteBuffer.allocateDirect(64), 0, 64, 0) shouldBe -1
                        file.read(0, 9).decodeToString() shouldBe "processor"
                        file.read(3, 6).decodeToString() shouldBe "cessor"
                    }
                    backend
                        .opened(
                            Path.of("/sys/kernel/mm/transparent_hugepage/enabled")
                                .orElse("/proc/version"),
                            Flag.READ,
                        )
                        .use { file ->
                            file.read(0, 4096).size shouldBeGreaterThan 0
                        }
                    backend.opened(Path.of("/dev/zero"), Flag.READ, Flag.WRITE).use { file ->
                        file.read(12345, 1000) shouldBe ByteArray(1000)
                        file.done(writeOf(content(10))) shouldBe 10
                    }
                    backend.opened(Path.of("/dev/null"), Flag.READ, Flag.WRITE).use { file ->
                        file.read(0, 1000).size shouldBe 0
                        file.done(writeOf(content(10))) shouldBe 10
                    }
                    backend.opened(Path.of("/dev/full"), Flag.WRITE).use { file ->
                        val buffer = java.nio.ByteBuffer.allocateDirect(10)
                        file.writeNow(buffer, 0, 10, 0) shouldBe -1
                        errnoOf(file.failure(writeOf(content(10)))) shouldBe "ENOSPC"
                        // Nothing to make durable is not an error: a close syncs what was written.
                        file.done(plain(Opcode.SYNC)) shouldBe 0
                        file.done(plain(Opcode.DATA_SYNC)) shouldBe 0
                    }
                    metrics.kernelOperations.sum() shouldBe 0
                }
            }
        }

        test("the size of a block device is asked for by seeking") {
            val calls = AtomicInteger()
            val libc =
                object : LibCSpy() {
                    override fun lseek(fd: Int, position: Long, whence: Int): Long =
                        if (whence == FileControl.SEEK_END) 4096L.also { calls.incrementAndGet() }
                        else super.lseek(fd, position, whence)
                }
            val traits =
                FileTraits(FileKind.FOREIGN, Alignment.NONE, setOf(FileTraits.Flag.BLOCK_DEVICE))
            val scratch = Scratch(realLibC)
            val size = plain(Opcode.SIZE).apply { enterKernel() }
            val file = Descriptor(-1, traits, NowaitSupport(), 0)
            BlockingCalls(libc, scratch).perform(size, file) shouldBe 4096
            calls.get() shouldBe 1
            scratch.close()
        }

        test("EINTR is tried again, but not for close: the descriptor is gone by then") {
            val closes = AtomicInteger()
            val tries = AtomicInteger()
            val libc =
                object : LibCSpy() {
                    override fun pread(fd: Int, address: Long, length: Long, position: Long): Long =
                        if (tries.incrementAndGet() < 4) -Errno.EINTR.toLong()
                        else super.pread(fd, address, length, position)

                    override fun open(path: String, flags: Int, mode: Int): Int =
                        if (tries.getAndIncrement() == 0) -Errno.EINTR
                        else super.open(path, flags, mode)

                    override fun close(fd: Int): Int {
                        closes.incrementAndGet()
                        super.close(fd)
                        return -Errno.EINTR
                    }
                }
            withBackend(libc = libc) {
                put(content(10))
                val file = backend.opened(path(), Flag.READ)
                file.read(0, 10) shouldBe content(10)
                file.closed() shouldBe 0
                closes.get() shouldBe 1
                // Whatever comes after a close reaches nobody's file.
                errnoOf(file.failure(readOf())) shouldBe "EBADF"
                file.readNow(java.nio.ByteBuffer.allocateDirect(8), 0, 8, 0) shouldBe -1
            }
        }

        test("operations that are given up behind a stuck worker are not kept") {
            val checkpoint = Checkpoint()
            val libc = SlowSync(checkpoint)
            withBackend(libc = libc, workers = 1) {
                backend.opened(path(), Flag.READ, Flag.WRITE, Flag.CREATE).use { file ->
                    val stuck = plain(Opcode.SYNC)
                    file.submit(stuck)
                    checkpoint.awaitArrival()
                    val given = List(100) { givenUp(file) }
                    eventually("nothing is kept") {
                        System.gc()
                        given.all { it.get() == null }
                    }
                    checkpoint.open()
                    stuck.await()
                }
            }
        }

        test("libaio: a device slow to sync does not take all workers") {
            val checkpoint = Checkpoint()
            val libc = SlowSync(checkpoint)
            withBackend(kernel = true, libc = libc, workers = 2) {
                backend.opened(path(), Flag.READ, Flag.WRITE, Flag.CREATE).use { file ->
                    // The one that opened the file counts as busy until it sleeps.
                    eventually("idle") {
                        Thread.getAllStackTraces()
                            .keys
                            .filter { it.name.startsWith("aiofile-test-worker-") }
                            .all { it.state == Thread.State.TIMED_WAITING }
                    }
                    val slow = plain(Opcode.SYNC)
                    file.submit(slow)
                    checkpoint.awaitArrival()
                    metrics.kernelOperations.sum() shouldBe 0
                    // Would meet the same checkpoint on a worker.
                    file.done(plain(Opcode.SYNC)) shouldBe 0
                    metrics.kernelOperations.sum() shouldBe 1
                    file.done(plain(Opcode.SIZE)) shouldBe 0
                    checkpoint.open()
                    slow.await() shouldBe 0
                }
            }
        }

        test("a range outside of the buffer never gets to the kernel") {
            withBackend {
                put(content(100))
                backend.opened(path(), Flag.READ, Flag.WRITE).use { file ->
                    val buffer = java.nio.ByteBuffer.allocateDirect(8)
                    for (range in listOf(1 to 8, -1 to 4, 9 to 1)) {
                        val read = TestOperation(Opcode.READ)
                        read.over(buffer, 0, range.second.toLong(), range.first)
                        file.failure(read).shouldBeInstanceOf<IndexOutOfBoundsException>()
                        runCatching { file.readNow(buffer, range.first, range.second, 0) }
                            .exceptionOrNull()
                            .shouldBeInstanceOf<IndexOutOfBoundsException>()
                        runCatching { file.writeNow(buffer, range.first, range.second, 0) }
                            .exceptionOrNull()
                            .shouldBeInstanceOf<IndexOutOfBoundsException>()
                    }
                    val heap =
                        TestOperation(Opcode.READ).over(java.nio.ByteBuffer.allocate(8), 0, 8)
                    file.failure(heap).shouldBeInstanceOf<IllegalArgumentException>()
                }
            }
        }
    })

/** Submits a read, gives it up, and lets go of it. */
private fun givenUp(file: BackendFile): WeakReference<TestOperation> {
    val read = readOf()
    file.submit(read)
    file.cancel(read)
    read.isOver shouldBe true
    return WeakReference(read)
}

private fun Path.orElse(other: String): Path = if (Files.isReadable(this)) this else Path.of(other)

private class SlowSync(private val checkpoint: Checkpoint) : LibCSpy() {
    override fun fsync(fd: Int): Int {
        checkpoint.pass()
        return super.fsync(fd)
    }
}
