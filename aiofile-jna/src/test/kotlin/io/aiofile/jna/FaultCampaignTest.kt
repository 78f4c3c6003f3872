package io.aiofile.jna

import io.aiofile.contract.Hazard
import io.aiofile.contract.RealDisk
import io.aiofile.contract.faultCampaign
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FaultCounts
import io.aiofile.jna.engine.FaultyQueue
import io.aiofile.jna.engine.KernelQueue
import io.aiofile.jna.engine.NativeBackend
import io.aiofile.jna.engine.SyntheticQueue
import io.aiofile.jna.libaio.AioBinding
import io.aiofile.jna.libaio.LibaioQueue
import io.aiofile.jna.sys.FaultyLibC
import io.aiofile.jna.sys.libc
import io.aiofile.jna.sys.noDirectReason
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList

/** Plain system calls that fail. */
class PosixFaultCampaignTest : FaultCampaignSpec("posix", null)

/**
 * The real kernel, and a queue and system calls that fail; through libaio where it is installed.
 */
class LibaioFaultCampaignTest :
    FaultCampaignSpec(
        "libaio",
        { slots, _ -> LibaioQueue.open(libc, AioBinding.bindFirst(libc), slots) },
    )

/** The same lane over a kernel that touches memory as late as it can. */
class SyntheticFaultCampaignTest :
    FaultCampaignSpec("synthetic", { slots, seed -> SyntheticQueue(libc, slots, seed) })

abstract class FaultCampaignSpec(name: String, kernel: ((Int, Long) -> KernelQueue)?) :
    FunSpec({
        val disk = RealDisk()
        val counts = FaultCounts()
        val queues = CopyOnWriteArrayList<FaultyQueue>()
        val noDirect = noDirectReason(Path.of(System.getProperty("java.io.tmpdir")))
        afterSpec { disk.delete() }
        afterTest {
            queues.flatMap { it.violations }.shouldBeEmpty()
            queues.clear()
        }
        include(
            if (noDirect == null) "" else "without O_DIRECT ($noDirect): ",
            faultCampaign(
                Hazard(
                    name,
                    disk,
                    counts,
                    FaultyLibC.DELIVERED,
                    direct = noDirect == null,
                    // Doubled events are noted once for each lane.
                    logged = listOf("an event for no operation in flight"),
                ) { options, seed ->
                    FakeProvider.open(options) { config ->
                        val queue = kernel?.invoke(config.maxRequests(), seed)
                        val faulty = queue?.let { FaultyQueue(it, seed + 1, counts) }
                        faulty?.let { queues += it }
                        NativeBackend.start(
                            name,
                            FaultyLibC(libc, seed + 2, counts),
                            faulty,
                            config,
                        )
                    }
                }
            ),
        )
    })
