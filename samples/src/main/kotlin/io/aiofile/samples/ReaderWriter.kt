package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.ktx.chunkFlow
import io.aiofile.ktx.writeTo
import java.nio.file.Path
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.runBlocking

// snippet: reader-writer-kotlin
/** Turns a file's letters from a to z into capitals, in a new one, a chunk at a time. */
suspend fun capitals(context: AioContext, source: Path, target: Path): Long =
    source
        .chunkFlow(chunkBytes = 1 shl 16, context)
        .map { chunk -> capitals(chunk) }
        .writeTo(target, context = context)

private fun capitals(letters: ByteArray): ByteArray {
    for (i in letters.indices) {
        if (letters[i] in 'a'.code..'z'.code) letters[i] = (letters[i] - 32).toByte()
    }
    return letters
}

// end

fun main(args: Array<String>) = runBlocking {
    println("${capitals(AioContext.shared(), Path.of(args[0]), Path.of(args[1]))} bytes")
}
