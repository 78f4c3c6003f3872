package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AsyncFile
import io.aiofile.BinaryFile
import io.aiofile.ChunkOptions
import io.aiofile.ChunkReader
import io.aiofile.LineOptions
import io.aiofile.LineReader
import io.aiofile.OpenMode
import io.aiofile.TextFile
import java.nio.file.Path
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flatMapConcat
import kotlinx.coroutines.flow.flow

/**
 * The file's UTF-8 lines, from its start.
 *
 * Cold: each collection reads anew, and pulls, so that a slow collector holds the reading up, but
 * for what is fetched ahead; that is given back when the collection ends, however it does. A cancel
 * ends it where the collector suspends, and within 1,024 lines if it never does; `cancellable()`
 * has it end at each. The file stays open. Reading fails as [LineReader.readLine] does.
 *
 * @return the lines, without their separators
 */
public fun AsyncFile.lines(): Flow<String> = lineFlow { lineReader() }

/**
 * The file's lines; see the other [lines].
 *
 * @param options charset, separator, limits, where to start
 * @return the lines
 */
public fun AsyncFile.lines(options: LineOptions): Flow<String> = lineFlow { lineReader(options) }

/**
 * The UTF-8 lines from the cursor on, which stays; in a file that is not seekable, the lines to
 * come. See [AsyncFile.lines].
 *
 * @return the lines, without their separators
 */
public fun BinaryFile.lines(): Flow<String> = lineFlow { lineReader() }

/**
 * The lines from the cursor on, which stays; in a file that is not seekable, the lines to come. See
 * [AsyncFile.lines].
 *
 * @return the lines, as the file's options say
 */
public fun TextFile.lines(): Flow<String> = lineFlow { lineReader() }

/**
 * The lines of the file of this path, which is opened and closed around each collection. See
 * [AsyncFile.lines].
 *
 * @param context that opens it; the shared one
 * @return the lines, without their separators
 */
public fun Path.lineFlow(context: AioContext = AioContext.shared()): Flow<String> =
    fileFlow(context) { file -> batches { file.lineReader() } }.eachLine()

/**
 * The lines of the file of this path, which is opened and closed around each collection. See
 * [AsyncFile.lines].
 *
 * @param options charset, separator, limits, where to start
 * @param context that opens it; the shared one
 * @return the lines
 */
public fun Path.lineFlow(
    options: LineOptions,
    context: AioContext = AioContext.shared(),
): Flow<String> = fileFlow(context) { file -> batches { file.lineReader(options) } }.eachLine()

/**
 * The file's bytes, from its start, in arrays of their own.
 *
 * Cold: each collection reads anew, and pulls, so that a slow collector holds the reading up, but
 * for what is fetched ahead; that is given back when the collection ends, however it does. The file
 * stays open. Reading fails as [ChunkReader.readChunk] does.
 *
 * @param chunkBytes of each chunk but the last, 1 to 1 GiB; 64 KiB
 * @return the chunks, none of them empty
 */
public fun AsyncFile.chunks(chunkBytes: Int = CHUNK_BYTES): Flow<ByteArray> {
    checkChunkBytes(chunkBytes)
    return chunkFlow { chunkReader(chunkBytes) }
}

/**
 * The file's bytes, or a range of them; see the other [chunks].
 *
 * @param options chunk size, read-ahead, range
 * @return the chunks, none of them empty
 */
public fun AsyncFile.chunks(options: ChunkOptions): Flow<ByteArray> = chunkFlow {
    ChunkReader(this, options)
}

/**
 * The bytes from the cursor on, which stays; in a file that is not seekable, the bytes to come, as
 * they arrive. See [AsyncFile.chunks].
 *
 * @param chunkBytes of each chunk but the last, 1 to 1 GiB; 64 KiB
 * @return the chunks, none of them empty
 */
public fun BinaryFile.chunks(chunkBytes: Int = CHUNK_BYTES): Flow<ByteArray> {
    checkChunkBytes(chunkBytes)
    return chunkFlow { chunkReader(chunkBytes) }
}

/**
 * The bytes of the file of this path, which is opened and closed around each collection. See
 * [AsyncFile.chunks].
 *
 * @param chunkBytes of each chunk but the last, 1 to 1 GiB; 64 KiB
 * @param context that opens it; the shared one
 * @return the chunks, none of them empty
 */
public fun Path.chunkFlow(
    chunkBytes: Int = CHUNK_BYTES,
    context: AioContext = AioContext.shared(),
): Flow<ByteArray> {
    checkChunkBytes(chunkBytes)
    return fileFlow(context) { it.chunks(chunkBytes) }
}

/**
 * The bytes of the file of this path, or a range of them; it is opened and closed around each
 * collection. See [AsyncFile.chunks].
 *
 * @param options chunk size, read-ahead, range
 * @param context that opens it; the shared one
 * @return the chunks, none of them empty
 */
public fun Path.chunkFlow(
    options: ChunkOptions,
    context: AioContext = AioContext.shared(),
): Flow<ByteArray> = fileFlow(context) { it.chunks(options) }

/** As [ChunkOptions.chunkBytes] has it by default. */
private const val CHUNK_BYTES: Int = 64 shl 10

/** Now, and not when the flow is collected, perhaps far from here. */
private fun checkChunkBytes(chunkBytes: Int) {
    ChunkOptions.defaults().withChunkBytes(chunkBytes)
}

private fun <T> Path.fileFlow(context: AioContext, content: (AsyncFile) -> Flow<T>): Flow<T> {
    val path = this
    return flow { context.openFile(path, OpenMode.READ) { emitAll(content(it)) } }
}

private fun lineFlow(open: () -> LineReader): Flow<String> = batches(open).eachLine()

private fun batches(open: () -> LineReader): Flow<List<String>> = flow {
    open().use { reader ->
        while (true) {
            val batch = reader.readLines(LINES_AT_ONCE)
            if (batch.isEmpty()) {
                break
            }
            emit(batch)
        }
    }
}

/**
 * A list emits without the checks that [flow] makes each time, of the job and of the context: those
 * are made for each batch, and cost each line 7 ns (ADR 10).
 */
@OptIn(ExperimentalCoroutinesApi::class)
private fun Flow<List<String>>.eachLine(): Flow<String> = flatMapConcat { it.asFlow() }

private fun chunkFlow(open: () -> ChunkReader): Flow<ByteArray> = flow {
    open().use { reader -> reader.forEach { emit(it) } }
}
