package io.aiofile.fake

import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation

/** One operation on its way through the fake: into the kernel, and at some later step out of it. */
internal class FakePass(
    private val backend: FakeBackend,
    private val file: FakeFile,
    private val operation: Operation,
) {
    private val fifo = file.fifoOf(operation)
    private val isTransfer = isTransfer(operation)
    private var fault: Fault? = null
    private var mark: SyncMark? = null

    /** One step of a lane thread: the operation is queued. */
    fun step() {
        if (!operation.enterKernel()) return file.dismiss(operation)
        mark = file.syncMark(operation)
        val memory = if (isTransfer) KernelMemory(operation) else null
        val finish = { finish(memory) }
        val now = fault ?: backend.setup.faults.decide(operation)
        fault = now
        when {
            now is Fault.Stall -> now.stalled.arrived { backend.lanes.add(finish) }
            backend.lanes.chance(oneIn = 2) -> finish()
            else -> backend.lanes.add(finish) // others overtake it
        }
    }

    private fun finish(memory: KernelMemory?) {
        pause(backend.setup.faults.delayNanos())
        memory?.giveBack()
        val met = fault
        fault = Fault.None // a second attempt meets no second fault
        when (met) {
            is Fault.Fail -> {
                // Linux has released the descriptor, whatever close(2) says.
                if (operation.opcode() == Opcode.CLOSE) file.perform(operation, 0, mark)
                fail(met.failure.exception())
            }
            Fault.Requeue -> if (operation.requeue()) again() else file.dismiss(operation)
            is Fault.Short -> perform(file.wholeUnits(met.bytes).toLong())
            else -> perform(Long.MAX_VALUE)
        }
    }

    private fun perform(lengthMax: Long) {
        val seen = fifo?.version() ?: 0
        val result =
            try {
                file.perform(operation, lengthMax, mark)
            } catch (failure: Exception) {
                return fail(failure)
            }
        if (result >= 0) {
            // Gone from here first: what completing it lets loose may submit it again.
            file.dismiss(operation)
            operation.complete(result)
        } else if (operation.requeue()) {
            fifo!!.onChange(seen) { again() }
        } else {
            file.dismiss(operation)
        }
    }

    private fun fail(failure: Exception) {
        file.dismiss(operation)
        operation.fail(failure)
    }

    // A waiting operation that was cancelled has nothing left to do, and maybe no lanes to do it.
    private fun again() {
        if (operation.state() == Operation.State.QUEUED) backend.lanes.begin(operation, ::step)
        else file.dismiss(operation)
    }
}
