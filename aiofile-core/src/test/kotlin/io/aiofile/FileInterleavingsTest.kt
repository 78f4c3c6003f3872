package io.aiofile

import io.aiofile.contract.everyInterleaving
import io.aiofile.contract.must
import io.aiofile.spi.Alignment
import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import java.nio.ByteBuffer
import java.nio.channels.ClosedChannelException
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/** What meets on one open file, under the interleavings that Lincheck comes up with. */
class FileInterleavingsTest :
    FunSpec({
        // ---- handles: counts and close

        everyInterleaving(
            "operations, a duplicate and two closes: one CLOSE, with nothing in flight"
        ) {
            val device = Device()
            val handle = device.handle()
            val user = thread {
                if (handle.enter()) {
                    device.inFlight.incrementAndGet()
                    device.inFlight.decrementAndGet()
                    handle.exit()
                }
            }
            var twin: FileHandle? = null
            val other = thread {
                try {
                    twin = handle.duplicate()
                } catch (_: ClosedChannelException) {
                    // Also right: the close came first.
                }
            }
            val closer = thread { handle.closeAsync() }
            listOf(user, other, closer).forEach { it.join() }
            must(!handle.enter())
            must(device.closes.get() == if (twin == null) 1 else 0)
            twin?.closeAsync()
            handle.closeAsync()
            must(device.closes.get() == 1)
            must(device.busyCloses.get() == 0)
        }

        // ---- what is in turn

        everyInterleaving("a pipe's bytes are read while its handle closes: they are somebody's") {
            val pipe = Pipe()
            val handle = pipe.handle()
            val twin = handle.duplicate()
            val first = Reads.sequential(handle, 10)
            val backend = thread { pipe.send(7) }
            val closer = thread { handle.closeAsync() }
            backend.join()
            closer.join()
            val second = Reads.sequential(twin, 10)
            pipe.send(8)
            val seen = if (first.isCompletedExceptionally) second.join() else first.join()
            must(seen.single() == 7.toByte())
            must(second.isDone)
            twin.closeAsync()
        }

        everyInterleaving("a sync waits for the writes before it, and for no others, once") {
            val order = SyncOrder()
            val before = order.beginWrite()
            val open = AtomicInteger(1)
            val syncs = AtomicInteger()
            val early = AtomicInteger()
            val writer = thread {
                open.decrementAndGet()
                order.endWrite(before)
            }
            val later = thread { order.endWrite(order.beginWrite()) }
            val syncer = thread {
                order.afterWrites {
                    syncs.incrementAndGet()
                    early.addAndGet(open.get())
                }
            }
            listOf(writer, later, syncer).forEach { it.join() }
            must(syncs.get() == 1)
            must(early.get() == 0)
        }
    })

/** A file that is done with everything at once. */
private open class Device(private val isSeekable: Boolean = true) : BackendFile {
    val inFlight = AtomicInteger()
    val closes = AtomicInteger()
    val busyCloses = AtomicInteger()

    fun handle() =
        FileHandle(engine, OpenFile(this), Path.of("file"), OpenMode.READ).also {
            engine.handleOpened(it)
        }

    override fun seekable() = isSeekable

    override fun alignment(): Alignment = Alignment.NONE

    override fun transferBytesMax() = 4096

    override fun readNow(target: ByteBuffer, index: Int, length: Int, position: Long) = -1

    override fun writeNow(source: ByteBuffer, index: Int, length: Int, position: Long) = -1

    override fun submit(operation: Operation) {
        if (!operation.enterKernel()) return
        if (operation.opcode() == Opcode.CLOSE) {
            closes.incrementAndGet()
            busyCloses.addAndGet(inFlight.get())
        }
        operation.complete(0)
    }

    override fun cancel(operation: Operation) {
        operation.cancel()
    }
}

/** A pipe whose other end sends when the test says so. */
private class Pipe : Device(isSeekable = false) {
    private val waiting = AtomicReference<Operation?>()

    override fun submit(operation: Operation) {
        if (operation.opcode() != Opcode.READ) return super.submit(operation)
        if (operation.enterKernel()) waiting.set(operation)
    }

    /** A byte comes, if there is a read for it. */
    fun send(byte: Byte) {
        val read = waiting.getAndSet(null) ?: return
        read.buffer().put(read.index(), byte)
        read.complete(1)
    }
}

// Made before the first test, as Lincheck would look into it; never closed, as it has no thread
// before it has work.
private val engine =
    ContextEngine(
        AioOptions.defaults().withBackend("java").withCompletionExecutor { it.run() },
        BackendSelector.ofInstalled(),
    )
