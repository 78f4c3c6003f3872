package io.aiofile

import io.aiofile.contract.Hazard
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.RealDisk
import io.aiofile.contract.faultCampaign
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultCounts
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.Inline
import io.aiofile.spi.Opcode
import io.aiofile.threads.FaultyFiles
import io.aiofile.threads.faultyFileTexts
import io.kotest.core.spec.style.FunSpec

/** The fake under a fault plan. */
class FakeFaultCampaignTest :
    FunSpec({
        val disk = MemoryDisk()
        val counts = FaultCounts()
        include(
            faultCampaign(
                Hazard("fake", disk, counts, setOf("EIO", "ENOSPC", "EFBIG", "EDQUOT")) {
                    options,
                    seed ->
                    val inline = Inline.entries[Math.floorMod(seed, Inline.entries.size)]
                    FakeProvider.open(
                        options,
                        FakeSetup(disk.disk, plan(seed, counts), seed, inline),
                    )
                }
            )
        )
    })

private fun plan(seed: Long, counts: FaultCounts): FaultPlan {
    val plan = FaultPlan(seed, counts).shortTransfers(150).requeues(100).delays(20, 100_000)
    for (opcode in Opcode.entries) plan.failures(opcode, Failures.EIO, 20)
    for (opcode in listOf(Opcode.WRITE, Opcode.ALLOCATE, Opcode.DATA_SYNC)) {
        plan.failures(opcode, Failures.ENOSPC, 20).failures(opcode, Failures.EDQUOT, 10)
    }
    return plan.failures(Opcode.WRITE, Failures.EFBIG, 10)
}

/** The java backend, over channels that misbehave. */
class JavaFaultCampaignTest :
    FunSpec({
        val disk = RealDisk()
        val counts = FaultCounts()
        val files = FaultyFiles(counts)
        afterSpec { disk.delete() }
        include(
            faultCampaign(
                Hazard(
                    "java",
                    disk,
                    counts,
                    faultyFileTexts.values.toSet(),
                    direct = false,
                    path = files::path,
                ) { options, seed ->
                    files.seed(seed)
                    AioContext.open(options.withBackend("java"))
                }
            )
        )
    })
