package io.aiofile.benchmarks.players

import io.aiofile.benchmarks.data.Checksums
import io.aiofile.benchmarks.data.PageCache
import io.aiofile.benchmarks.data.Pattern
import io.aiofile.benchmarks.data.Positions
import io.aiofile.benchmarks.data.TestFiles
import io.aiofile.benchmarks.data.WrittenBlock
import io.aiofile.benchmarks.measure.WrongResult
import io.aiofile.benchmarks.rows.Cache
import io.aiofile.benchmarks.rows.Cell
import io.aiofile.benchmarks.worker.AwaitedWork
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.CostWork
import io.aiofile.benchmarks.worker.IdleJob
import io.aiofile.benchmarks.worker.IdleWork
import io.aiofile.benchmarks.worker.LinesWork
import io.aiofile.benchmarks.worker.ManyFilesWork
import io.aiofile.benchmarks.worker.Operation
import io.aiofile.benchmarks.worker.ScanWork
import io.aiofile.benchmarks.worker.long
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put

/**
 * What a kind of work asks of a player, and whether what comes back is right. All of it happens
 * outside the time that is measured.
 */
internal abstract class Course(protected val cell: Cell, protected val files: TestFiles) {

    /** What is read, and what is written. */
    abstract val file: Path
    open val target: Path
        get() = file

    fun open(player: Player) {
        player.ask(
            buildJsonObject {
                put("do", "open")
                put("participant", player.name)
                put("file", file.toString())
                put("target", target.toString())
                put("order", cell.order.name)
                put("work", cell.work.toJson())
            }
        )
    }

    fun close(player: Player) {
        player.ask(buildJsonObject { put("do", "close") })
    }

    /** Once for a round, before anybody's turn. */
    open fun prepare(round: Int) = Unit

    /** Before each turn: the cache is as the cell says. */
    open fun beforeTurn() {
        when (cell.cache) {
            Cache.CACHED -> PageCache.warm(file)
            Cache.COLD -> PageCache.drop(file)
            Cache.DIRECT,
            Cache.GROWING -> Unit
        }
    }

    /** Has the player do it once without a clock, and looks at every byte. */
    fun check(player: Player) {
        beforeTurn()
        // One for each player: some are checked at the same time.
        val checksums = Files.createTempFile(files.directory, "checksums", ".bin")
        try {
            val answer = player.ask(request("check", CHECK_ROUND) { put("into", "$checksums") })
            examine(answer, checksums)
        } finally {
            Files.delete(checksums)
        }
    }

    /** A timed round. */
    fun round(player: Player, round: Int): JsonObject {
        beforeTurn()
        val answer = player.ask(request("round", round))
        verify(answer, round)
        return answer
    }

    private fun request(what: String, round: Int, more: JsonObjectBuilder.() -> Unit = {}) =
        buildJsonObject {
            put("do", what)
            put("round", round)
            put("operations", cell.operations)
            describe()
            more()
        }

    protected open fun JsonObjectBuilder.describe() = Unit

    /** Throws WrongResult if a timed round's answer is wrong. */
    protected open fun verify(answer: JsonObject, round: Int) = Unit

    /**
     * Throws WrongResult if a check's answer is wrong, or the checksums of what was read, for those
     * who write them.
     */
    protected open fun examine(answer: JsonObject, checksums: Path) = verify(answer, CHECK_ROUND)

    companion object {
        /** Rounds count from 1; a warm-up is 0. */
        const val CHECK_ROUND = 1000
        const val CHECK_OPERATIONS = 2000

        fun of(cell: Cell, files: TestFiles, seed: Long): Course =
            when (val work = cell.work) {
                is AwaitedWork ->
                    when {
                        work.operation == Operation.READ -> AwaitedReads(cell, files, work, seed)
                        cell.cache == Cache.GROWING -> GrowingWrites(cell, files, work, seed)
                        else -> AwaitedWrites(cell, files, work, seed)
                    }
                is ScanWork -> Scans(cell, files)
                is LinesWork -> Lines(cell, files)
                is CopyWork -> Copies(cell, files)
                is ManyFilesWork -> ManyFiles(cell, files, work)
                is IdleWork -> Idle(cell, files, seed)
                is CostWork -> Alone(cell, files)
            }

        fun expect(what: String, wanted: Long, got: Long) {
            if (wanted != got) {
                throw WrongResult("$what: $got instead of $wanted")
            }
        }
    }
}

/** Positional operations, the same for everybody. */
internal abstract class Awaited(
    cell: Cell,
    files: TestFiles,
    protected val work: AwaitedWork,
    private val seed: Long,
) : Course(cell, files) {
    protected var positions = LongArray(0)
    private val list = files.directory.resolve("positions.bin")

    protected open val fileBytes
        get() = files.fileBytes

    override fun prepare(round: Int) {
        positions =
            Positions.of(
                cell.order,
                fileBytes,
                work.blockBytes,
                if (round == CHECK_ROUND) minOf(cell.operations, CHECK_OPERATIONS)
                else cell.operations,
                seed + round,
            )
        Positions.write(positions, list)
    }

    override fun JsonObjectBuilder.describe() {
        put("positions", list.toString())
    }
}

private class AwaitedReads(cell: Cell, files: TestFiles, work: AwaitedWork, seed: Long) :
    Awaited(cell, files, work, seed) {
    override val file
        get() = files.pattern

    override fun verify(answer: JsonObject, round: Int) {
        // fio counts for itself.
        val last = answer["last"] as? JsonArray ?: return
        expect("operations", positions.size.toLong(), answer.long("operations"))
        for (pair in last) {
            val (position, crc) = pair.jsonArray
            same(position.jsonPrimitive.long, crc.jsonPrimitive.int)
        }
    }

    override fun examine(answer: JsonObject, checksums: Path) {
        val seen = Checksums.read(checksums)
        expect("checksums", positions.size.toLong(), seen.size.toLong())
        positions.forEachIndexed { index, position -> same(position, seen[index]) }
    }

    private fun same(position: Long, crc: Int) {
        if (Pattern.crc(position, work.blockBytes) != crc) {
            throw WrongResult("read at $position: wrong bytes")
        }
    }
}

private open class AwaitedWrites(cell: Cell, files: TestFiles, work: AwaitedWork, seed: Long) :
    Awaited(cell, files, work, seed) {
    override val file: Path
        get() = files.scratch

    override fun verify(answer: JsonObject, round: Int) {
        if ("operations" !in answer) {
            files.settle(file)
            return
        }
        expect("operations", positions.size.toLong(), answer.long("operations"))
        val written = WrittenBlock(work.blockBytes, round.toLong())
        val expected = written.unstamped()
        val block = ByteBuffer.allocate(work.blockBytes)
        FileChannel.open(file).use { channel ->
            for (position in positions) {
                block.clear()
                while (
                    block.hasRemaining() && channel.read(block, position + block.position()) > 0
                ) {
                    // Until the block is full.
                }
                if (Pattern.crc(block.flip()) != written.crc(position, expected)) {
                    throw WrongResult("written at $position: wrong bytes")
                }
            }
        }
        files.settle(file)
    }
}

/** Writes of a file that is empty when a turn begins, and gone when it is over. */
private class GrowingWrites(cell: Cell, files: TestFiles, work: AwaitedWork, seed: Long) :
    AwaitedWrites(cell, files, work, seed) {
    override val file: Path =
        files.directory.resolve("growing.bin").also { it.toFile().createNewFile() }

    override val fileBytes
        get() = cell.operations.toLong() * work.blockBytes

    override fun beforeTurn() {
        // The player has it open: cut, not replaced.
        FileChannel.open(file, StandardOpenOption.WRITE).use { it.truncate(0) }
        Tools.output("sync")
    }

    override fun verify(answer: JsonObject, round: Int) {
        super.verify(answer, round)
        FileChannel.open(file, StandardOpenOption.WRITE).use { it.truncate(0) }
    }
}

private class Scans(cell: Cell, files: TestFiles) : Course(cell, files) {
    override val file
        get() = files.pattern

    override fun verify(answer: JsonObject, round: Int) {
        if ("bytes" in answer) {
            expect("bytes", files.fileBytes, answer.long("bytes"))
        }
    }

    override fun examine(answer: JsonObject, checksums: Path) =
        expect("checksum of all bytes", files.patternCrc, answer.long("crc"))
}

private class Lines(cell: Cell, files: TestFiles) : Course(cell, files) {
    override val file
        get() = files.text.path

    override fun verify(answer: JsonObject, round: Int) {
        expect("lines", files.text.lines.toLong(), answer.long("lines"))
        expect("characters", files.text.characters, answer.long("characters"))
    }

    override fun examine(answer: JsonObject, checksums: Path) =
        expect("checksum of all lines", files.text.crc, answer.long("crc"))
}

private class Copies(cell: Cell, files: TestFiles) : Course(cell, files) {
    override val file
        get() = files.pattern

    override val target: Path = files.directory.resolve("copy.bin")

    override fun beforeTurn() {
        super.beforeTurn()
        Files.deleteIfExists(target)
        // What others left to be written would be written in this turn.
        Tools.output("sync")
    }

    override fun verify(answer: JsonObject, round: Int) {
        expect("bytes of the copy", files.fileBytes, Files.size(target))
        expect("checksum of the copy", files.patternCrc, TestFiles.crc(target))
        Files.delete(target)
    }
}

/** A directory full of small files. */
private class ManyFiles(cell: Cell, files: TestFiles, private val work: ManyFilesWork) :
    Course(cell, files) {
    override val file: Path = files.many(work.files)

    override fun verify(answer: JsonObject, round: Int) =
        expect("answers", work.requests.toLong(), answer.long("answers"))

    override fun examine(answer: JsonObject, checksums: Path) {
        verify(answer, CHECK_ROUND)
        expect("wrong blocks", 0, answer.long("wrong"))
    }
}

/** The little work that comes before the stillness. */
private class Idle(cell: Cell, files: TestFiles, seed: Long) :
    Awaited(cell, files, IdleJob.reads(files.pattern), seed) {
    override val file
        get() = files.pattern
}

/** Work with files of its own, or none, whose answer is checked where it is played. */
private class Alone(cell: Cell, files: TestFiles) : Course(cell, files) {
    override val file: Path
        get() = files.pattern

    override val target: Path
        get() = files.directory
}
