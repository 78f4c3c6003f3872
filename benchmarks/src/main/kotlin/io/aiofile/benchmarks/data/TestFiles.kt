package io.aiofile.benchmarks.data

import io.aiofile.benchmarks.players.Tools
import java.io.FileInputStream
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.SplittableRandom
import java.util.zip.CRC32

/** The files that everybody works on, made when first asked for, in a directory of their own. */
internal class TestFiles(val directory: Path, val fileBytes: Long, private val lines: Int) {

    /** Read by everybody, written by nobody. */
    val pattern: Path by lazy { directory.resolve("pattern.bin").also { fill(it) } }

    /** Written by everybody, each round anew. */
    val scratch: Path by lazy { directory.resolve("scratch.bin").also { fill(it) } }

    val text: LineFile by lazy { LineFile.create(directory.resolve("lines.txt"), lines) }

    val patternCrc: Long by lazy { crc(pattern) }

    /** A directory with so many files of a block each, named by numbers, clean. */
    fun many(count: Int): Path {
        val place = Files.createDirectories(directory.resolve("many"))
        val block = ByteBuffer.allocate(MANY_BYTES)
        for (index in 0 until count) {
            block.clear()
            Pattern.fill(block, index.toLong() * MANY_BYTES)
            Files.write(place.resolve(index.toString()), block.array())
        }
        Tools.output("sync")
        return place
    }

    private fun fill(file: Path) {
        FileChannel.open(file, CREATE, WRITE).use { channel ->
            val piece = ByteBuffer.allocateDirect(1 shl 20)
            for (position in 0 until fileBytes step piece.capacity().toLong()) {
                piece.clear().limit(minOf(piece.capacity().toLong(), fileBytes - position).toInt())
                Pattern.fill(piece, position)
                while (piece.hasRemaining()) {
                    channel.write(piece)
                }
            }
            // Dirty pages can't be dropped, and would be written back in somebody's round.
            channel.force(true)
        }
    }

    /** Makes durable, and clean, what a round has written. */
    fun settle(file: Path) {
        FileChannel.open(file, READ, WRITE).use { it.force(true) }
    }

    companion object {
        const val MANY_BYTES = 4096

        fun crc(file: Path): Long {
            val crc = CRC32()
            FileInputStream(file.toFile()).use { input ->
                val piece = ByteArray(1 shl 20)
                while (true) {
                    val count = input.read(piece)
                    if (count < 0) {
                        return crc.value
                    }
                    crc.update(piece, 0, count)
                }
            }
        }
    }
}

/** A text of lines of 0 to 120 ASCII characters, each ended by a newline. */
internal class LineFile(val path: Path, val lines: Int, val characters: Long, val crc: Long) {

    val bytes: Long
        get() = characters + lines

    companion object {
        const val LINE_CHARACTERS_MAX = 120
        private const val SEED = 20261121L

        fun create(path: Path, lines: Int): LineFile {
            val random = SplittableRandom(SEED)
            var characters = 0L
            val line = ByteArray(LINE_CHARACTERS_MAX + 1)
            Files.newOutputStream(path).buffered(1 shl 20).use { output ->
                repeat(lines) {
                    val length = random.nextInt(LINE_CHARACTERS_MAX + 1)
                    for (index in 0 until length) {
                        line[index] = (' '.code + random.nextInt('~'.code - ' '.code + 1)).toByte()
                    }
                    line[length] = '\n'.code.toByte()
                    output.write(line, 0, length + 1)
                    characters += length
                }
            }
            return LineFile(path, lines, characters, TestFiles.crc(path))
        }
    }
}
