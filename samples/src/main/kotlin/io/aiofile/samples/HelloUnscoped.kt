package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.ktx.closeAndAwait
import io.aiofile.ktx.openText
import io.aiofile.ktx.read
import io.aiofile.ktx.readLine
import io.aiofile.ktx.write
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

// snippet: hello-unscoped-kotlin
/** [hello] with a file that is closed by hand: for one that outlives the function that opens it. */
suspend fun helloUnscoped(context: AioContext, path: Path): List<String?> {
    val file = context.openText(path, "w+")
    try {
        file.write("Hello, world!\nHere is a second line.\n")
        file.seek(7)
        val word = file.read(5)
        file.seek(0)
        return listOf(word, file.readLine())
    } finally {
        file.closeAndAwait() // also when the coroutine is cancelled
    }
}

// end

fun main(args: Array<String>) = runBlocking {
    println(helloUnscoped(AioContext.shared(), Path.of(args[0])))
}
