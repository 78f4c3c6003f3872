package io.aiofile.ktx

import io.aiofile.AioOptions
import io.aiofile.FileIoException
import io.aiofile.FileRange
import io.aiofile.RangeOptions
import io.aiofile.RangeWrite
import io.aiofile.spi.Opcode
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import kotlin.random.Random
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

class RangesTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()
        val data = Random(3).nextBytes(500_000)
        val path = Files.write(directory.resolve("data"), data)

        for (backend in backends) {
            context("on $backend") {
                val context = lastingContextOn(backend)
                afterSpec { context.close() }

                test("ranges come in the order of the list, however many there are") {
                    val seed = Random.nextLong()
                    println("RangesTest on $backend: seed $seed")
                    val random = Random(seed)
                    val ranges =
                        List(3_000) { FileRange(random.nextLong(510_000), random.nextInt(3_000)) }
                    val expected = ranges.map {
                        val start = minOf(it.position().toInt(), data.size)
                        data.copyOfRange(start, minOf(start + it.length(), data.size)).asList()
                    }
                    val few = RangeOptions.defaults().withInFlightMax(2).withMergedBytesMax(5_000)
                    runBlocking {
                        context.openFile(path, "r") { file ->
                            file.readRanges(ranges).toList().map { it.asList() } shouldBe expected
                            file.readRanges(ranges, few).toList().map { it.asList() } shouldBe
                                expected
                            file.readRanges(listOf()).toList() shouldBe listOf()
                            file.readRanges(ranges).take(3).toList().map { it.asList() } shouldBe
                                expected.take(3)
                        }
                    }
                }

                test("writeRanges writes each buffer at its place") {
                    val target = directory.resolve("written")
                    runBlocking {
                        context.openFile(target, "w") { file ->
                            file.writeRanges(
                                listOf(
                                    RangeWrite(ByteBuffer.wrap("world".toByteArray()), 6),
                                    RangeWrite(ByteBuffer.wrap("hello ".toByteArray()), 0),
                                )
                            ) shouldBe 11
                        }
                    }
                    Files.readString(target) shouldBe "hello world"
                }
            }
        }

        test("reads are started as the collector takes, and given up when it leaves") {
            withHeld(AioOptions.defaults().withMaxRequests(8)) { context, held ->
                val file = context.openFileAsync(Path.of("any"), "r").get()
                val options = RangeOptions.defaults().withInFlightMax(4).withMergedBytesMax(1000)
                val ranges = List(1_000) { FileRange(it * 10_000L, 1000) }
                runBlocking {
                    var taken = 0
                    file.readRanges(ranges, options).collect {
                        it.size shouldBe 1000
                        taken++
                        // 4,000 bytes ahead at most.
                        held.readsSubmitted.get() shouldBeLessThanOrEqualTo taken + 4
                    }
                    taken shouldBe 1_000
                    val before = held.readsSubmitted.get()
                    file.readRanges(ranges, options).first().size shouldBe 1000
                    held.readsSubmitted.get() - before shouldBeLessThanOrEqualTo 4
                }
            }
        }

        test("a failure names its range; a cancelled collection leaves nothing behind") {
            withHeld { context, held ->
                val file = context.openFileAsync(Path.of("any"), "r").get()
                held.holding = setOf(Opcode.READ)
                val ranges = List(3) { FileRange(it * 100_000L, 10) }
                runBlocking {
                    val failing =
                        launch(Dispatchers.Default) {
                            val failure =
                                shouldThrow<FileIoException> { file.readRanges(ranges).collect() }
                            failure.position() shouldBe 0
                        }
                    repeat(3) { held.fail(held.nextInKernel(), IOException("broken")) }
                    failing.join()
                    val cancelled =
                        launch(Dispatchers.Default) { file.readRanges(ranges).collect() }
                    val kernel = List(3) { held.nextInKernel() }
                    // The kernel still has them: the library's memory is no reason to wait.
                    cancelled.cancelAndJoin()
                    kernel.forEach { held.end(it) }
                }
            }
        }
    })
