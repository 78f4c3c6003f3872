package io.aiofile.jna

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.got
import io.aiofile.jna.engine.config
import io.aiofile.jna.engine.descriptorsSince
import io.aiofile.jna.engine.threadsNamed
import io.aiofile.jna.libaio.AioBinding
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.spi.BackendProvider
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.extensions.system.withSystemProperty
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.ServiceLoader

class ProvidersTest :
    FunSpec({
        test("both are found, by name, alias and rank") {
            val providers = ServiceLoader.load(BackendProvider::class.java).toList()
            val named = providers.associateBy { it.name() }
            named.keys shouldContainAll listOf("libaio", "posix")
            named.getValue("libaio").aliases() shouldBe listOf("linux")
            named.getValue("posix").aliases() shouldBe listOf("thread")
            named.getValue("libaio").preference() shouldBe 200
            named.getValue("posix").preference() shouldBe 100
        }

        test("what is available starts, says what it is, and leaves nothing behind") {
            for (provider in listOf(LibaioProvider(), PosixProvider())) {
                val verdict = provider.availability()
                check(verdict.available()) { verdict.reason() }
                val before = openDescriptors()
                val backend = provider.start(config())
                backend.name() shouldBe provider.name()
                backend.description() shouldContain "4 workers"
                backend.close()
                descriptorsSince(before).shouldBeEmpty()
                threadsNamed("aiofile-test").shouldBeEmpty()
            }
        }

        test("a binding that is not there is a reason, not an exception") {
            withSystemProperty(AioBinding.PROPERTY, "libaio.so.0") {
                val verdict = LibaioProvider().availability()
                verdict.available() shouldBe false
                verdict.reason() shouldContain "libaio.so.0"
                shouldThrow<IOException> { LibaioProvider().start(config()) }
            }
        }

        test("fs.aio-max-nr used up: start says so, and the automatic choice is the next one") {
            val limit = Files.readString(Path.of("/proc/sys/fs/aio-max-nr"))
            // One context may not ask for more than the limit, however much of it is free.
            if (limit.trim().toLong() > 20_000) {
                val held = generateSequence {
                    runCatching { LibaioProvider().start(config(maxRequests = 10_000)) }.getOrNull()
                }
                val backends = held.take(100).toList()
                try {
                    val refusal =
                        shouldThrow<IOException> {
                            LibaioProvider().start(config(maxRequests = 10_000))
                        }
                    refusal.message shouldContain "fs.aio-max-nr"
                    refusal.message shouldContain "sysctl"
                    val options = AioOptions.defaults().withMaxRequests(10_000)
                    LeakCheck.watch(AioContext.open(options)).use { context ->
                        context.backend() shouldNotBe "libaio"
                        context.describe() shouldContain "passed over: libaio: io_setup"
                        context.describe() shouldContain "fs.aio-max-nr"
                        context.files().readBytesAsync(Path.of("/proc/version")).got()
                    }
                } finally {
                    backends.forEach { it.close() }
                }
            }
        }
    })
