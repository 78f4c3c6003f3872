package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.ktx.lineFlow
import io.aiofile.ktx.writeLinesTo
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

// snippet: proc-kotlin
/** Copies a file of /proc, whose size says 0, line by line; gives the bytes. */
suspend fun copyLines(context: AioContext, source: Path, target: Path): Long =
    source.lineFlow(context).writeLinesTo(target, context = context)

// end

fun main(args: Array<String>) = runBlocking {
    println("${copyLines(AioContext.shared(), Path.of(args[0]), Path.of(args[1]))} bytes")
}
