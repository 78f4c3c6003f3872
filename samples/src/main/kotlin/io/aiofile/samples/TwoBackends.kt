package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.OpenMode
import io.aiofile.ktx.openFile
import io.aiofile.ktx.readBytes
import io.aiofile.ktx.use
import java.nio.file.Path
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.runBlocking

// snippet: two-backends-kotlin
/** Reads a piece of a file through each of some backends, all at the same time. */
suspend fun readThrough(backends: List<String>, path: Path, length: Int): List<ByteArray> =
    coroutineScope {
        backends
            .map { name ->
                async(Dispatchers.IO) { // looking for a backend blocks
                    AioContext.open(AioOptions.defaults().withBackend(name)).use { context ->
                        context.openFile(path, OpenMode.READ) { it.readBytes(0, length) }
                    }
                }
            }
            .awaitAll()
    }

// end

fun main(args: Array<String>) = runBlocking {
    val (one, other) =
        readThrough(listOf(AioContext.shared().backend(), "java"), Path.of(args[0]), 4096)
    println(one.contentEquals(other))
}
