package io.aiofile.samples.cli

import io.aiofile.samples.asFifo
import io.aiofile.samples.directory
import io.aiofile.samples.eventually
import io.aiofile.samples.withText
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.RandomAccessFile
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.streams.asSequence

/** What only a process of its own can show: signals, and an output that nobody reads. */
class AioProcessTest :
    StringSpec({
        val directory = directory()
        val hasSignals =
            !isInterruptIgnored() &&
                (Files.exists(Path.of("/bin/kill")) || Files.exists(Path.of("/usr/bin/kill")))
        val hasFull = Files.exists(Path.of("/dev/full"))

        fun sparse(name: String, bytes: Long): Path =
            directory.resolve(name).also { path ->
                RandomAccessFile(path.toFile(), "rw").use { it.setLength(bytes) }
            }

        "an output that nobody reads any more ends it quietly" {
            val process = aio("cat", "${sparse("long", 1L shl 30)}")
            process.inputStream.read(ByteArray(10))
            process.inputStream.close()
            process.exitCode() shouldBe 141
            process.errorText() shouldBe ""
        }

        "an output that is full is an error (where there is /dev/full)"
            .config(enabled = hasFull) {
                val text = directory.resolve("text").withText("text")
                val process =
                    aio("lines", "$text") { redirectOutput(Path.of("/dev/full").toFile()) }
                process.exitCode() shouldBe 1
                process.errorText() shouldBe "aio: standard output: No space left on device\n"
            }

        "standard input, for - and for nothing (on Linux)"
            .config(enabled = hasFull) {
                for (command in listOf(listOf("cat"), listOf("cat", "-"), listOf("lines", "-"))) {
                    val process = aio(*command.toTypedArray())
                    process.outputStream.use { it.write("one\ntwo\n".toByteArray()) }
                    process.inputStream.readAllBytes().decodeToString() shouldBe "one\ntwo\n"
                    process.exitCode() shouldBe 0
                }
            }

        "Ctrl-C in cp leaves the target as it was (where there is a SIGINT)"
            .config(enabled = hasSignals) {
                val place = Files.createDirectory(directory.resolve("place"))
                val target = place.resolve("target").withText("as it was")
                for (progress in listOf("--progress", "--no-progress")) {
                    // Without end, so that the signal comes in the middle.
                    val fifo = directory.resolve("fifo$progress").asFifo()
                    val source = fifo ?: sparse("huge", 1L shl 40)
                    val process = aio("cp", progress, "$source", "$target")
                    val feeding = fifo?.let { Files.newOutputStream(it) }
                    feeding?.write(ByteArray(1000))
                    eventually { Files.list(place).use { it.count() } == 2L }
                    process.interrupt()
                    process.exitCode() shouldBe 130
                    feeding?.close()
                    process.errorText() shouldContain "interrupted after"
                    process.errorText() shouldContain "$target is as it was before"
                    Files.readString(target) shouldBe "as it was"
                    Files.list(place).use { it.toList() } shouldBe listOf(target)
                }
            }

        "Ctrl-C in the demo leaves nothing behind (where there is a SIGINT)"
            .config(enabled = hasSignals) {
                val place = Files.createDirectory(directory.resolve("demo"))
                val process = aio("demo", "--dir", "$place")
                val lines = process.inputStream.bufferedReader().lines().asSequence()
                lines.first { "cp on" in it } // in the middle of all those copies
                process.interrupt()
                process.exitCode() shouldBe 130
                process.errorText() shouldContain "is removed"
                Files.list(place).use { it.toList() }.shouldBeEmpty()
            }

        "AIOFILE_BACKEND is heeded, and an unknown one warned about" {
            fun backends(name: String): Process =
                aio("backends") { environment()["AIOFILE_BACKEND"] = name }
            backends("java").run {
                inputStream.readAllBytes().decodeToString().lines().first() shouldContain "java:"
                exitCode() shouldBe 0
            }
            backends("none").run {
                exitCode() shouldBe 0
                errorText().lines().first() shouldContain "backend \"none\""
            }
        }
    })

private fun aio(vararg arguments: String, and: ProcessBuilder.() -> Unit = {}): Process {
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
    val classPath = System.getProperty("java.class.path")
    val options = listOf("-cp", classPath, "-Xshare:auto") + nativeAccess()
    return ProcessBuilder(listOf(java) + options + Aio::class.java.name + arguments)
        .apply { environment().remove("AIOFILE_BACKEND") }
        .apply(and)
        .start()
}

/** What the jar's manifest grants to `samples/aio`: newer JVMs (JEP 472) warn without it. */
private fun nativeAccess(): List<String> =
    if (Runtime.version().feature() < 24) listOf() else listOf("--enable-native-access=ALL-UNNAMED")

private fun Process.exitCode(): Int {
    check(waitFor(60, TimeUnit.SECONDS)) {
        destroyForcibly().let { "it did not end within a minute" }
    }
    return exitValue()
}

private val errors = java.util.WeakHashMap<Process, String>()

/** All of it, also when asked again. */
private fun Process.errorText(): String =
    errors.getOrPut(this) { errorStream.readAllBytes().decodeToString() }

private fun Process.interrupt() {
    ProcessBuilder("kill", "-INT", "${pid()}").start().waitFor()
}

/** A shell starts its background jobs with SIGINT ignored, and so do they theirs (signal(7)). */
private fun isInterruptIgnored(): Boolean {
    val status = Path.of("/proc/self/status")
    if (!Files.exists(status)) return false
    val ignored = Files.readAllLines(status).first { it.startsWith("SigIgn:") }
    return ignored.substringAfter(':').trim().toULong(16) and 2uL != 0uL
}
