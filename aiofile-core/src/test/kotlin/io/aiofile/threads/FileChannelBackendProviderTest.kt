package io.aiofile.threads

import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendProvider
import io.aiofile.spi.ChannelBackend
import io.aiofile.spi.LaneMetrics
import io.aiofile.spi.OpenOperation.Flag
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.util.ServiceLoader

class FileChannelBackendProviderTest :
    FunSpec({
        test("is found as the last choice, under its name and the seed's") {
            val provider =
                ServiceLoader.load(BackendProvider::class.java).single { it.name() == "java" }
            provider.shouldBeInstanceOf<FileChannelBackendProvider>()
            provider.aliases() shouldContainExactly listOf("python")
            provider.preference() shouldBe 0
            provider.availability().available() shouldBe true
        }

        test("starts a backend that takes channels, and says how many threads it may have") {
            val config = BackendConfig("context", 8, 3, 0, 0, LaneMetrics())
            val backend = FileChannelBackendProvider().start(config)
            backend.shouldBeInstanceOf<ChannelBackend>()
            backend.name() shouldBe "java"
            backend.description() shouldContain "3 worker threads"
            backend.close()
        }

        test("its threads are daemons, named after context and backend, and end with it") {
            Lane().use { lane ->
                val file = lane.open(lane.file("a"), Flag.READ)
                file.closeFile()
                val threads = lane.threads()
                threads.shouldNotBeEmpty()
                threads.forEach {
                    it.name shouldContain "${lane.name}-java-"
                    it.isDaemon shouldBe true
                }
            }
        }

        test("counts every operation that a thread has done") {
            Lane().use { lane ->
                val file = lane.open(lane.file("a", "abc".toByteArray()), Flag.READ)
                file.readText(0, 3)
                file.closeFile()
                lane.metrics.workerOperations.sum() shouldBe 3
            }
        }
    })
