package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.pattern
import io.aiofile.contract.scaled
import io.aiofile.contract.seed
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.file.FileSystemException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.random.Random
import kotlin.time.Duration.Companion.microseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

private const val BLOCK_BYTES = 32 * 1024
private const val PATTERN_BYTES = 1 shl 20
private val PATTERN = pattern(PATTERN_BYTES)
private val CANARIES = ByteArray(BLOCK_BYTES) { 0x77 }

/** Scopes that are cancelled and time out at any moment, on backends that run freely. */
class StormTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()

        for (backend in backends) {
            test("buffers are the coroutine's again when a cancelled scope ends, on $backend") {
                val seed = seed("cancelled scopes on $backend")
                val path = Files.write(directory.resolve("data"), PATTERN)
                endsInTime {
                    withSlowContext(backend) { context ->
                        for (mode in listOfNotNull(OpenMode.READ, direct(context, path))) {
                            context.openFile(path, mode) { file ->
                                BufferStorm(file, Random(seed)).run().shouldBeEmpty()
                            }
                        }
                    }
                }
            }

            test("a cancelled scope's writes have written what their positions say, on $backend") {
                val seed = seed("cancelled writes on $backend")
                val path = directory.resolve("written")
                endsInTime {
                    withSlowContext(backend) { context -> writeStorm(context, path, Random(seed)) }
                }
            }

            test("scoped opens under timeouts leave nothing open, on $backend") {
                val seed = seed("opens with timeouts on $backend")
                val path = Files.write(directory.resolve("opened"), PATTERN)
                endsInTime {
                    val before = descriptorsBelow(directory)
                    withSlowContext(backend) { context ->
                        openStorm(context, path, Random(seed))
                        eventually("all is closed") {
                            context.metrics().openFiles() == 0 &&
                                descriptorsBelow(directory) == before
                        }
                    }
                }
            }

            test("a hundred slow collectors hold little memory and get every line, on $backend") {
                val lines = List(2_000) { "line $it, and what makes it longer" }
                val path = Files.write(directory.resolve("lines"), lines)
                endsInTime { collectSlowly(backend, path, lines) }
            }
        }
    })

private fun slow(backend: String) =
    AioOptions.defaults()
        .withBackend(backend)
        .withMaxRequests(8)
        // Without the inline lane, so that operations are still under way when they are given up.
        .withInlineReadBytes(0)
        .withInlineWriteBytes(0)

private fun withSlowContext(backend: String, body: suspend (AioContext) -> Unit) = runBlocking {
    LeakCheck.watch(AioContext.open(slow(backend))).use { context ->
        body(context)
        eventually("idle: ${context.metrics()}") {
            context.metrics().run { inFlight() == 0 && queued() == 0 && pooledBytes() == 0L }
        }
    }
}

private suspend fun direct(context: AioContext, path: Path): OpenMode? {
    val mode = OpenMode.READ.withDirect()
    return try {
        context.openFile(path, mode) { mode }
    } catch (_: FileSystemException) {
        null // tmpfs, for one
    }
}

/** Ends a block in one of the ways that coroutines end, some time. */
private suspend fun endSometime(random: Random, block: suspend CoroutineScope.() -> Unit) {
    val micros = random.nextInt(400)
    when (random.nextInt(3)) {
        0 -> withTimeoutOrNull(micros.microseconds) { block() }
        1 ->
            coroutineScope {
                val job = launch { block() }
                repeat(micros * 10) { Thread.onSpinWait() }
                job.cancelAndJoin()
            }
        else -> coroutineScope { launch { block() } }
    }
}

/** Reads into buffers that are filled with something else as soon as their scope has ended. */
private class BufferStorm(private val file: AsyncFile, private val random: Random) {
    private val wrong = ConcurrentLinkedQueue<String>()

    suspend fun run(): List<String> {
        val buffers =
            List(8) {
                if (it % 2 == 0) AlignedBuffers.allocate(BLOCK_BYTES, 4096)
                else ByteBuffer.allocate(BLOCK_BYTES)
            }
        withContext(Dispatchers.Default) {
            repeat(scaled(60)) { round ->
                val positions =
                    List(buffers.size) {
                        random.nextInt((PATTERN_BYTES - BLOCK_BYTES) / 512) * 512
                    }
                endSometime(random) {
                    buffers.zip(positions).forEach { (buffer, position) ->
                        launch { read(buffer, position) }
                    }
                }
                buffers.forEach { it.clear().put(CANARIES) }
                // Behind them all, so that whatever is late has come by now.
                file.readBytes(0, 100)
                if (buffers.any { !it.clear().holds(CANARIES) }) {
                    wrong += "round $round: written to after it was given back"
                }
            }
        }
        return wrong.toList()
    }

    private suspend fun read(buffer: ByteBuffer, position: Int) {
        try {
            file.readFully(buffer.clear(), position.toLong())
        } finally {
            val told = buffer.position()
            if (!buffer.flip().holds(PATTERN.copyOfRange(position, position + told))) {
                wrong += "other bytes at $position, $told of them"
            }
        }
    }
}

private fun ByteBuffer.holds(bytes: ByteArray) = this == ByteBuffer.wrap(bytes)

/** Sources are filled with something else as soon as their coroutine goes on. */
private suspend fun writeStorm(context: AioContext, path: Path, random: Random) {
    val rounds = scaled(30)
    val perRound = 8
    val moved = IntArray(rounds * perRound)
    context.openFile(path, "wb") { file ->
        file.truncate(moved.size.toLong() * BLOCK_BYTES)
        withContext(Dispatchers.Default) {
            repeat(rounds) { round ->
                endSometime(random) {
                    repeat(perRound) {
                        val block = round * perRound + it
                        launch {
                            val source = ByteBuffer.allocateDirect(BLOCK_BYTES)
                            source.put(pattern(BLOCK_BYTES, block)).flip()
                            try {
                                file.write(source, block.toLong() * BLOCK_BYTES)
                            } finally {
                                moved[block] = source.position()
                                source.clear().put(CANARIES)
                            }
                        }
                    }
                }
            }
        }
    }
    val bytes = Files.readAllBytes(path)
    moved.forEachIndexed { block, count ->
        val there = bytes.copyOfRange(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
        there.contentEquals(pattern(BLOCK_BYTES, block).copyOf(count).copyOf(BLOCK_BYTES)) shouldBe
            true
    }
}

private suspend fun openStorm(context: AioContext, path: Path, random: Random) =
    withContext(Dispatchers.Default) {
        repeat(scaled(150)) {
            endSometime(random) {
                launch { context.openFile(path, "rb") { it.readBytes(0, 10) } }
                launch { context.openBinary(path, "rb") { it.read(10) } }
                launch { context.openText(path, "r", utf8) {} }
            }
        }
    }

private fun collectSlowly(backend: String, path: Path, lines: List<String>) {
    val limit = 512L * 1024
    val options = slow(backend).withPooledBytes(limit)
    val context = LeakCheck.watch(AioContext.open(options))
    runBlocking(Dispatchers.Default) {
        repeat(100) {
            launch {
                var next = 0
                path.lineFlow(context).collect { line ->
                    check(line == lines[next]) { "$line is no line $next" }
                    if (next % 500 == 0) delay(1)
                    next++
                    context.metrics().pooledBytes() shouldBeLessThanOrEqual limit
                }
                next shouldBe lines.size
            }
        }
    }
    context.metrics().openFiles() shouldBe 0
    context.close()
}
