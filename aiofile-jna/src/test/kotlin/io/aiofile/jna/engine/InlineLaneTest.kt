package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.FileSystemType
import io.aiofile.jna.sys.libc as realLibC
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.io.path.readBytes

class InlineLaneTest :
    FunSpec({
        /** preadv2 as the test says, null for the real one, whatever the directory is on. */
        class Nowait(
            private val fileSystem: Long = FileSystemType.EXT,
            var answer: () -> Long?,
        ) : LibCSpy() {
            val calls = AtomicInteger()

            override fun fileSystemType(fd: Int): Long = fileSystem

            override fun preadv2(
                fd: Int,
                iovec: Long,
                count: Int,
                position: Long,
                flags: Int,
            ): Long {
                calls.incrementAndGet()
                return answer() ?: super.preadv2(fd, iovec, count, position, flags)
            }
        }

        fun readNow(file: io.aiofile.spi.BackendFile, position: Long, length: Int): ByteArray {
            val buffer = ByteBuffer.allocateDirect(length + 16)
            val count = file.readNow(buffer, 16, length, position)
            check(count >= 0) { "not whole: $count" }
            return ByteArray(count).also { buffer.get(16, it) }
        }

        test("what is cached is read on the caller's thread, up to the end of the file") {
            withBackend {
                put(content(10_000))
                backend.opened(path(), Flag.READ).use { file ->
                    // Some file systems can't: then the answer is "nothing done", and the rest is
                    // moot.
                    val probe = file.readNow(ByteBuffer.allocateDirect(8), 0, 8, 0)
                    if (probe == -1) return@use
                    readNow(file, 100, 1000) shouldBe content(10_000).copyOfRange(100, 1100)
                    readNow(file, 9_990, 1000) shouldBe content(10_000).copyOfRange(9_990, 10_000)
                    readNow(file, 10_000, 1000).size shouldBe 0
                    readNow(file, 1L shl 40, 1).size shouldBe 0
                    metrics.inlineHits.sum() shouldBe 5
                    metrics.inlineMisses.sum() shouldBe 0
                    metrics.workerOperations.sum() shouldBe 1
                }
            }
        }

        test("longer than the limit: not tried") {
            val libc = Nowait { null }
            withBackend(libc = libc, inlineReadBytes = 100) {
                put(content(10_000))
                backend.opened(path(), Flag.READ).use { file ->
                    file.readNow(ByteBuffer.allocateDirect(101), 0, 101, 0) shouldBe -1
                    libc.calls.get() shouldBe 0
                }
            }
        }

        test("a short result that is not the end is passed on as far as it goes") {
            val libc = Nowait { 100 }
            withBackend(libc = libc) {
                put(content(10_000))
                backend.opened(path(), Flag.READ).use { file ->
                    val buffer = ByteBuffer.allocateDirect(1000)
                    file.readNow(buffer, 0, 1000, 0) shouldBe 100.inv()
                    // At the end the same result is whole.
                    file.readNow(buffer, 0, 1000, 9_900) shouldBe 100
                    metrics.inlineHits.sum() shouldBe 1
                    metrics.inlineMisses.sum() shouldBe 1
                }
            }
        }

        test("0 before the end means nothing: Linux 5.9 and 5.10 say so for what is not cached") {
            val libc = Nowait { 0 }
            withBackend(libc = libc) {
                put(content(10_000))
                backend.opened(path(), Flag.READ).use { file ->
                    val buffer = ByteBuffer.allocateDirect(1000)
                    file.readNow(buffer, 0, 1000, 9_999) shouldBe -1
                    file.readNow(buffer, 0, 1000, 10_000) shouldBe 0
                }
            }
        }

        test("a device that does not know NOWAIT is asked once, for all its files") {
            val libc = Nowait { -Errno.EOPNOTSUPP.toLong() }
            withBackend(libc = libc) {
                put(content(100), "a")
                put(content(100), "b")
                val files = listOf("a", "b").map { backend.opened(path(it), Flag.READ) }
                val buffer = ByteBuffer.allocateDirect(100)
                repeat(3) { files.forEach { it.readNow(buffer, 0, 100, 0) shouldBe -1 } }
                libc.calls.get() shouldBe 1
                // tmpfs is another device, and needs no NOWAIT.
                files.forEach { it.closed() }
            }
        }

        test("a cold file is seldom tried while workers have more to do than they can") {
            val libc = ColdDisk { -Errno.EAGAIN.toLong() }
            withBackend(libc = libc, workers = 2) {
                put(content(100))
                backend.opened(path(), Flag.READ).use { file ->
                    val buffer = ByteBuffer.allocateDirect(100)
                    fun readsNow(count: Int) = repeat(count) { file.readNow(buffer, 0, 100, 0) }
                    readsNow(50)
                    libc.tries.get() shouldBe 50 // a worker is free

                    val reads = List(3) { readOf(length = 100).also(file::submit) }
                    eventually("two are held, one waits") { libc.held.get() == 2 }
                    libc.tries.set(0)
                    readsNow(80)
                    libc.tries.get() shouldBe 10
                    metrics.inlineMisses.sum() shouldBe 60

                    // Somebody has read it meanwhile.
                    libc.answer = { 100 }
                    eventually("noticed") { file.readNow(buffer, 0, 100, 0) == 100 }
                    libc.tries.set(0)
                    readsNow(80)
                    libc.tries.get() shouldBe 80

                    libc.leave.countDown()
                    reads.forEach { it.await() shouldBe 100 }
                }
            }
        }

        test("one miss after another is no cold file before there are eight") {
            val libc = ColdDisk { -Errno.EAGAIN.toLong() }
            withBackend(libc = libc, workers = 1) {
                put(content(100))
                backend.opened(path(), Flag.READ).use { file ->
                    val buffer = ByteBuffer.allocateDirect(100)
                    val reads = List(2) { readOf(length = 100).also(file::submit) }
                    eventually("one is held, one waits") { libc.held.get() == 1 }
                    for (round in 1..20) {
                        libc.answer = { -Errno.EAGAIN.toLong() }
                        repeat(MissStreak.LONG - 1) { file.readNow(buffer, 0, 100, 0) shouldBe -1 }
                        libc.answer = { 100 }
                        file.readNow(buffer, 0, 100, 0) shouldBe 100
                        libc.tries.get() shouldBe round * MissStreak.LONG
                    }
                    libc.leave.countDown()
                    reads.forEach { it.await() shouldBe 100 }
                }
            }
        }

        test("the end of a file is no miss") {
            val libc = ColdDisk { 0 }
            withBackend(libc = libc, workers = 1) {
                put(content(100))
                backend.opened(path(), Flag.READ).use { file ->
                    val reads = List(2) { readOf(length = 100).also(file::submit) }
                    eventually("one is held, one waits") { libc.held.get() == 1 }
                    val buffer = ByteBuffer.allocateDirect(100)
                    repeat(50) { file.readNow(buffer, 0, 100, 100) shouldBe 0 }
                    libc.tries.get() shouldBe 50
                    libc.leave.countDown()
                    reads.forEach { it.await() shouldBe 100 }
                }
            }
        }

        test("what would have to wait is tried again the next time") {
            val libc = Nowait { -Errno.EAGAIN.toLong() }
            withBackend(libc = libc) {
                put(content(100))
                backend.opened(path(), Flag.READ).use { file ->
                    val buffer = ByteBuffer.allocateDirect(100)
                    repeat(3) { file.readNow(buffer, 0, 100, 0) shouldBe -1 }
                    libc.calls.get() shouldBe 3
                    metrics.inlineMisses.sum() shouldBe 3
                    libc.answer = { null }
                    // Where the real one can't, this is a miss, too.
                    file.readNow(buffer, 0, 100, 0) shouldBeIn listOf(100, -1)
                }
            }
        }

        test("an error is left to the slow path") {
            withBackend {
                backend.opened(path(), Flag.WRITE, Flag.CREATE).use { file ->
                    file.readNow(ByteBuffer.allocateDirect(10), 0, 10, 0) shouldBe -1
                }
                put(content(10))
                backend.opened(path(), Flag.READ).use { file ->
                    file.writeNow(ByteBuffer.allocateDirect(10), 0, 10, 0) shouldBe -1
                }
            }
        }

        test("tmpfs: reads and writes without NOWAIT") {
            val directory = Path.of("/dev/shm")
            if (!Files.isWritable(directory)) return@test
            val libc = Nowait(FileSystemType.TMPFS) { error("not for tmpfs") }
            withBackend(libc = libc) {
                val path = Files.createTempFile(directory, "engine", null)
                backend.opened(path, Flag.READ, Flag.WRITE).use { file ->
                    val buffer = ByteBuffer.allocateDirect(1000).put(0, content(1000))
                    file.writeNow(buffer, 0, 1000, 5) shouldBe 1000
                    readNow(file, 5, 1000) shouldBe content(1000)
                    readNow(file, 1000, 1000).size shouldBe 5
                    libc.calls.get() shouldBe 0
                    metrics.inlineHits.sum() shouldBe 3
                }
                Files.delete(path)
            }
        }

        test("small writes are done on the caller's thread, others are not") {
            withBackend(inlineWriteBytes = 100) {
                backend.opened(path(), Flag.READ, Flag.WRITE, Flag.CREATE).use { file ->
                    // Those that make it longer are another matter: see below.
                    file.done(writeOf(ByteArray(200), 0)) shouldBe 200
                    val buffer = ByteBuffer.allocateDirect(101).put(0, content(101))
                    val put = file.writeNow(buffer, 1, 100, 7)
                    // A file system that is not known to be local: no inline writes.
                    if (put == -1) return@use
                    put shouldBe 100
                    file.read(7, 100) shouldBe content(101).copyOfRange(1, 101)
                    file.writeNow(buffer, 0, 101, 0) shouldBe -1
                }
                backend.opened(path(), Flag.WRITE, Flag.DATA_SYNC).use { file ->
                    file.writeNow(ByteBuffer.allocateDirect(10), 0, 10, 0) shouldBe -1
                }
            }
        }

        test("writes that make the file longer may be a quarter as long, until it is") {
            withBackend(inlineWriteBytes = 100) {
                for (flag in listOf(Flag.WRITE, Flag.APPEND)) {
                    val appending = flag == Flag.APPEND
                    val path = path("$flag")
                    backend.opened(path, flag, Flag.CREATE).use { file ->
                        val buffer = ByteBuffer.allocateDirect(100).put(0, content(100))
                        fun at(position: Long) = if (appending) Operation.SEQUENTIAL else position
                        fun put(index: Int, length: Int, position: Long) {
                            // A busy machine may have closed the guard, for a second at most.
                            eventually("written") {
                                file.writeNow(buffer, index, length, at(position)) == length
                            }
                        }
                        fun refused(length: Int, position: Long) {
                            file.isWriteNowWorthTrying(length, at(position)) shouldBe false
                            file.writeNow(buffer, 0, length, at(position)) shouldBe -1
                        }
                        // A file system that is not known to be local: no inline writes.
                        if (!file.isWriteNowWorthTrying(25, at(0))) return@use
                        put(0, 25, 0)
                        refused(26, 25)
                        put(25, 25, 25)
                        if (appending) refused(50, 0) else put(0, 50, 0)
                        refused(50, 1)
                        path.readBytes() shouldBe content(50)
                        file.done(writeOf(content(100), 0))
                        if (appending) refused(100, 0) else put(0, 100, 0)
                    }
                }
            }
        }

        test("after a stall writes stay away from the caller's thread") {
            val writes = AtomicInteger()
            val libc =
                object : LibCSpy() {
                    override fun pwrite(
                        fd: Int,
                        address: Long,
                        length: Long,
                        position: Long,
                    ): Long {
                        writes.incrementAndGet()
                        Thread.sleep(5)
                        return super.pwrite(fd, address, length, position)
                    }
                }
            withBackend(libc = libc) {
                val flags = arrayOf(Flag.WRITE, Flag.CREATE)
                val other = backend.opened(path("other"), *flags)
                backend.opened(path(), *flags).use { file ->
                    val buffer = ByteBuffer.allocateDirect(10)
                    if (file.writeNow(buffer, 0, 10, 0) == -1) return@use
                    file.writeNow(buffer, 0, 10, 0) shouldBe -1
                    writes.get() shouldBe 1
                    // Another file has a guard of its own.
                    other.writeNow(buffer, 0, 10, 0) shouldBe 10
                }
                other.closed()
            }
        }

        test("a write does not wait behind a worker's that holds the inode") {
            val checkpoint = Checkpoint()
            val libc =
                object : LibCSpy() {
                    override fun ftruncate(fd: Int, size: Long): Int {
                        checkpoint.pass()
                        return super.ftruncate(fd, size)
                    }
                }
            withBackend(libc = libc) {
                backend.opened(path(), Flag.WRITE, Flag.CREATE).use { file ->
                    val buffer = ByteBuffer.allocateDirect(10)
                    if (file.writeNow(buffer, 0, 10, 0) == -1) return@use
                    val truncate = plain(io.aiofile.spi.Opcode.TRUNCATE)
                    file.submit(truncate)
                    checkpoint.awaitArrival()
                    file.writeNow(buffer, 0, 10, 0) shouldBe -1
                    checkpoint.open()
                    truncate.await()
                    // The first write may have taken long enough to close the guard for a while.
                    eventually("written") { file.writeNow(buffer, 0, 10, 0) == 10 }
                }
            }
        }

        test("many threads at once get their own bytes") {
            withBackend {
                val bytes = content(1 shl 20)
                put(bytes)
                backend.opened(path(), Flag.READ).use { file ->
                    val wrong = AtomicInteger()
                    val threads =
                        List(16) { t ->
                            thread {
                                val buffer = ByteBuffer.allocateDirect(512)
                                repeat(2000) { i ->
                                    val at = ((t * 7919 + i * 104729) % (bytes.size - 512))
                                    val count = file.readNow(buffer, 0, 512, at.toLong())
                                    val got = buffer.bytes(maxOf(0, count))
                                    val want = bytes.copyOfRange(at, at + 512)
                                    if (count >= 0 && !got.contentEquals(want)) {
                                        wrong.incrementAndGet()
                                    }
                                }
                            }
                        }
                    threads.forEach { it.join() }
                    wrong.get() shouldBe 0
                }
            }
        }

        test("lent memory: a block has one borrower, and after the end there is none") {
            val scratch = Scratch(realLibC)
            val blocks = generateSequence { scratch.tryTake() }.toList()
            blocks.distinct() shouldHaveSize 64
            blocks.map { it.statxAddress() }.distinct() shouldHaveSize 64
            val free = blocks[17]
            var waited: Any? = null
            val waiting = thread { waited = scratch.take().also { it.release() } }
            // The waiter wants a certain one; whichever that is, all come back.
            free.release()
            (blocks - free).forEach { it.release() }
            waiting.join()
            blocks.contains(waited) shouldBe true
            scratch.close()
            scratch.tryTake() shouldBe null
            runCatching { scratch.take() }.isFailure shouldBe true
        }
    })

/** Reads that a worker does are held until they may leave; inline ones are as the test says. */
private class ColdDisk(@Volatile var answer: () -> Long) : LibCSpy() {
    val tries = AtomicInteger()
    val held = AtomicInteger()
    val leave = CountDownLatch(1)

    override fun fileSystemType(fd: Int): Long = FileSystemType.EXT

    override fun preadv2(fd: Int, iovec: Long, count: Int, position: Long, flags: Int): Long {
        tries.incrementAndGet()
        return answer()
    }

    override fun pread(fd: Int, address: Long, length: Long, position: Long): Long {
        held.incrementAndGet()
        leave.awaitOrFail()
        return super.pread(fd, address, length, position)
    }
}
