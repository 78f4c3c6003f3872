package io.aiofile

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.util.concurrent.Executor

/** What meets in a loop is in [InterleavingsTest]; here it surely does. */
class AsyncLoopTest :
    FunSpec({
        test(
            "a cancel that comes while a step begins reaches that step, and the loop waits for it"
        ) {
            val loop = CancelledInItsSecondStep()
            loop.whole = loop.start()
            loop.first.settle(1, null)
            loop.second.isAsked shouldBe true
            loop.whole.isDone shouldBe false
            loop.second.settle(1, null)
            loop.whole.isCancelled shouldBe true
        }
    })

private val here = CompletionExecutor(Executor { it.run() })

private class CancelledInItsSecondStep : AsyncLoop<Int, Int>(here, Long.MAX_VALUE) {
    lateinit var whole: AioFuture<Int>
    val first = Promise<Int>(here)
    val second = Promise<Int>(here)
    private var begun = 0

    override fun step(): AioFuture<Int> =
        if (begun++ == 0) first else second.also { whole.cancel(false) }

    override fun take(value: Int) = true

    override fun cost(value: Int) = 0L

    override fun result() = begun
}
