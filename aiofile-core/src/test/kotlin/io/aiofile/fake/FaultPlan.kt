package io.aiofile.fake

import io.aiofile.contract.PATIENCE_SECONDS
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import java.util.SplittableRandom
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS

/** What goes wrong with one pass of an operation through the fake. */
sealed interface Fault {
    /** Nothing does. */
    data object None : Fault

    /** At most so many bytes are transferred. */
    data class Short(val bytes: Int) : Fault

    /** The system call fails, and the file stays as it was. */
    data class Fail(val failure: Failures) : Fault

    /** The kernel gives the operation back untouched (EAGAIN, EINTR) and it is tried again. */
    data object Requeue : Fault

    /** The kernel keeps the operation until the test lets go of it. */
    data class Stall(val stalled: Stalled) : Fault
}

/** An operation that the fake's kernel does not finish until [release]. */
class Stalled {
    private val arrival = CompletableFuture<() -> Unit>()
    private val released = CountDownLatch(1)

    /** Waits until an operation is in the kernel and stays there. */
    fun awaitArrival() {
        arrival.get(PATIENCE_SECONDS, SECONDS)
    }

    val hasArrived: Boolean
        get() = arrival.isDone

    /** Lets the operation go on: now, or when it arrives. Idempotent. */
    fun release() {
        if (released.count == 0L) return
        released.countDown()
        arrival.thenAccept { it() }
    }

    internal fun arrived(goOn: () -> Unit) {
        arrival.complete(goOn)
    }
}

/**
 * Which faults the fake injects: by chance from one seed, and by name for the next operation of a
 * kind.
 *
 * Chances are per thousand passes. Short transfers, requeues and delays are faults that callers
 * must never notice; failures are ones that they must be told of.
 */
class FaultPlan(val seed: Long = 0, val counts: FaultCounts = FaultCounts()) {
    private val random = SplittableRandom(seed)
    private val scripted = ArrayList<Pair<Opcode, Fault>>()
    private var shortPerMille = 0
    private var requeuePerMille = 0
    private var delayPerMille = 0
    private var delayNanosMax = 1L
    private val failPerMille = HashMap<Opcode, MutableList<Pair<Int, Failures>>>()

    @Synchronized fun shortTransfers(perMille: Int) = apply { shortPerMille = perMille }

    @Synchronized fun requeues(perMille: Int) = apply { requeuePerMille = perMille }

    @Synchronized
    fun delays(perMille: Int, nanosMax: Long) = apply {
        delayPerMille = perMille
        delayNanosMax = nanosMax
    }

    /** One more way for operations of this kind to fail; each has its own chance. */
    @Synchronized
    fun failures(opcode: Opcode, failure: Failures, perMille: Int) = apply {
        failPerMille.getOrPut(opcode) { ArrayList() } += perMille to failure
    }

    /** Operations of this kind fail no more. */
    @Synchronized fun noFailures(opcode: Opcode) = apply { failPerMille.remove(opcode) }

    /** The next operation of this kind meets [fault]; several are met in the order of the calls. */
    @Synchronized fun next(opcode: Opcode, fault: Fault) = apply { scripted += opcode to fault }

    /** The next operation of this kind stays in the kernel until the answer is released. */
    fun stallNext(opcode: Opcode): Stalled = Stalled().also { next(opcode, Fault.Stall(it)) }

    @Synchronized
    internal fun decide(operation: Operation): Fault {
        val index = scripted.indexOfFirst { it.first == operation.opcode() }
        val fault = if (index >= 0) scripted.removeAt(index).second else byChance(operation)
        when (fault) {
            is Fault.Fail -> counts.add("${fault.failure}")
            is Fault.Short -> counts.add("short")
            is Fault.Stall -> counts.add("stalled")
            Fault.Requeue -> counts.add("given back")
            Fault.None -> {}
        }
        return fault
    }

    private fun byChance(operation: Operation): Fault {
        val failing = failPerMille[operation.opcode()].orEmpty().firstOrNull { chance(it.first) }
        return when {
            failing != null -> Fault.Fail(failing.second)
            chance(requeuePerMille) -> Fault.Requeue
            canBeShort(operation) && operation.length() > 1 && chance(shortPerMille) ->
                Fault.Short(1 + random.nextInt(operation.length().toInt() - 1))
            else -> Fault.None
        }
    }

    private fun canBeShort(operation: Operation) =
        isTransfer(operation) || operation.opcode() == Opcode.COPY

    /** How long the kernel takes for the next pass. */
    @Synchronized
    internal fun delayNanos(): Long {
        if (!chance(delayPerMille)) return 0
        counts.add("late")
        return random.nextLong(delayNanosMax) + 1
    }

    private fun chance(perMille: Int) = perMille > 0 && random.nextInt(1000) < perMille
}
