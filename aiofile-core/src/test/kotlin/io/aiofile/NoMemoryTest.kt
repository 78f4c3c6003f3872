package io.aiofile

import io.aiofile.ReadTransfer.Goal
import io.aiofile.contract.direct
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.scaled
import io.aiofile.contract.shouldEqual
import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.aiofile.threads.TestOpen
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** Native memory that can't be had (-XX:MaxDirectMemorySize, or the machine's end). */
class NoMemoryTest :
    FunSpec({
        val directory = tempdir().toPath()

        test("none at all: operations that need it fail, say what helps, and give permits back") {
            val memory = Memory(0)
            withHandle(directory, memory) { handle ->
                fun refused(future: AioFuture<*>) =
                    future.fails<OutOfMemoryError>("-XX:MaxDirectMemorySize")
                repeat(50) {
                    refused(Reads.into(handle, ByteBuffer.allocate(5000), 0, Goal.FILL))
                    refused(Reads.bytes(handle, 0, 5000) { it })
                    refused(Writes.from(handle, ByteBuffer.wrap(ByteArray(5000)), 0))
                }
                // Memory of the caller's own that the kernel may have needs none of ours.
                val mine = ByteBuffer.allocateDirect(5000)
                Reads.into(handle, mine, 0, Goal.FILL).got() shouldBe 5000
                Writes.from(handle, direct(pattern(10)), 0).got() shouldBe 10
                handle.context().gate().inFlight() shouldBe 0
                memory.left.set(1)
                Reads.bytes(handle, 10, 5000) { it }.got() shouldEqual
                    pattern(9000).copyOfRange(10, 5010)
            }
        }

        test("short: operations wait for what is in use, and all are served") {
            val memory = Memory(2)
            withHandle(directory, memory) { handle ->
                List(300) { Reads.bytes(handle, it * 10L, 4096) { bytes -> bytes } }
                    .forEachIndexed { i, read ->
                        read.got() shouldEqual pattern(9000).copyOfRange(i * 10, i * 10 + 4096)
                    }
            }
        }

        test("idle buffers of another size are given up for one that is needed") {
            val memory = Memory(1)
            memory.isReturned = true
            withHandle(directory, memory) { handle ->
                Reads.bytes(handle, 0, 4096) { it }.got().size shouldBe 4096
                Reads.bytes(handle, 0, 9000) { it }.got().size shouldBe 9000
            }
        }

        test("memory that comes back while another asks in vain serves the other") {
            lateinit var pool: BufferPool
            var lent: ByteBuffer? = null
            var asked = 0
            pool =
                BufferPool(1 shl 20) { capacity ->
                    lent?.let {
                        lent = null
                        pool.release(it)
                    }
                    if (asked++ == 1) throw OutOfMemoryError("for the test")
                    ByteBuffer.allocateDirect(capacity)
                }
            lent = pool.acquire(4096)
            val entry = Waiting(8192)
            RequestGate(1, 0, pool).pass(entry, false)
            entry.pooled?.capacity() shouldBe 8192
        }

        test("who counts on what another asks for in vain is told that there is none") {
            val entry = Waiting(8192)
            lateinit var gate: RequestGate
            var asked = 0
            val pool =
                BufferPool(1 shl 20) {
                    if (asked++ == 0) gate.pass(entry, true)
                    throw OutOfMemoryError("for the test")
                }
            gate = RequestGate(1, 0, pool)
            gate.take(4096) shouldBe null
            entry.isAdmitted shouldBe true
            entry.pooled shouldBe null
            pool.usedBytes() shouldBe 0
        }

        test("a backend that throws: what it did not take fails, what made room for that is done") {
            lateinit var backend: ThrowingFile
            withHandle(directory, Memory(10), 1, { ThrowingFile(it).also { backend = it } }) {
                handle ->
                fun read() = Reads.bytes(handle, 10, 5000) { it }
                val first = read()
                val next = read()
                backend.isOutOfMemory = true
                backend.passOn()
                first.got().size shouldBe 5000
                next.fails<OutOfMemoryError>("for the test")
                read().fails<OutOfMemoryError>("for the test")
                backend.isOutOfMemory = false
                handle.context().gate().inFlight() shouldBe 0
                read().got().size shouldBe 5000
            }
        }

        test("what waits for the limit is never told that there is no memory") {
            val limit = 64L shl 10
            val pool = BufferPool(limit)
            val gate = RequestGate(4, Int.MAX_VALUE, pool)
            val over = AtomicBoolean()
            // As a read on a caller's thread does: takes memory, and tells the gate afterwards.
            val inline =
                thread(name = "inline") {
                    while (!over.get()) {
                        // One buffer has half of the limit at most.
                        val both = List(2) { gate.take(limit) }.filterNotNull()
                        both.forEach { gate.giveBack(it) }
                    }
                }
            try {
                repeat(scaled(3000)) {
                    val entry = Waiting(limit)
                    gate.pass(entry, true)
                    while (!entry.isAdmitted) Thread.onSpinWait()
                    entry.pooled shouldNotBe null
                    gate.leave(entry)
                }
            } finally {
                over.set(true)
                inline.join()
            }
            pool.usedBytes() shouldBe 0
            gate.inFlight() shouldBe 0
        }
    })

/** So many buffers, and no more; or, if they are returned, one in place of the other. */
private class Memory(buffers: Int) {
    val left = AtomicInteger(buffers)
    @Volatile var isReturned = false

    fun allocate(capacity: Int): ByteBuffer {
        if (left.getAndUpdate { maxOf(0, it - 1) } == 0) {
            if (isReturned) left.set(1)
            throw OutOfMemoryError("for the test")
        }
        return ByteBuffer.allocateDirect(capacity)
    }
}

private class Waiting(private val bytes: Long) : RequestGate.Entry(Opcode.READ) {
    @Volatile var pooled: ByteBuffer? = null
    @Volatile var isAdmitted = false

    override fun stageBytes() = bytes

    override fun admitted(pooled: ByteBuffer?): Boolean {
        this.pooled = pooled
        isAdmitted = true
        return false
    }

    override fun submit(): Unit = error("not asked for")

    override fun advance(result: Long) = false

    override fun resubmit() = Unit

    override fun finished(failure: Throwable?) = Unit

    override fun withdrawn() = Unit
}

/** Keeps its first operation until told, and throws where it has no memory to take one. */
private class ThrowingFile(private val file: BackendFile) : BackendFile by file {
    @Volatile var isOutOfMemory = false
    private var kept: Operation? = null
    private var isFirst = true

    override fun submit(operation: Operation) {
        if (isOutOfMemory) throw OutOfMemoryError("for the test")
        if (isFirst) {
            isFirst = false
            kept = operation
        } else {
            file.submit(operation)
        }
    }

    fun passOn() = file.submit(kept!!)
}

/** A file on the java backend, in a context whose pool has that memory. */
private fun withHandle(
    directory: Path,
    memory: Memory,
    permits: Int = AioOptions.defaults().maxRequests(),
    wrap: (BackendFile) -> BackendFile = { it },
    body: (FileHandle) -> Unit,
) {
    val path = Files.createTempFile(directory, "data", null)
    Files.write(path, pattern(9000))
    val options =
        AioOptions.defaults().withBackend("java").withPooledBytes(1 shl 20).withMaxRequests(permits)
    val pool = BufferPool(options.pooledBytes(), memory::allocate)
    val engine = ContextEngine(options, BackendSelector.ofInstalled(), pool)
    try {
        val mode = OpenMode.READ_WRITE
        val open = TestOpen(path, mode.flags(), null)
        engine.backend().open(open)
        val handle = FileHandle(engine, OpenFile(wrap(open.future.got())), path, mode)
        engine.handleOpened(handle)
        body(handle)
        handle.closeAsync().got()
    } finally {
        engine.closeAsync().got()
    }
    pool.usedBytes() shouldBe 0
    engine.gate().queued() shouldBe 0
}
