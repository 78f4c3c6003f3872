package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.ktx.chunkFlow
import java.nio.file.Path
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.flatMapMerge
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.fold
import kotlinx.coroutines.runBlocking

private const val FILES_AT_ONCE = 4
private const val CHUNK_BYTES = 1 shl 18

// snippet: word-count-kotlin
/** Counts the words of many large files, a few files at once, a chunk of each in memory. */
@OptIn(ExperimentalCoroutinesApi::class)
suspend fun countWords(context: AioContext, paths: List<Path>): Long =
    paths
        .asFlow()
        .flatMapMerge(FILES_AT_ONCE) { path -> flow { emit(countWords(context, path)) } }
        .flowOn(Dispatchers.Default)
        .fold(0L) { sum, words -> sum + words }

private suspend fun countWords(context: AioContext, path: Path): Long {
    val words = Words()
    path.chunkFlow(CHUNK_BYTES, context).collect { words.addChunk(it) }
    return words.count()
}

// end

fun main(args: Array<String>) = runBlocking {
    println("${countWords(AioContext.shared(), args.map { Path.of(it) })} words")
}
