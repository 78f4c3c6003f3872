package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.LineOptions
import io.aiofile.ktx.lineFlow
import java.nio.charset.CodingErrorAction
import java.nio.file.Path
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.runBlocking

// snippet: lines-kotlin
/** The lines with a text in them. Nothing is opened before they are collected. */
fun grep(context: AioContext, path: Path, text: String): Flow<String> {
    val options =
        LineOptions.defaults()
            .withCharset(Charsets.UTF_8)
            .withMalformedInput(CodingErrorAction.REPLACE)
            .withLineBytesMax(1 shl 20)
    return path.lineFlow(options, context).filter { text in it }
}

// end

fun main(args: Array<String>) = runBlocking {
    grep(AioContext.shared(), Path.of(args[1]), args[0]).collect { println(it) }
}
