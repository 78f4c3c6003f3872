package io.aiofile.fake

import io.aiofile.spi.Alignment
import io.aiofile.spi.BackendFile
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap

/** An open file of the [FakeBackend]. */
internal class FakeFile(
    private val backend: FakeBackend,
    private val node: FakeNode,
    val path: Path,
    private val flags: Set<Flag>,
) : BackendFile {
    private val appends = Flag.APPEND in flags
    private val regular = node as? FakeNode.Regular
    private val fifo = (node as? FakeNode.Fifo)?.queue
    private val fifoEnd =
        fifo?.attach(Flag.READ in flags, Flag.WRITE in flags || Flag.APPEND in flags)
    private val power = backend.setup.disk.power
    private val inFlight: MutableSet<Operation> = ConcurrentHashMap.newKeySet()
    @Volatile private var closing = false

    override fun seekable() = regular != null

    override fun alignment(): Alignment =
        if (Flag.DIRECT in flags && regular != null) Alignment(SECTOR, SECTOR) else Alignment.NONE

    // Odd, so that whoever splits a transfer can't get away with powers of two.
    override fun transferBytesMax() = if (alignment().isNone) TRANSFER_MAX else TRANSFER_MAX_DIRECT

    override fun largePageBytes() = if (alignment().isNone) 0 else LARGE_PAGE

    override fun putLargePagesUnder(memory: ByteBuffer) {
        SpiRules.require(!alignment().isNone) { "large pages for a file that has no use for them" }
        SpiRules.require(memory.isDirect && memory == ByteBuffer.allocate(memory.capacity())) {
            "large pages under memory that was used: $memory"
        }
        backend.setup.prepared += memory
        if (backend.setup.largePagesAreShort) throw OutOfMemoryError("for the test")
    }

    override fun isCopyWorthTrying(source: BackendFile) =
        regular != null &&
            !appends &&
            Flag.DATA_SYNC !in flags &&
            alignment().isNone &&
            source is FakeFile &&
            source.regular != null &&
            source.alignment().isNone

    override fun isWriteNowWorthTrying(length: Int, position: Long) = true

    override fun readNow(target: ByteBuffer, index: Int, length: Int, position: Long): Int =
        now("readNow", target, index, length, position) { count ->
            regular!!.read(position, target.duplicate().clear(), index, count)
        }

    override fun writeNow(source: ByteBuffer, index: Int, length: Int, position: Long): Int =
        now("writeNow", source, index, length, position) { count ->
            val from = source.duplicate().clear()
            put(position, from, index, count)
            count
        }

    private fun now(
        what: String,
        buffer: ByteBuffer,
        index: Int,
        length: Int,
        position: Long,
        transfer: (Int) -> Int,
    ): Int {
        val call = "$what at $position, $length bytes of $path"
        SpiRules.require(!closing) { "after CLOSE: $call" }
        SpiRules.checkRange(buffer, index, length.toLong(), call)
        if (what == "writeNow") checkPosition(position, call)
        // A real backend sends direct transfers to the kernel, and a FIFO is not asked here.
        if (regular == null || !alignment().isNone) return miss(0)
        // No error is reported inline: the slow path meets the same one.
        if (power?.use() == false) return miss(0)
        return when (backend.setup.inline) {
            Inline.NEVER -> -1
            Inline.ALWAYS -> hit(transfer(length))
            Inline.BY_CHANCE ->
                when (backend.lanes.number(3)) {
                    0 -> miss(0)
                    1 -> miss(if (length == 1) 0 else transfer(backend.lanes.number(length)))
                    else -> hit(transfer(length))
                }
        }
    }

    private fun hit(transferred: Int) = transferred.also { backend.metrics.inlineHits.increment() }

    private fun miss(transferred: Int): Int {
        backend.metrics.inlineMisses.increment()
        return transferred.inv()
    }

    override fun submit(operation: Operation) {
        // One that was withdrawn on its way here may come late, and is dropped as the lanes do.
        SpiRules.require(!closing || isOver(operation)) { "after CLOSE: $operation of $path" }
        if (isOver(operation)) return
        val sequential = operation.position() == Operation.SEQUENTIAL && isTransfer(operation)
        backend.admit(operation, waitsForPeer = sequential && !seekable())
        check(operation, sequential)
        if (operation.opcode() == Opcode.CLOSE) {
            val left = inFlight.filter(::isLive)
            SpiRules.require(left.isEmpty()) { "CLOSE of $path with $left in flight" }
            closing = true
        }
        inFlight += operation
        backend.metrics.workerOperations.increment()
        val pass = FakePass(backend, this, operation)
        backend.lanes.begin(operation, pass::step)
    }

    override fun submitAll(operations: List<Operation>) {
        SpiRules.checkBatch(operations)
        backend.setup.batches += operations.size
        operations.forEach(::submit)
    }

    override fun cancel(operation: Operation) {
        if (operation.cancel()) dismiss(operation)
    }

    private fun check(operation: Operation, sequential: Boolean) {
        if (operation.opcode() == Opcode.COPY) checkCopy(operation)
        if (!isTransfer(operation)) return
        val reads = operation.opcode() == Opcode.READ
        val buffer = operation.buffer()
        SpiRules.checkRange(buffer, operation.index(), operation.length(), operation)
        SpiRules.require(!reads || !buffer.isReadOnly) { "a read-only target: $operation" }
        SpiRules.require(operation.length() <= transferBytesMax()) { "too long: $operation" }
        if (!reads || !seekable()) checkPosition(operation.position(), operation)
        checkAligned(operation)
        if (sequential && !seekable()) {
            val same = inFlight.count { isLive(it) && it.opcode() == operation.opcode() }
            SpiRules.require(same == 0) { "a second one at once on a FIFO: $operation" }
        }
    }

    private fun checkCopy(operation: Operation) {
        SpiRules.require(isCopyWorthTrying(operation.source())) {
            "not copied from there: $operation of $path"
        }
        SpiRules.require(operation.position() >= 0 && operation.length() >= 1) {
            "no range: $operation of $path"
        }
    }

    private fun checkPosition(position: Long, what: Any) =
        SpiRules.require((position == Operation.SEQUENTIAL) == (appends || !seekable())) {
            "position $position, where append is $appends and seekable ${seekable()}: $what"
        }

    private fun checkAligned(operation: Operation) {
        val alignment = alignment()
        SpiRules.require(
            operation.position() % alignment.offset() == 0L &&
                operation.length() % alignment.offset() == 0L &&
                operation.buffer().alignmentOffset(operation.index(), alignment.memory()) == 0
        ) {
            "not aligned to $alignment: $operation from index ${operation.index()}"
        }
    }

    /** O_DIRECT moves whole units, also where it moves less than was asked for. */
    fun wholeUnits(bytes: Int): Int {
        val unit = alignment().offset()
        return maxOf(unit, bytes / unit * unit)
    }

    /** The FIFO that the operation waits for, if it is one of those. */
    fun fifoOf(operation: Operation): FifoQueue? = fifo.takeIf { isTransfer(operation) }

    /**
     * Does the operation; -1 if it would wait for the other end of a FIFO.
     *
     * @param mark how far a sync reaches
     */
    fun perform(operation: Operation, lengthMax: Long, mark: SyncMark?): Long {
        if (power == null || operation.opcode() == Opcode.CLOSE) {
            return performPowered(operation, lengthMax, mark)
        }
        if (power.isOff) throw Failures.EIO.exception()
        val result = performPowered(operation, lengthMax, mark)
        // It may go off just now: what was done is done, and nobody hears of it.
        if (!power.use()) throw Failures.EIO.exception()
        return result
    }

    private fun performPowered(operation: Operation, lengthMax: Long, mark: SyncMark?): Long {
        val length = minOf(operation.length(), lengthMax)
        return when (operation.opcode()) {
            Opcode.READ -> read(operation, length.toInt())
            Opcode.WRITE -> write(operation, length.toInt())
            Opcode.SYNC,
            Opcode.DATA_SYNC -> sync(mark)
            Opcode.TRUNCATE -> 0L.also { toRegular().truncate(operation.length()) }
            Opcode.ALLOCATE ->
                0L.also { toRegular().allocate(operation.position() + operation.length()) }
            Opcode.COPY -> copy(operation, length)
            Opcode.SIZE -> regular?.size ?: 0
            Opcode.CLOSE -> 0L.also { close() }
            Opcode.OPEN -> throw Failures.EINVAL.exception()
        }
    }

    private fun read(operation: Operation, length: Int): Long {
        if (Flag.READ !in flags) throw Failures.EBADF.exception()
        val target = operation.buffer().duplicate().clear()
        val index = operation.index()
        return if (fifo != null) fifo.read(fifoEnd!!, target, index, length).toLong()
        else toRegular().read(operation.position(), target, index, length).toLong()
    }

    private fun write(operation: Operation, length: Int): Long {
        if (Flag.WRITE !in flags && !appends) throw Failures.EBADF.exception()
        val source = operation.buffer().duplicate().clear()
        val index = operation.index()
        if (fifo != null) return fifo.write(source, index, length).toLong()
        toRegular()
        put(operation.position(), source, index, length)
        return length.toLong()
    }

    private fun copy(operation: Operation, lengthMax: Long): Long {
        val source = operation.source() as FakeFile
        SpiRules.require(!source.closing) { "after CLOSE of ${source.path}: $operation" }
        if (Flag.READ !in source.flags || Flag.WRITE !in flags) throw Failures.EBADF.exception()
        if (backend.setup.copiesNothing) return 0
        val length = minOf(lengthMax, COPY_MAX.toLong()).toInt()
        val bytes = ByteBuffer.allocate(length)
        val count = source.toRegular().read(operation.position(), bytes, 0, length)
        toRegular()
        if (count > 0) put(operation.position(), bytes, 0, count)
        backend.setup.copied.add(count.toLong())
        return count.toLong()
    }

    private fun put(position: Long, source: ByteBuffer, index: Int, length: Int) {
        val file = regular!!
        val through = Flag.DATA_SYNC in flags
        when {
            appends && through -> file.appendThrough(source, index, length)
            appends -> file.append(source, index, length)
            through -> file.writeThrough(position, source, index, length)
            else -> file.write(position, source, index, length)
        }
    }

    /** How far the operation reaches if it is a sync that the kernel starts now. */
    fun syncMark(operation: Operation): SyncMark? =
        when (operation.opcode()) {
            Opcode.SYNC,
            Opcode.DATA_SYNC -> regular?.syncMark()
            else -> null
        }

    private fun sync(mark: SyncMark?): Long {
        if (regular == null || mark == null) throw Failures.EINVAL.exception()
        regular.sync(mark)
        return 0
    }

    private fun toRegular() = regular ?: throw Failures.EINVAL.exception()

    private fun close() {
        fifoEnd?.let { fifo!!.detach(it) }
        backend.closed(this)
    }

    fun dismiss(operation: Operation) {
        inFlight -= operation
        backend.dismiss(operation)
    }

    private companion object {
        const val SECTOR = 512
        const val LARGE_PAGE = 2 shl 20
        // Odd, as the kernel may copy less than was asked for.
        const val COPY_MAX = (1 shl 20) + 7
        const val TRANSFER_MAX = 1024 * 1024 - 3
        const val TRANSFER_MAX_DIRECT = 2047 * SECTOR
    }
}

internal fun isTransfer(operation: Operation) =
    operation.opcode() == Opcode.READ || operation.opcode() == Opcode.WRITE

private fun isOver(operation: Operation) = operation.state() == Operation.State.DONE
