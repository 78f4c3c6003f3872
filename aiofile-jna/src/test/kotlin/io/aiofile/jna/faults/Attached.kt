package io.aiofile.jna.faults

import io.aiofile.contract.direct
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.remainingBytes
import io.aiofile.contract.scaled
import io.aiofile.contract.shouldEqual
import io.kotest.matchers.shouldBe
import java.io.File
import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.thread

/** The tool that attaches, if this is a JDK. */
internal val jcmd: File? =
    File(System.getProperty("java.home"), "bin/jcmd").takeIf { it.canExecute() }

/**
 * jcmd attaches all the time, and each time every thread is stopped in whatever system call it is:
 * io_getevents, poll and read answer EINTR.
 */
internal fun runWhileAttached(directory: String) {
    val failures = ConcurrentLinkedQueue<Throwable>()
    val over = AtomicBoolean()
    val places = backends.map { Files.createDirectories(Path.of(directory, it)) }
    val busy =
        backends.zip(places).map { (backend, place) ->
            thread(name = "busy-$backend") {
                runCatching { workUntil(over, backend, place) }.onFailure { failures += it }
            }
        }
    repeat(scaled(4)) { attach() }
    over.set(true)
    busy.forEach { it.join() }
    failures.firstOrNull()?.let { throw it }
}

private fun attach() {
    val tool =
        ProcessBuilder(jcmd!!.path, "${ProcessHandle.current().pid()}", "Thread.print")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
    check(tool.waitFor(60, SECONDS) && tool.exitValue() == 0) { "jcmd: $tool" }
}

private fun workUntil(over: AtomicBoolean, backend: String, place: Path) =
    openOn(backend).use { context ->
        val fifo = place.resolve("fifo")
        check(ProcessBuilder("mkfifo", "$fifo").start().waitFor() == 0) { "mkfifo $fifo" }
        RandomAccessFile(fifo.toFile(), "rw").use { otherEnd ->
            context.openBinaryAsync(fifo, "rb").got().use { silent ->
                val waiting = silent.readAsync(100)
                val data = pattern(2 shl 20)
                val path = Files.write(place.resolve("data"), data)
                while (!over.get()) {
                    worksIn(context, place)
                    context.openFileAsync(path, "rb").got().use { file ->
                        val target = ByteBuffer.allocateDirect(data.size)
                        file.readFullyAsync(target, 0).got() shouldBe data.size
                        target.flip().remainingBytes() shouldEqual data
                    }
                    val given = silent.readAsync(1)
                    given.cancel(false)
                    given.fails<CancellationException>()
                    context.files().copyAsync(path, place.resolve("copy")).got()
                }
                waiting.isDone shouldBe false
                otherEnd.write(direct(pattern(10)).remainingBytes())
                waiting.got().size shouldBe 10
            }
        }
    }
