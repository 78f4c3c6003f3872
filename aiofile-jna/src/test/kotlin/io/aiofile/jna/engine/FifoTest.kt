package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.EventFd
import io.aiofile.jna.sys.libc as realLibC
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import io.aiofile.spi.SystemCallException
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.FileInputStream
import java.io.FileOutputStream
import java.nio.ByteBuffer
import java.nio.file.Files
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

private const val WAITER = "aiofile-test-waiter"

private fun sequentialRead(length: Int = 100) = readOf(Operation.SEQUENTIAL, length)

class FifoTest :
    FunSpec({
        test("a reader opens at once, and gets what a writer writes, and then the end") {
            withBackend {
                val fifo = makeFifo(directory)
                backend.opened(fifo, Flag.READ).use { file ->
                    file.seekable() shouldBe false
                    // No writer yet: that is not the end of the file.
                    val read = sequentialRead()
                    file.submit(read)
                    read.state() shouldBe Operation.State.QUEUED
                    val writer = FileOutputStream(fifo.toFile())
                    writer.write("one".toByteArray())
                    read.await() shouldBe 3
                    read.buffer().bytes(3).decodeToString() shouldBe "one"
                    val last = sequentialRead()
                    file.submit(last)
                    writer.close()
                    last.await() shouldBe 0
                    // Another one comes.
                    val again = sequentialRead()
                    FileOutputStream(fifo.toFile()).use { other ->
                        other.write(1)
                        file.done(again) shouldBe 1
                    }
                    read.endedBy!!.name shouldBe WAITER
                }
            }
        }

        test("positional calls on a FIFO fail, and do not wait") {
            withBackend {
                backend.opened(makeFifo(directory), Flag.READ).use { file ->
                    val failure = file.failure(readOf(0))
                    failure.shouldBeInstanceOf<SystemCallException>().errnoName() shouldBe "ESPIPE"
                    file.readNow(ByteBuffer.allocateDirect(8), 0, 8, 0) shouldBe -1
                }
            }
        }

        test("64 silent FIFOs: regular files don't notice, and a cancel is at once") {
            withBackend(workers = 2) {
                put(content(1000))
                val fifos = List(64) { backend.opened(makeFifo(directory, "f$it"), Flag.READ) }
                val reads = fifos.map { fifo -> sequentialRead().also { fifo.submit(it) } }
                backend.opened(path(), Flag.READ).use { file ->
                    repeat(100) { file.read(0, 1000) shouldBe content(1000) }
                }
                reads.filter { it.isOver }.shouldBeEmpty()
                threadsNamed("aiofile-test").count { it == WAITER } shouldBe 1
                fifos.zip(reads).forEach { (fifo, read) ->
                    fifo.cancel(read)
                    // Over when the call returns: no waiting here.
                    read.isOver shouldBe true
                    read.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                }
                fifos.forEach { it.closed() }
            }
        }

        test("a cancelled read takes nothing from the FIFO") {
            withBackend {
                val fifo = makeFifo(directory)
                backend.opened(fifo, Flag.READ).use { file ->
                    repeat(50) { i ->
                        val read = sequentialRead()
                        file.submit(read)
                        if (i % 2 == 0) Thread.yield()
                        file.cancel(read)
                    }
                    FileOutputStream(fifo.toFile()).use { writer ->
                        writer.write("whole".toByteArray())
                        val read = sequentialRead()
                        file.done(read) shouldBe 5
                    }
                }
            }
        }

        test("a writer waits for its reader, without a thread of its own") {
            withBackend {
                val fifo = makeFifo(directory)
                val open = backend.start(fifo, Flag.WRITE)
                put(content(10))
                backend.opened(path(), Flag.READ).closed()
                open.isOver shouldBe false
                val reader = thread { FileInputStream(fifo.toFile()).use { it.readBytes() } }
                open.await().use { it.done(writeOf(content(10), Operation.SEQUENTIAL)) shouldBe 10 }
                reader.join()
            }
        }

        test("a writer that waits for its reader can be cancelled, and then nothing wakes up") {
            val timeouts = CopyOnWriteArrayList<Int>()
            val libc =
                object : LibCSpy() {
                    override fun poll(pollfds: Long, count: Int, timeoutMillis: Int): Int {
                        timeouts += timeoutMillis
                        return super.poll(pollfds, count, timeoutMillis)
                    }
                }
            withBackend(libc = libc) {
                val open = backend.start(makeFifo(directory), Flag.WRITE)
                eventually("polls by the clock") {
                    timeouts.count { it in 0..WaitingLane.TICK_MILLIS + 1 } > 3
                }
                backend.cancel(open)
                open.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                // Back to the long sleep that ends an idle thread.
                eventually("sleeps") { timeouts.last() > 1000 }
                val polls = timeouts.size
                Thread.sleep(10L * WaitingLane.TICK_MILLIS)
                // One may begin anew, since it was woken; by the clock there would be ten.
                timeouts.size - polls shouldBeLessThan 3
            }
        }

        test("a FIFO that goes away while its writer waits for a reader") {
            withBackend {
                val fifo = makeFifo(directory)
                val open = backend.start(fifo, Flag.WRITE)
                Files.delete(fifo)
                // ENXIO where it goes between the try and the look at what it was.
                open.awaitFailure().shouldBeInstanceOf<SystemCallException>().errnoName() shouldBeIn
                    listOf("ENOENT", "ENXIO")
            }
        }

        test("a full FIFO: the write waits, and everything arrives in order") {
            withBackend {
                val fifo = makeFifo(directory)
                val both = backend.opened(fifo, Flag.READ, Flag.WRITE)
                val bytes = content(1_000_000)
                val write =
                    object : TestOperation(Opcode.WRITE) {
                        private var moved = 0

                        override fun advance(result: Long): Boolean {
                            super.advance(result)
                            moved += result.toInt()
                            range(buffer(), moved, SEQUENTIAL, (bytes.size - moved).toLong())
                            return moved < bytes.size
                        }

                        override fun resubmit() = both.submit(this)
                    }
                write.over(
                    ByteBuffer.allocateDirect(bytes.size).put(0, bytes),
                    Operation.SEQUENTIAL,
                    bytes.size.toLong(),
                )
                both.submit(write)
                val received = java.io.ByteArrayOutputStream()
                while (received.size() < bytes.size) received.write(both.readSequential(30_000))
                write.await()
                received.toByteArray() shouldBe bytes
                both.closed()
            }
        }

        test("a full FIFO and a cancel: over at once") {
            withBackend {
                val fifo = makeFifo(directory)
                backend.opened(fifo, Flag.READ, Flag.WRITE).use { file ->
                    file.done(writeOf(ByteArray(1 shl 20), Operation.SEQUENTIAL))
                    val stuck = writeOf(ByteArray(4096), Operation.SEQUENTIAL)
                    file.submit(stuck)
                    file.cancel(stuck)
                    stuck.isOver shouldBe true
                }
            }
        }

        test("a write without a reader is EPIPE, and the process lives") {
            withBackend {
                val fifo = makeFifo(directory)
                val reader = backend.opened(fifo, Flag.READ)
                backend.opened(fifo, Flag.WRITE).use { writer ->
                    reader.closed()
                    val failure = writer.failure(writeOf(ByteArray(10), Operation.SEQUENTIAL))
                    failure.shouldBeInstanceOf<SystemCallException>().errnoName() shouldBe "EPIPE"
                }
            }
        }

        test("a special file that has nothing yet is waited for, not held by a worker") {
            // As /dev/kmsg and /proc/kmsg do: positions, and EAGAIN.
            val dry = AtomicInteger(3)
            val libc =
                object : LibCSpy() {
                    override fun pread(fd: Int, address: Long, length: Long, position: Long): Long =
                        if (dry.getAndDecrement() > 0) -Errno.EAGAIN.toLong()
                        else super.pread(fd, address, length, position)
                }
            withBackend(libc = libc) {
                backend.opened(java.nio.file.Path.of("/proc/version"), Flag.READ).use { file ->
                    val read = readOf(0, 5)
                    file.done(read) shouldBe 5
                    read.endedBy!!.name shouldBe WAITER
                }
            }
        }

        test("a file that says it is ready and never is does not keep the processor busy") {
            val tries = AtomicInteger()
            val libc =
                object : LibCSpy() {
                    override fun read(fd: Int, address: Long, length: Long): Long {
                        if (length == 8L) return super.read(fd, address, length)
                        tries.incrementAndGet()
                        return -Errno.EAGAIN.toLong()
                    }
                }
            withBackend(libc = libc) {
                val fifo = makeFifo(directory)
                backend.opened(fifo, Flag.READ, Flag.WRITE).use { file ->
                    file.done(writeOf(ByteArray(10), Operation.SEQUENTIAL))
                    val read = sequentialRead()
                    file.submit(read)
                    eventually("by the clock") { tries.get() > WaitingLane.FALSE_ALARMS_MAX + 2 }
                    val start = System.nanoTime()
                    val before = tries.get()
                    Thread.sleep(100)
                    val made = tries.get() - before
                    // By the clock there are 5; spinning, there were thousands.
                    val ticks =
                        NANOSECONDS.toMillis(System.nanoTime() - start) / WaitingLane.TICK_MILLIS
                    made shouldBeLessThan (2 * ticks.toInt() + 5)
                    file.cancel(read)
                    // Not at once: it may be in one of its tries.
                    read.awaitFailure().shouldBeInstanceOf<TestOperation.Withdrawn>()
                }
            }
        }

        test("poll itself fails: what waits fails with that, and the next one has a new thread") {
            val broken = AtomicInteger(1)
            val libc =
                object : LibCSpy() {
                    override fun poll(pollfds: Long, count: Int, timeoutMillis: Int): Int =
                        if (broken.getAndDecrement() > 0) -Errno.ENOMEM
                        else super.poll(pollfds, count, timeoutMillis)
                }
            val before = openDescriptors()
            val said = Logs.during {
                val fixture = FileFixture(kernel = false, libc = libc)
                val fifo = makeFifo(fixture.directory)
                val file = fixture.backend.opened(fifo, Flag.READ, Flag.WRITE)
                file.failure(sequentialRead()).message shouldContain "ENOMEM"
                file.done(writeOf(ByteArray(3), Operation.SEQUENTIAL)) shouldBe 3
                file.readSequential(10).size shouldBe 3
                file.closed()
                fixture.close()
            }
            said shouldHaveSize 1
            descriptorsSince(before).shouldBeEmpty()
        }

        test("the waiter ends when idle, and comes back") {
            val lane = WaitingLane(realLibC, EventFd.open(realLibC), WAITER, 20)
            repeat(2) {
                val operation = plain(Opcode.READ)
                lane.submitTimed(operation) { Runnable { operation.complete(5) } }
                operation.await() shouldBe 5
                eventually("no thread") { threadsNamed(WAITER).isEmpty() }
            }
            lane.close()
        }

        test("close fails what still waits: it is in nobody's hands") {
            val lane = WaitingLane(realLibC, EventFd.open(realLibC), WAITER)
            val operation = plain(Opcode.READ)
            lane.submitTimed(operation) { null }
            lane.close()
            operation.awaitFailure().message shouldContain "closed"
            threadsNamed(WAITER).shouldBeEmpty()
            val late = plain(Opcode.READ)
            lane.submitTimed(late) { null }
            late.awaitFailure().message shouldContain "closed"
        }
    })
