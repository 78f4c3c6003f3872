package io.aiofile

import io.aiofile.contract.eventually
import io.aiofile.contract.got
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.kotest.core.spec.style.FunSpec
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
    })

private fun closedWithAnOpenFile(closeTimeout: Duration): WeakReference<ContextEngine> {
    val setup = FakeSetup()
    val options = AioOptions.defaults().withCloseTimeout(closeTimeout)
    val context = FakeProvider.open(options, setup)
    val path = setup.disk.fresh("data")
    context.openFileAsync(path, "wb").got()
    context.closeAsync().got()
    return WeakReference(context.engine())
}
