package io.aiofile.fake

import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentLinkedQueue

/**
 * What the policy layer owes a backend, checked at every call. A broken rule never reaches the
 * caller, who might swallow it: it is noted here, and the test that runs meanwhile fails with it.
 */
object SpiRules {
    private val broken = ConcurrentLinkedQueue<String>()

    /** Takes what was noted since the last call. */
    fun takeBroken(): List<String> = generateSequence { broken.poll() }.toList()

    internal fun note(rule: String) {
        broken += rule
    }

    internal inline fun require(holds: Boolean, rule: () -> String) {
        if (!holds) note(rule())
    }

    internal fun checkQueued(operation: Operation) =
        // An operation whose cancel came between the policy layer's last look and this call is
        // over.
        require(
            operation.state() == Operation.State.QUEUED ||
                operation.state() == Operation.State.DONE && operation.isCancelAsked
        ) {
            "submitted in state ${operation.state()}: $operation"
        }

    internal fun checkRange(buffer: ByteBuffer, index: Int, length: Long, what: Any) {
        require(buffer.isDirect) { "not a direct buffer: $what" }
        require(length >= 1) { "nothing to transfer: $what" }
        require(index >= 0 && index + length <= buffer.capacity()) {
            "$index and $length bytes are beyond a buffer of ${buffer.capacity()}: $what"
        }
    }

    internal fun checkBatch(operations: List<Operation>) {
        require(operations.isNotEmpty()) { "a batch of nothing" }
        require(operations.toSet().size == operations.size) { "twice in a batch: $operations" }
        require(operations.none { it.opcode() == Opcode.CLOSE }) { "CLOSE in a batch: $operations" }
        require(operations.none { isTransfer(it) && it.position() == Operation.SEQUENTIAL }) {
            "without a position in a batch: $operations"
        }
    }

    internal fun checkMayWait(what: String) =
        require(!LaneThread.isCurrent()) { "$what on a lane thread" }
}

/**
 * Watches the memory of one operation while the fake's kernel owns it, as the one rule of
 * `io.aiofile` demands: the target of a read is filled with rubbish that must stay, and the source
 * of a write must not change.
 */
internal class KernelMemory(private val operation: Operation) {
    // The owner may move position and limit of a buffer that has room for several operations.
    private val buffer = operation.buffer().duplicate().clear()
    private val index = operation.index()
    private val before = bytes()
    private val rubbish = if (operation.opcode() == Opcode.READ) rubbish(before.size) else null

    init {
        rubbish?.let { buffer.put(index, it) }
    }

    /**
     * To be called before the transfer: says whether anybody else used the memory, and cleans up.
     */
    fun giveBack() {
        val now = bytes()
        SpiRules.require(now.contentEquals(rubbish ?: before)) {
            "the buffer was changed while the kernel owned it: $operation"
        }
        if (rubbish != null) buffer.put(index, before)
    }

    private fun bytes(): ByteArray =
        ByteArray(operation.length().toInt()).also { buffer.get(index, it) }

    private fun rubbish(count: Int) = ByteArray(count) { (0xA5 xor it * 31).toByte() }
}
