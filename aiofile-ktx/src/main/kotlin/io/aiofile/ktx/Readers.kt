package io.aiofile.ktx

import io.aiofile.ChunkReader
import io.aiofile.DirectChunkReader
import io.aiofile.LineReader
import java.nio.ByteBuffer

/**
 * Reads the next chunk.
 *
 * @return the chunk; null at the end
 * @throws java.io.IOException if reading fails; the next call tries the same chunk again
 */
public suspend fun ChunkReader.readChunk(): ByteArray? = awaiting { readChunkAsync() }

/**
 * Does something with each chunk, in order, in the coroutine: unlike the consumer of
 * [ChunkReader.forEachAsync], [action] may suspend.
 *
 * @param action what to do; what it throws ends the loop, its chunk being taken
 * @return the bytes of all those chunks
 * @throws java.io.IOException if reading fails
 */
public suspend inline fun ChunkReader.forEach(action: (ByteArray) -> Unit): Long {
    var bytes = 0L
    while (true) {
        val chunk = readChunk() ?: return bytes
        bytes += chunk.size
        action(chunk)
    }
}

/**
 * Reads the next chunk, in a buffer that is lent until the next call.
 *
 * @return the chunk, from position 0 to the limit; null at the end
 * @throws java.io.IOException if reading fails; the next call tries the same chunk again
 */
public suspend fun DirectChunkReader.readChunk(): ByteBuffer? = awaiting { readChunkAsync() }

/**
 * Does something with each chunk, in order, in the coroutine: unlike the consumer of
 * [DirectChunkReader.forEachAsync], [action] may suspend, and has the buffer until it is done.
 *
 * @param action what to do; what it throws ends the loop, its chunk being taken
 * @return the bytes of all those chunks
 * @throws java.io.IOException if reading fails
 */
public suspend inline fun DirectChunkReader.forEach(action: (ByteBuffer) -> Unit): Long {
    var bytes = 0L
    while (true) {
        val chunk = readChunk() ?: return bytes
        bytes += chunk.limit()
        action(chunk)
    }
}

/**
 * Reads the next line.
 *
 * @return the line, without its separator unless the reader's options keep it; null at the end
 * @throws io.aiofile.MalformedTextException where bytes are not of the reader's charset
 * @throws java.io.IOException if reading fails, or the line is longer than the options allow
 */
public suspend fun LineReader.readLine(): String? = awaiting { readLineAsync() }

/**
 * Reads some lines: those that are there with the bytes fetched, and one at least, for which it
 * waits. The fast way through many short ones.
 *
 * @param linesMax 1 or more
 * @return the lines; none at the end
 * @throws io.aiofile.MalformedTextException where bytes are not of the reader's charset
 * @throws java.io.IOException if reading fails, or the first line is longer than the options allow
 */
public suspend fun LineReader.readLines(linesMax: Int): List<String> = awaiting {
    readLinesAsync(linesMax)
}

/**
 * Does something with each line, in order, in the coroutine: unlike the consumer of
 * [LineReader.forEachAsync], [action] may suspend. What it throws ends the loop, with the reader
 * behind the lines that were read at once with that one.
 *
 * @param action what to do
 * @return the lines
 * @throws io.aiofile.MalformedTextException where bytes are not of the reader's charset
 * @throws java.io.IOException if reading fails, or a line is longer than the options allow
 */
public suspend inline fun LineReader.forEach(action: (String) -> Unit): Long {
    var lines = 0L
    while (true) {
        val batch = readLines(LINES_AT_ONCE)
        if (batch.isEmpty()) {
            return lines
        }
        for (line in batch) {
            lines++
            action(line)
        }
    }
}

/** What loops over lines ask for at once: enough to make a call's cost vanish among them. */
@PublishedApi internal const val LINES_AT_ONCE: Int = 1024
