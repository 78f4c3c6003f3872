package io.aiofile.fake

import io.aiofile.spi.Backend
import io.aiofile.spi.BackendConfig
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.Operation
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.LongAdder

/** How much of the inline lane the fake has. */
enum class Inline {
    /** None: every call goes through a lane thread. */
    NEVER,

    /** By chance all of a transfer, a part of it, or none. */
    BY_CHANCE,

    /** All of every transfer: a file that is wholly in the page cache. */
    ALWAYS,
}

/** What a test asks of the fake. */
class FakeSetup(
    val disk: FakeDisk = FakeDisk(),
    val faults: FaultPlan = FaultPlan(),
    val seed: Long = 0,
    val inline: Inline = Inline.NEVER,
    val lanes: Int = 2,
) {
    /** How many operations came together, for each time that several did. */
    val batches: MutableList<Int> = CopyOnWriteArrayList()

    /** The memory that large pages were to be put under. */
    val prepared: MutableList<ByteBuffer> = CopyOnWriteArrayList()

    /** How many bytes its kernel copied from file to file by itself. */
    val copied = LongAdder()

    /** Whether its kernel says that there is nothing to copy, as Linux does of files of /proc. */
    @Volatile var copiesNothing = false

    /** Whether there is no memory in such large pieces. */
    @Volatile var largePagesAreShort = false
}

/**
 * A backend in memory: strict about the SPI (see [SpiRules]), and as unkind as the seed says. It
 * finishes operations in random order, owns their memory in between, and injects faults.
 *
 * Not a simulation of time: nothing here is as slow as a device, unless a test stalls it.
 */
class FakeBackend(private val config: BackendConfig, internal val setup: FakeSetup) : Backend {
    internal val lanes = FakeLanes(config.name(), setup.lanes, setup.seed)
    internal val metrics = config.metrics()
    private val submitted = HashSet<Operation>() // guarded by itself
    private val files: MutableSet<FakeFile> = ConcurrentHashMap.newKeySet()

    init {
        lanes.start()
    }

    override fun name() = FakeProvider.NAME

    override fun description() =
        "in memory, ${setup.lanes} lanes, seed ${setup.seed}, inline ${setup.inline}"

    /** Files that were opened here and not closed. */
    val openFiles: Int
        get() = files.size

    override fun open(operation: OpenOperation) {
        SpiRules.checkQueued(operation)
        SpiRules.require(operation.opcode() == Opcode.OPEN) { "opened with $operation" }
        SpiRules.require(synchronized(submitted) { submitted.add(operation) }) {
            "opened twice: $operation"
        }
        lanes.begin(operation) { open(operation, null) }
    }

    /** [fifo] is the FIFO that a first attempt has found without a reader, as open(2) waits. */
    private fun open(operation: OpenOperation, fifo: FifoQueue?) {
        val seen = fifo?.version() ?: 0
        if (fifo != null && !fifo.hasReader() && isLive(operation)) {
            return fifo.onChange(seen) {
                if (isLive(operation)) lanes.begin(operation) { open(operation, fifo) }
            }
        }
        if (!operation.enterKernel()) {
            dismiss(operation)
            return
        }
        pause(setup.faults.delayNanos())
        when (val fault = setup.faults.decide(operation)) {
            is Fault.Fail -> fail(operation, fault.failure)
            is Fault.Stall -> fault.stalled.arrived { lanes.add { finishOpen(operation) } }
            Fault.Requeue -> reopen(operation, null)
            else -> finishOpen(operation)
        }
    }

    private fun finishOpen(operation: OpenOperation) {
        val node =
            try {
                if (setup.disk.power?.use() == false) throw Failures.EIO.exception()
                setup.disk.open(operation.path(), operation.flags())
            } catch (failure: Exception) {
                dismiss(operation)
                return operation.fail(failure)
            }
        val fifo = (node as? FakeNode.Fifo)?.queue
        val writes = Flag.WRITE in operation.flags() || Flag.APPEND in operation.flags()
        if (fifo != null && writes && Flag.READ !in operation.flags() && !fifo.hasReader()) {
            return reopen(operation, fifo)
        }
        val file = FakeFile(this, node, operation.path(), operation.flags())
        files += file
        dismiss(operation)
        operation.opened(file)
    }

    private fun reopen(operation: OpenOperation, fifo: FifoQueue?) {
        if (operation.requeue()) lanes.begin(operation) { open(operation, fifo) }
        else dismiss(operation)
    }

    private fun fail(operation: Operation, failure: Failures) {
        dismiss(operation)
        operation.fail(failure.exception())
    }

    internal fun admit(operation: Operation, waitsForPeer: Boolean) {
        SpiRules.checkQueued(operation)
        // In one step: what ends meanwhile lets another one in, and both would be counted.
        val inFlight =
            synchronized(submitted) {
                SpiRules.require(submitted.add(operation)) { "submitted twice: $operation" }
                submitted.count { isLive(it) && isCounted(it) }
            }
        SpiRules.require(
            waitsForPeer || !isCounted(operation) || inFlight <= config.maxRequests()
        ) {
            "$inFlight operations at once, ${config.maxRequests()} allowed: $operation"
        }
    }

    internal fun dismiss(operation: Operation) {
        synchronized(submitted) { submitted -= operation }
    }

    internal fun closed(file: FakeFile) {
        files -= file
    }

    // Not counted: what may wait for the other end of a FIFO, and what a close needs to get done.
    private fun isCounted(operation: Operation) =
        when (operation.opcode()) {
            Opcode.OPEN,
            Opcode.CLOSE,
            Opcode.DATA_SYNC -> false
            else -> operation.position() != Operation.SEQUENTIAL
        }

    override fun close() {
        SpiRules.checkMayWait("closing the backend")
        SpiRules.require(files.isEmpty()) { "closed with open files: ${files.map { it.path }}" }
        val left = synchronized(submitted) { submitted.filter(::isLive) }
        SpiRules.require(left.isEmpty()) { "closed with operations in flight: $left" }
        lanes.close()
    }
}

internal fun isLive(operation: Operation) = operation.state() != Operation.State.DONE
