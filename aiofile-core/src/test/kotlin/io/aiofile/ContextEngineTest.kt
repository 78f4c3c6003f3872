package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.eventually
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.shouldEqual
import io.aiofile.fake.FakeBackend
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.spi.Backend
import io.aiofile.spi.OpenOperation
import io.aiofile.threads.TestOpen
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.lang.ref.WeakReference
import java.time.Duration

class ContextEngineTest :
    FunSpec({
        // The timer of the close kept it, with up to 64 MiB of pooled memory, until its time came.
        test("a closed context is garbage at once, and not when its close would have given up") {
            val engine = closedWithAnOpenFile(Duration.ofHours(1))
            eventually("it is collected") {
                System.gc()
                engine.get() == null
            }
        }

        // It was nothing: the open looked again at whether a cancel was asked for, which the
        // context does too, and took that for its caller's.
        test("an open that its context wants closed as soon as it has it is a file all the same") {
            lateinit var opening: OpenRequest
            val setup = FakeSetup()
            val context =
                LeakCheck.watch(
                    FakeProvider.open(AioOptions.defaults()) { config ->
                        EarlyClose(FakeBackend(config, setup)) { opening.closeUnder() }
                    }
                )
            val path = setup.disk.fresh("data")
            setup.disk.put(path, pattern(10))
            opening = OpenRequest(context, context.engine().backend(), path, OpenMode.READ)
            context.engine().enter(opening) shouldBe true
            val file = opening.start().got()
            file.readAllBytesAsync().got() shouldEqual pattern(10)
            context.close()
            file.isOpen shouldBe false
        }
    })

/** A backend whose opens are asked to end when they are done, and not yet told. */
private class EarlyClose(private val real: Backend, private val ask: () -> Unit) : Backend by real {
    override fun open(operation: OpenOperation) {
        operation.enterKernel()
        val inner = TestOpen(operation.path(), operation.flags(), operation.permissions())
        inner.future.thenAccept {
            ask()
            operation.opened(it)
        }
        real.open(inner)
    }

    override fun cancel(operation: OpenOperation) {
        operation.cancel()
    }
}

private fun closedWithAnOpenFile(closeTimeout: Duration): WeakReference<ContextEngine> {
    val setup = FakeSetup()
    val options = AioOptions.defaults().withCloseTimeout(closeTimeout)
    val context = FakeProvider.open(options, setup)
    val path = setup.disk.fresh("data")
    context.openFileAsync(path, "wb").got()
    context.closeAsync().got()
    return WeakReference(context.engine())
}
