package io.aiofile.threads

import io.aiofile.spi.LaneThread
import io.aiofile.spi.Opcode
import io.aiofile.spi.OpenOperation.Flag
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.channels.FileChannel
import java.nio.file.StandardOpenOption
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.thread

class InterruptTest :
    FunSpec({
        test(
            "user code that interrupts its thread does not close the file under the next operation"
        ) {
            Lane(workers = 1).use { lane ->
                val file = lane.open(lane.file("a", "abc".toByteArray()), Flag.READ)
                repeat(3) {
                    val rude =
                        TestOperation(Opcode.SIZE, null, 0, 0, 0) {
                            Thread.currentThread().interrupt()
                        }
                    file.send(rude).future.outcome() shouldBe 3
                    file.readText(0, 9) shouldBe "abc"
                }
                file.closeFile()
            }
        }

        test("interrupting every lane thread all the time costs no operation") {
            Lane(workers = 2).use { lane ->
                val path = lane.file("a", ByteArray(1 shl 16))
                val stop = AtomicBoolean()
                val vandal = thread {
                    while (!stop.get()) {
                        lane.threads().forEach { (it as LaneThread).interrupt() }
                    }
                }
                try {
                    repeat(20) {
                        val file = lane.open(path, Flag.READ, Flag.WRITE)
                        repeat(50) { round ->
                            val text = "round ${100 + round}"
                            file.writeText(text, 1L shl 15)
                            file.readText(1L shl 15, text.length) shouldBe text
                        }
                        file.closeFile()
                    }
                } finally {
                    stop.set(true)
                    vandal.join()
                }
            }
        }

        test("an interrupted thread may wrap a channel: it stays open, and the flag is kept") {
            Lane().use { lane ->
                FileChannel.open(lane.file("a"), StandardOpenOption.READ).use { channel ->
                    Thread.currentThread().interrupt()
                    val file = lane.backend.wrap(channel)
                    Thread.interrupted() shouldBe true
                    channel.isOpen shouldBe true
                    file.closeFile()
                }
            }
        }

        test("an interrupted thread may close the backend: its threads end, and the flag is kept") {
            val lane = Lane()
            lane.open(lane.file("a"), Flag.READ).closeFile()
            Thread.currentThread().interrupt()
            lane.backend.close()
            Thread.interrupted() shouldBe true
            lane.threads().size shouldBe 0
            lane.close()
        }
    })
