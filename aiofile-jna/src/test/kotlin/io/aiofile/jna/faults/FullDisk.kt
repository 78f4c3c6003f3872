package io.aiofile.jna.faults

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.FileIoException
import io.aiofile.OpenMode
import io.aiofile.contract.direct
import io.aiofile.contract.ended
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.remainingBytes
import io.aiofile.contract.shouldEqual
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture

/**
 * A file that can't grow any more: the error says so and how far it got, what was there is there,
 * and once there is room again everything goes on.
 */
internal class FullDisk
private constructor(
    private val context: AioContext,
    private val directory: Path,
    private val errno: String,
    private val words: String,
) {
    private val isNative = context.backend() != "java"

    private fun growsUntilRefused() {
        val path = directory.resolve("grown")
        context.openFileAsync(path, "wb+").got().use { file ->
            val end = grow(file)
            file.sizeAsync().got() shouldBe end
            matches(file, end)
            val half = end / 2 / PIECE * PIECE
            file.truncateAsync(half).got()
            file.writeBytesAsync(piece(half), half).got() shouldBe PIECE
            file.syncAsync().got()
            matches(file, half + PIECE)
            if (isNative) isRefused(file.allocateAsync(0, 1L shl 30))
            matches(file, half + PIECE)
        }
        Files.delete(path)
    }

    /** Writes until that is refused; answers where the file ends. */
    private fun grow(file: AsyncFile): Long {
        var end = 0L
        while (true) {
            val source = direct(piece(end))
            val write = file.writeAsync(source, end)
            write.ended()
            val moved = source.position()
            if (!write.isCompletedExceptionally) {
                moved shouldBe PIECE
                end += moved
                continue
            }
            end shouldBeGreaterThan 0
            val failure = isRefused(write)
            failure.operation() shouldBe "write"
            failure.position() shouldBe end
            failure.length() shouldBe PIECE
            failure.transferred() shouldBe moved
            return end + moved
        }
    }

    private fun piece(position: Long) = pattern(PIECE, (position / PIECE).toInt())

    private fun matches(file: AsyncFile, size: Long) {
        for (position in 0 until size step PIECE.toLong()) {
            val count = minOf(PIECE.toLong(), size - position).toInt()
            file.readBytesAsync(position, PIECE).got() shouldEqual piece(position).copyOf(count)
        }
    }

    private fun isRefused(future: CompletableFuture<*>): FileIoException {
        val failure = future.fails<FileIoException>(words, "$directory")
        failure.errnoName() shouldBe if (isNative) errno else null
        return failure
    }

    private fun everyOtherWayIsRefused() {
        val large = ByteArray(12 shl 20)
        val files = context.files()
        isRefused(files.writeBytesAsync(directory.resolve("bytes"), large))
        isRefused(files.writeStringAsync(directory.resolve("text"), String(large)))
        isRefused(files.appendStringAsync(directory.resolve("text"), String(large)))
        isRefused(files.copyAsync(Path.of("/dev/zero"), directory.resolve("copy")))
        context.openTextAsync(directory.resolve("cursor"), "w").got().use { text ->
            isRefused(text.writeAsync(String(large)))
        }
        context.metrics().openFiles() shouldBe 0
        listOf("bytes", "text", "copy", "cursor").forEach { Files.delete(directory.resolve(it)) }
    }

    /**
     * Holes that there is no room to fill: no write grows the file, so the kernel's queue has it.
     */
    private fun directHolesAreRefused() {
        val path = directory.resolve("holes")
        val unit = 256 shl 10
        val pieces = 128
        context.openFileAsync(path, OpenMode.parse("wb+").withDirect()).got().use { file ->
            file.truncateAsync(unit.toLong() * pieces).got()
            val writes =
                List(pieces) { number ->
                    val source = AlignedBuffers.allocate(unit, 4096)
                    source.put(pattern(unit, number)).flip()
                    file.writeAsync(source, number.toLong() * unit)
                }
            writes.forEach { it.ended() }
            val (refused, done) = writes.withIndex().partition { it.value.isCompletedExceptionally }
            minOf(refused.size, done.size) shouldBeGreaterThan 0
            for ((number, write) in refused) {
                isRefused(write).position() shouldBe number.toLong() * unit
            }
            for ((number, write) in done) {
                write.got() shouldBe unit
                val target = AlignedBuffers.allocate(unit, 4096)
                file.readFullyAsync(target, number.toLong() * unit).got() shouldBe unit
                target.flip().remainingBytes() shouldEqual pattern(unit, number)
            }
            file.syncAsync().got()
            if (context.backend() == "libaio") {
                context.metrics().kernelOperations() shouldBeGreaterThan pieces.toLong()
            }
        }
        Files.delete(path)
    }

    companion object {
        private const val PIECE = 300_000

        private fun each(
            directory: String,
            errno: String,
            words: String,
            body: FullDisk.() -> Unit,
        ) {
            for (backend in backends) {
                AioContext.open(AioOptions.defaults().withBackend(backend)).use { context ->
                    FullDisk(context, Path.of(directory), errno, words).body()
                }
            }
        }

        /** On a small file system, the type of which is told after the directory. */
        fun run(arguments: List<String>) {
            val (directory, type) = arguments
            each(directory, "ENOSPC", "No space left on device") {
                growsUntilRefused()
                everyOtherWayIsRefused()
                if (type == "ext4") directHolesAreRefused()
            }
        }

        /** Under RLIMIT_FSIZE. */
        fun runLimited(arguments: List<String>) =
            each(arguments.single(), "EFBIG", "File too large") {
                growsUntilRefused()
                everyOtherWayIsRefused()
                val path = directory.resolve("resized")
                context.openFileAsync(path, "wb").got().use { file ->
                    isRefused(file.truncateAsync(1L shl 30))
                    file.sizeAsync().got() shouldBe 0
                }
                Files.delete(path)
            }
    }
}
