package io.aiofile.ktx

import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.random.Random
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

class AwaitReleaseRaceTest :
    FunSpec({
        loadWhatStays()

        test("cancels that race with the kernel never give a buffer back early") {
            val seed = Random.nextLong()
            println("AwaitReleaseRaceTest: seed $seed")
            endsInTime { race(Random(seed), rounds = 3_000) }.shouldBeEmpty()
        }
    })

/** The kernel scribbles, ends; the coroutine is cancelled some time; what went wrong. */
private fun race(random: Random, rounds: Int): List<String> = withHeld { context, held ->
    val wrong = ConcurrentLinkedQueue<String>()
    val file = context.openFileAsync(Path.of("any"), "r").get()
    held.holding = setOf(Opcode.READ)
    runBlocking {
        repeat(rounds) { round ->
            val spins = IntArray(3) { random.nextInt(2_000) }
            val buffer = ByteBuffer.allocateDirect(32)
            val mine = AtomicBoolean()
            val job =
                launch(Dispatchers.Default) {
                    try {
                        file.read(buffer, 0)
                    } finally {
                        mine.set(true)
                        for (i in 0 until buffer.capacity()) buffer.put(i, 1)
                    }
                }
            val operation = held.nextInKernel()
            val kernel =
                launch(Dispatchers.Default) {
                    held.onCompletionThread {
                        repeat(spins[0]) { i ->
                            operation.buffer().put(operation.index() + i % 32, 2)
                            if (mine.get()) wrong.add("round $round: given back at $i")
                        }
                        operation.complete(random.nextLong(0, 33))
                    }
                }
            repeat(spins[1]) { Thread.onSpinWait() }
            job.cancel()
            joinAll(job, kernel)
            if ((0 until 32).any { buffer.get(it) != 1.toByte() }) {
                wrong.add("round $round: written to after it was given back")
            }
        }
    }
    held.holding = setOf()
    wrong.toList()
}
