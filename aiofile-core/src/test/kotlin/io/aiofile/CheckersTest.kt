package io.aiofile

import io.aiofile.contract.CampaignMemory
import io.aiofile.contract.Hazard
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.eventually
import io.aiofile.contract.faultEpisode
import io.aiofile.contract.got
import io.aiofile.contract.onLinux
import io.aiofile.contract.pattern
import io.aiofile.contract.refuses
import io.aiofile.fake.FakeBackend
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.FaultCounts
import io.aiofile.fake.FaultPlan
import io.aiofile.fake.SpiRules
import io.aiofile.spi.Backend
import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendFile
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.threads.TestOpen
import io.aiofile.threads.TestOperation
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.StandardOpenOption.DELETE_ON_CLOSE
import java.util.SplittableRandom
import java.util.concurrent.CountDownLatch

/** What checks the tests has to fail where there is something to find. */
class CheckersTest :
    FunSpec({
        // ---- the rules of the SPI

        fun broken(rule: String, body: (FakeBackend, BackendFile, FaultPlan) -> Unit) =
            test("SpiRules: $rule") { onFake(rule, body) }

        broken("not a direct buffer") { _, file, _ ->
            file.submit(TestOperation(Opcode.READ, ByteBuffer.allocate(8), length = 8))
        }
        broken("nothing to transfer") { _, file, _ ->
            file.submit(TestOperation(Opcode.READ, ByteBuffer.allocateDirect(8), length = 0))
        }
        broken("are beyond a buffer") { _, file, _ ->
            file.submit(TestOperation(Opcode.WRITE, ByteBuffer.allocateDirect(8), 4, length = 5))
        }
        broken("a read-only target") { _, file, _ ->
            val target = ByteBuffer.allocateDirect(8).asReadOnlyBuffer()
            file.submit(TestOperation(Opcode.READ, target, length = 8))
        }
        broken("too long") { _, file, _ ->
            val length = file.transferBytesMax() + 1
            val source = ByteBuffer.allocateDirect(length)
            file.submit(TestOperation(Opcode.WRITE, source, length = length.toLong()))
        }
        broken("where append is false") { _, file, _ ->
            val source = ByteBuffer.allocateDirect(8)
            file.submit(TestOperation(Opcode.WRITE, source, position = -1, length = 8))
        }
        for (rule in listOf("submitted in state IN_KERNEL", "submitted twice")) {
            broken(rule) { _, file, faults ->
                val stalled = faults.stallNext(Opcode.SIZE)
                val operation = TestOperation(Opcode.SIZE)
                file.submit(operation)
                stalled.awaitArrival()
                file.submit(operation)
                stalled.release()
                operation.future.got()
            }
        }
        broken("operations at once, $REQUESTS_MAX allowed") { _, file, faults ->
            val stalls = List(REQUESTS_MAX + 1) { faults.stallNext(Opcode.SIZE) }
            val operations = stalls.map { TestOperation(Opcode.SIZE) }
            operations.forEach { file.submit(it) }
            stalls.forEach { it.awaitArrival() }
            stalls.forEach { it.release() }
            operations.forEach { it.future.got() }
        }
        broken("the buffer was changed while the kernel owned it") { _, file, faults ->
            val stalled = faults.stallNext(Opcode.READ)
            val target = ByteBuffer.allocateDirect(8)
            val read = TestOperation(Opcode.READ, target, length = 8)
            file.submit(read)
            stalled.awaitArrival()
            target.put(3, (target.get(3) + 1).toByte())
            stalled.release()
            read.future.got()
        }
        broken("with [SIZE") { _, file, faults ->
            val stalled = faults.stallNext(Opcode.SIZE)
            val size = TestOperation(Opcode.SIZE)
            file.submit(size)
            stalled.awaitArrival()
            file.submit(TestOperation(Opcode.CLOSE))
            stalled.release()
            size.future.got()
        }
        broken("on a lane thread") { backend, _, _ ->
            LaneThread("test") { backend.close() }.also { it.start() }.join()
        }
        broken("an operation threw at its backend") { _, file, _ ->
            file.submit(TestOperation(Opcode.SIZE) { error("from a hook") })
        }
        broken("after CLOSE: SIZE") { _, file, _ ->
            TestOperation(Opcode.CLOSE).also { file.submit(it) }.future.got()
            file.submit(TestOperation(Opcode.SIZE))
        }
        broken("after CLOSE: readNow") { _, file, _ ->
            TestOperation(Opcode.CLOSE).also { file.submit(it) }.future.got()
            file.readNow(ByteBuffer.allocateDirect(1), 0, 1, 0)
        }
        broken("closed with open files") { backend, _, _ -> backend.close() }

        // ---- what is left over

        test("LeakCheck: a context that is left open") {
            val context = AioContext.open()
            leaves("open context") { LeakCheck.watch(context) }
            context.close()
        }

        test("LeakCheck: a file that is left open in a lasting context") {
            AioContext.open().use { context ->
                LeakCheck.watchForLong(context)
                val path = Files.write(Files.createTempFile("checkers", null), ByteArray(10))
                lateinit var file: AsyncFile
                leaves("busy context", "openFiles=1") {
                    file = context.openFileAsync(path, "rb").got()
                }
                file.close()
                Files.delete(path)
            }
        }

        test("LeakCheck: a permit that a closed context has lost") {
            val context = FakeProvider.open(AioOptions.defaults(), FakeSetup())
            val lost = Lost()
            leaves("busy context", "inFlight=1") {
                LeakCheck.watch(context)
                context.engine().gate().pass(lost, false) shouldBe true
                context.close()
            }
            context.engine().gate().leave(lost)
        }

        test("LeakCheck: a thread of the library's") {
            val end = CountDownLatch(1)
            val thread = Thread({ end.await() }, "aiofile-4711-worker-1")
            leaves("thread: aiofile-4711-worker-1") { thread.start() }
            end.countDown()
            thread.join()
        }

        test("LeakCheck: a descriptor").config(enabled = onLinux) {
            val path = Files.createTempFile("checkers", null)
            lateinit var channel: FileChannel
            leaves("descriptor: $path") { channel = FileChannel.open(path, DELETE_ON_CLOSE) }
            channel.close()
        }

        test("LeakCheck: what SpiRules noted") {
            leaves("a rule that was broken") { SpiRules.note("a rule that was broken") }
        }

        test("LeakCheck: nothing, where there is nothing") {
            LeakCheck.start()
            LeakCheck.finish()
        }

        // ---- campaigns

        test("a campaign finds memory that is written to after its operation was over") {
            val memory = CampaignMemory()
            val random = SplittableRandom(1)
            val block = memory.take(random)
            val part = block.lend(10)
            block.takeBack(10) shouldBe null
            memory.areAllIntact() shouldBe true
            part.put(part.position() + 9, 0)
            memory.areAllIntact() shouldBe false
        }

        test("a campaign finds a read that goes beyond what it tells of") {
            val block = CampaignMemory().take(SplittableRandom(1))
            val part = block.lend(10)
            part.put(part.position() + 5, 0)
            block.takeBack(5) shouldBe 5
        }

        for (lie in Lie.entries) {
            test("a campaign finds a backend that ${lie.what}") {
                val disk = MemoryDisk()
                val hazard =
                    Hazard("fake", disk, FaultCounts(), setOf("EIO")) { options, seed ->
                        FakeProvider.open(options) { config ->
                            Liar(FakeBackend(config, FakeSetup(disk.disk, seed = seed)), lie)
                        }
                    }
                // Not every episode has an inline lane.
                val found =
                    (1L..10L).firstNotNullOfOrNull { seed ->
                        runCatching { faultEpisode(hazard, seed) }.exceptionOrNull()
                    }
                check(found is AssertionError || found is IllegalStateException) { "$found" }
            }
        }
    })

/** Gets a permit, and never gives it back. */
private class Lost : RequestGate.Entry(Opcode.SIZE) {
    override fun stageBytes() = 0L

    override fun admitted(pooled: ByteBuffer?) = true

    public override fun submit() = Unit

    override fun advance(result: Long) = false

    override fun resubmit() = Unit

    override fun finished(failure: Throwable?) = Unit

    override fun withdrawn() = Unit
}

/** What a backend may do wrong; once in a while. */
private enum class Lie(val what: String) {
    LOST_WRITE("says that it wrote and did not"),
    WRONG_BYTE("reads another byte than there is"),
    STRAY_BYTE("writes behind what it was given"),
    WRONG_ERROR("fails for no reason"),
}

/** A backend whose files lie to [lie], on the inline lane, where a test can get in between. */
private class Liar(private val real: FakeBackend, private val lie: Lie) : Backend by real {
    private var calls = 0

    override fun open(operation: OpenOperation) {
        val flags = operation.flags()
        val inner = TestOpen(operation.path(), flags, operation.permissions())
        if (!operation.enterKernel()) return
        inner.future.handle { file, failure ->
            if (file == null) operation.fail(failure!!)
            else operation.opened(if (Flag.DIRECT in flags) file else LyingFile(file))
        }
        real.open(inner)
    }

    override fun cancel(operation: OpenOperation) {
        operation.cancel()
    }

    @Synchronized private fun isTime() = ++calls % 50 == 0

    private inner class LyingFile(private val file: BackendFile) : BackendFile by file {
        override fun readNow(target: ByteBuffer, index: Int, length: Int, position: Long): Int {
            if (lie == Lie.LOST_WRITE || !isTime()) {
                return file.readNow(target, index, length, position)
            }
            when (lie) {
                Lie.STRAY_BYTE -> if (index > 0) target.put(index - 1, 0)
                Lie.WRONG_BYTE -> target.put(index, (target.get(index) + 1).toByte())
                else -> throw IllegalStateException("for no reason")
            }
            return if (lie == Lie.WRONG_BYTE) 1.inv() else 0.inv()
        }

        override fun writeNow(source: ByteBuffer, index: Int, length: Int, position: Long): Int =
            when {
                lie == Lie.LOST_WRITE && isTime() -> length
                lie == Lie.WRONG_ERROR && isTime() -> throw IllegalStateException("for no reason")
                else -> file.writeNow(source, index, length, position)
            }
    }
}

private val disk = MemoryDisk()

private const val REQUESTS_MAX = 4

/** What is done to the fake has to break the rule; whether others too, does not matter. */
private fun onFake(rule: String, body: (FakeBackend, BackendFile, FaultPlan) -> Unit) {
    val faults = FaultPlan()
    val config = BackendConfig("aiofile-checkers", REQUESTS_MAX, 2, 0, 0, LaneMetrics())
    val backend = FakeBackend(config, FakeSetup(disk.disk, faults))
    val path = disk.put(disk.fresh(), pattern(100))
    val open = TestOpen(path, setOf(Flag.READ, Flag.WRITE))
    backend.open(open)
    val file = open.future.got()
    SpiRules.takeBroken().shouldBeEmpty()
    try {
        body(backend, file, faults)
        val noted = ArrayList<String>()
        eventually("\"$rule\" is noted") {
            noted += SpiRules.takeBroken()
            noted.any { rule in it }
        }
    } finally {
        backend.close()
        SpiRules.takeBroken()
    }
}

/** The check of a test that does this fails, and says so. */
private fun leaves(vararg parts: String, body: () -> Unit) {
    LeakCheck.start()
    body()
    refuses<AssertionError>(*parts) { LeakCheck.finish(patienceSeconds = 0) }
}
