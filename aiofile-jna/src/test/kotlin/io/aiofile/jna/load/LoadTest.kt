package io.aiofile.jna.load

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.eventually
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.scaled
import io.aiofile.jna.faults.backends
import io.aiofile.jna.sys.openDescriptors
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path

/** Much at once and much in a row, and the end of a process in the middle of it. */
class LoadTest :
    FunSpec({
        LeakCheck.watchForLong(AioContext.shared())
        val directory = tempdir().toPath()

        test("100,000 requests are queued on 64 slots in a heap of 64 MiB, and all are answered") {
            val child = runChild(StalledQueueChild::class, listOf("100000"))
            withClue(child.said) {
                child.exitCode shouldBe 0
                child.number("queued") shouldBe 100_000 - 64
                child.number("right") shouldBe 100_000
            }
        }

        for (backend in backends) {
            test("100,000 requests at once in a heap of 64 MiB are all answered, on $backend") {
                val file = Files.write(directory.resolve("data"), pattern(1 shl 20))
                val child = runChild(QueueChild::class, listOf(backend, "$file", "100000"))
                withClue(child.said) {
                    child.exitCode shouldBe 0
                    child.number("right") shouldBe 100_000
                }
            }

            val times = scaled(5_000)
            test("$times opens and closes leave the process as it was, on $backend") {
                val file = Files.write(directory.resolve("data"), pattern(100))
                val child =
                    runChild(
                        ChurnChild::class,
                        listOf(backend, "$file", "$times"),
                        // Touched from the start, so that resident memory tells of the rest.
                        listOf("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch"),
                    )
                println("$times opens and closes on $backend: ${child.said.replace('\n', ' ')}")
                withClue(child.said) {
                    child.exitCode shouldBe 0
                    child.number("open") shouldBe 0
                    child.grew("descriptors") shouldBeLessThan 4
                    child.grew("threads") shouldBeLessThan 20
                    child.grew("heap") shouldBeLessThan (2L shl 20)
                    child.grew("direct") shouldBeLessThan (2L shl 20)
                    // The compiler and malloc's arenas have a part in it.
                    child.grew("resident") shouldBeLessThan (24L shl 20)
                }
            }

            test("a shutdown hook closes a busy context: what was accepted is there, on $backend") {
                val file = directory.resolve("hooked-$backend")
                val child = runChild(ExitChild::class, listOf(backend, "$file", "close"))
                withClue(child.said) {
                    child.exitCode shouldBe 7
                    child.said shouldContain "closed, open 0"
                    child.said shouldNotContain "Exception"
                }
                val bytes = Files.readAllBytes(file)
                bytes.size shouldBe ExitChild.WRITES * ExitChild.BLOCK_BYTES
                repeat(ExitChild.WRITES) {
                    val from = it * ExitChild.BLOCK_BYTES
                    val there = bytes.copyOfRange(from, from + ExitChild.BLOCK_BYTES)
                    there.contentEquals(pattern(ExitChild.BLOCK_BYTES, it)) shouldBe true
                }
            }

            test("a process that ends without closing anything ends, on $backend") {
                val file = directory.resolve("left-$backend")
                val child = runChild(ExitChild::class, listOf(backend, "$file", "leave"))
                withClue(child.said) {
                    child.exitCode shouldBe 7
                    child.said shouldNotContain "Exception"
                }
            }
        }

        val limit = openFilesLimit()
        if (limit < 11_000) {
            test("10,000 open files are not tried: RLIMIT_NOFILE is $limit") {}
        } else {
            for (backend in backends) {
                test("10,000 files are open at once, each is its own, on $backend") {
                    openMany(directory, backend)
                }
            }
        }
    })

private fun ChildResult.grew(what: String) = number("after: $what") - number("before: $what")

private fun openFilesLimit(): Long {
    val limits = Path.of("/proc/self/limits")
    if (!Files.exists(limits)) return 0
    val line = Files.readAllLines(limits).first { it.startsWith("Max open files") }
    return line.removePrefix("Max open files").trim().substringBefore(' ').toLongOrNull()
        ?: Long.MAX_VALUE
}

private fun openMany(directory: Path, backend: String) {
    val paths = List(100) { Files.write(directory.resolve("many-$it"), pattern(200, it)) }
    val options = AioOptions.defaults().withBackend(backend)
    val context = LeakCheck.watch(AioContext.open(options))
    val before = descriptors()
    val opens = List(10_000) { context.openFileAsync(paths[it % 100], "rb") }
    val files = opens.map { it.got() }
    context.metrics().openFiles() shouldBe 10_000
    // Besides, what a waiting lane makes when it is first needed.
    (descriptors() - before - 10_000) shouldBeInRange 0..9
    val reads = files.map { it.readBytesAsync(0, 200) }
    reads.forEachIndexed { index, read ->
        read.got().contentEquals(pattern(200, index % 100)) shouldBe true
    }
    // Half of them one by one, and the others with their context.
    files.filterIndexed { index, _ -> index % 2 == 0 }.map { it.closeAsync() }.forEach { it.got() }
    context.metrics().openFiles() shouldBe 5_000
    context.close()
    eventually("all are closed") { descriptors() <= before }
}

private fun descriptors(): Int = openDescriptors().size
