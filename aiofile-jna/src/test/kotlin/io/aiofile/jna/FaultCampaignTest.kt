package io.aiofile.jna

import io.aiofile.contract.Afterlife
import io.aiofile.contract.Hazard
import io.aiofile.contract.RealDisk
import io.aiofile.contract.faultCampaign
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FaultCounts
import io.aiofile.jna.engine.FaultyQueue
import io.aiofile.jna.engine.KernelQueue
import io.aiofile.jna.engine.NativeBackend
import io.aiofile.jna.engine.SyntheticQueue
import io.aiofile.jna.engine.eventually
import io.aiofile.jna.engine.startBrief
import io.aiofile.jna.engine.threadsNamed
import io.aiofile.jna.libaio.AioBinding
import io.aiofile.jna.libaio.LibaioQueue
import io.aiofile.jna.sys.FaultyLibC
import io.aiofile.jna.sys.libc
import io.aiofile.jna.sys.noDirectReason
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.time.Duration
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
        val skipped = if (noDirect == null) "" else "without O_DIRECT ($noDirect): "
        afterSpec { disk.delete() }
        afterTest {
            queues.flatMap { it.violations }.shouldBeEmpty()
            queues.clear()
        }
        include(
            skipped,
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
        if (kernel != null && noDirect == null) {
            var last: Dying? = null
            include(
                "whose kernel lane dies: ",
                faultCampaign(
                    Hazard(
                        "$name, whose lane dies",
                        disk,
                        counts,
                        FaultyLibC.DELIVERED,
                        logged =
                            listOf(
                                "an event for no operation in flight",
                                "submitting failed: workers do",
                                "the completion thread died: workers do",
                                "closing aiofile",
                            ),
                        afterlife = { last },
                        closeTimeout = Duration.ofSeconds(1),
                    ) { options, seed ->
                        FakeProvider.open(options) { config ->
                            val death = FaultyQueue.Death.entries[(seed and 1).toInt()]
                            val real = kernel(config.maxRequests(), seed)
                            val queue = FaultyQueue(real, seed + 1, counts, death)
                            queues += queue
                            val calls = FaultyLibC(libc, seed + 2, counts)
                            last = Dying(queue, calls, config.name())
                            startBrief(name, calls, queue, config)
                        }
                    }
                ),
            )
        }
    })

private class Dying(
    private val queue: FaultyQueue,
    private val calls: FaultyLibC,
    private val context: String,
) : Afterlife {
    override val lost: Set<Long>
        get() = queue.lost

    override fun settle() = queue.settle()

    override fun bury() {
        queue.isOver shouldBe true
        if (lost.isEmpty()) return
        queue.bury("$context-completion")
        eventually("no worker is left") { threadsNamed("$context-").isEmpty() }
        calls.closeLeft()
    }
}
