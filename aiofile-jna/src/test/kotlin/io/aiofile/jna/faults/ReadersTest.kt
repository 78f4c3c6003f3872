package io.aiofile.jna.faults

import io.aiofile.AioContext
import io.aiofile.AsyncFile
import io.aiofile.FileIoException
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.ended
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.scaled
import io.aiofile.contract.shouldEqual
import io.aiofile.jna.sys.OpenFlags
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.maps.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardOpenOption.WRITE
import kotlin.concurrent.thread

/** What others do to a file, and to the other end of a FIFO, while it is used. */
class ReadersTest :
    FunSpec({
        val directory = tempdir().toPath()
        val data = pattern(3_000_000)

        fun <T> on(backend: String, body: (AioContext) -> T): T =
            LeakCheck.watch(openOn(backend)).use(body)

        fun fifo(name: String): Path {
            val path = directory.resolve(name)
            ProcessBuilder("mkfifo", "$path").inheritIO().start().waitFor() shouldBe 0
            return path
        }

        for (backend in backends) {
            test("$backend: a file that is deleted while it is used is whole until it is closed") {
                on(backend) { context ->
                    val path = Files.write(directory.resolve("deleted-$backend"), data)
                    context.openFileAsync(path, "rb+").got().use { file ->
                        val chunks = file.chunkReader(100_000)
                        val first = chunks.readChunkAsync().got()!!
                        val reads = List(20) { file.readBytesAsync(it * 1000L, 500_000) }
                        Files.delete(path)
                        allOf(chunks, first) shouldEqual data
                        reads.forEachIndexed { at, read ->
                            read.got() shouldEqual data.copyOfRange(at * 1000, at * 1000 + 500_000)
                        }
                        file.writeBytesAsync(pattern(10, 7), 5).got() shouldBe 10
                        file.syncAsync().got()
                        file.readBytesAsync(5, 10).got() shouldEqual pattern(10, 7)
                        context.openFileAsync(path, "rb").fails<NoSuchFileException>("deleted")
                    }
                }
            }

            test("$backend: a file that is cut while it is read ends there, or later") {
                on(backend) { context ->
                    repeat(scaled(10)) { round ->
                        val path = Files.write(directory.resolve("cut-$backend"), data)
                        context.openFileAsync(path, "rb").got().use { file ->
                            cutUnder(file, path, data, round * 250_000L + 7)
                        }
                    }
                }
            }

            test(
                "$backend: the writer of a FIFO is killed: its last words come, and then the end"
            ) {
                on(backend) { context ->
                    val path = fifo("words-$backend")
                    val open = context.openBinaryAsync(path, "rb")
                    val words = "exec > \"\$0\"; echo first; printf last; kill -9 \$\$"
                    val writer = ProcessBuilder("sh", "-c", words, "$path").start()
                    open.got().use { file ->
                        String(file.readLineAsync().got()!!) shouldBe "first"
                        String(file.readAllAsync().got()) shouldBe "last"
                        file.readAsync(10).got().size shouldBe 0
                    }
                    writer.waitFor() shouldBe 137
                }
            }

            test(
                "$backend: the reader of a FIFO is killed: the write says so, and how far it got"
            ) {
                on(backend) { context ->
                    val path = fifo("reader-$backend")
                    val open = context.openBinaryAsync(path, "wb")
                    val read = "exec < \"\$0\"; head -c 1000 > /dev/null; kill -9 \$\$"
                    val reader = ProcessBuilder("sh", "-c", read, "$path").start()
                    open.got().use { file ->
                        val source = ByteBuffer.wrap(data)
                        val write = file.writeAsync(source)
                        write.ended()
                        val failure = write.fails<FileIoException>("write", "Broken pipe")
                        failure.transferred() shouldBe source.position().toLong()
                        failure.transferred() shouldBeGreaterThan 999L
                        failure.transferred() shouldBeLessThan data.size.toLong()
                    }
                    reader.waitFor() shouldBe 137
                }
            }
        }

        for (backend in backends - "java") {
            test("$backend: no descriptor is left to a child process") {
                val path = Files.write(directory.resolve("secret-$backend"), data)
                val pipe = fifo("inherited-$backend")
                val before = closeOnExec().keys
                on(backend) { context ->
                    val modes = listOf("rb", "wb+", "ab")
                    val files = modes.map { context.openFileAsync(path, it).got() }
                    context.openBinaryAsync(pipe, "rb").got().use {
                        val silent = it.readAsync(1)
                        val ours = closeOnExec() - before
                        ours.shouldNotBeEmpty()
                        // Four files, and whatever the context itself needs.
                        ours.size shouldBeGreaterThan 4
                        withClue("$ours") { ours.values.toSet() shouldBe setOf(true) }
                        silent.cancel(false)
                    }
                    files.forEach { it.close() }
                }
            }
        }
    })

/** The rest of the chunks behind the first. */
private fun allOf(chunks: io.aiofile.ChunkReader, first: ByteArray): ByteArray {
    val all = ByteArrayOutputStream()
    all.write(first)
    while (true) all.write(chunks.readChunkAsync().got() ?: return all.toByteArray())
}

/** Reads in every way while somebody else cuts the file to [size]. */
private fun cutUnder(file: AsyncFile, path: Path, data: ByteArray, size: Long) {
    val chunks = file.chunkReader(70_000)
    val first = chunks.readChunkAsync().got()!!
    val whole = file.readAllBytesAsync()
    val reads = List(30) { file.readBytesAsync(it * 100_000L, 150_000) }
    val cutting = thread { FileChannel.open(path, WRITE).use { it.truncate(size) } }
    val rest = allOf(chunks, first)
    cutting.join()
    for ((bytes, start) in
        listOf(rest to 0, whole.got() to 0) +
            reads.mapIndexed { at, read -> read.got() to at * 100_000 }) {
        // What was there when it was read. Linux clears the last page's rest while it is cut: a
        // read that has looked at the size before may find zeros behind the new end.
        val expected = data.copyOfRange(start, start + bytes.size)
        for (at in maxOf(0, size.toInt() - start) until bytes.size) {
            if (bytes[at] == 0.toByte()) expected[at] = 0
        }
        bytes shouldEqual expected
    }
    file.readAllBytesAsync().got() shouldEqual data.copyOf(size.toInt())
    file.readBytesAsync(size, 10).got().size shouldBe 0
}

/** Whether each open descriptor is closed in child processes, by number; not the JVM's own. */
private fun closeOnExec(): Map<Int, Boolean> =
    Path.of("/proc/self/fdinfo")
        .toFile()
        .list()!!
        .filterNot { number ->
            val target = runCatching { Files.readSymbolicLink(Path.of("/proc/self/fd", number)) }
            target.isFailure || LeakCheck.isOfJvm("${target.getOrThrow()}")
        }
        .mapNotNull { number ->
            val info = runCatching { Files.readString(Path.of("/proc/self/fdinfo", number)) }
            val flags = Regex("flags:\\s+(\\d+)").find(info.getOrDefault(""))
            flags?.let {
                number.toInt() to (it.groupValues[1].toInt(8) and OpenFlags.O_CLOEXEC != 0)
            }
        }
        .toMap()
