package io.aiofile

import io.aiofile.contract.BackendContract
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.Subject
import io.aiofile.contract.seed
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Inline

/** Every operation through a lane thread, in random order. */
class FakeBackendContractTest :
    BackendContract(fake("fake lanes") { disk, seed -> FakeSetup(disk, seed = seed) })

/** By chance all, a part or none of each transfer on the caller's thread. */
class FakeInlineBackendContractTest :
    BackendContract(
        fake("fake inline", wholeTransfers = false) { disk, seed ->
            FakeSetup(disk, seed = seed, inline = Inline.BY_CHANCE)
        }
    )

/**
 * Short transfers, operations that the kernel gives back, and delays: what callers must not notice.
 */
class FakeFaultyBackendContractTest :
    BackendContract(
        fake("fake faults", wholeTransfers = false) { disk, seed ->
            val faults = FaultPlan(seed).shortTransfers(300).requeues(200).delays(100, 200_000)
            FakeSetup(disk, faults, seed, Inline.BY_CHANCE)
        }
    )

private fun fake(
    name: String,
    wholeTransfers: Boolean = true,
    setup: (io.aiofile.fake.FakeDisk, Long) -> FakeSetup,
): Subject {
    val disk = MemoryDisk()
    val seed = seed(name)
    return Subject("fake", disk, wholeTransfers) { FakeProvider.open(it, setup(disk.disk, seed)) }
}
