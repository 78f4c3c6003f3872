package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.OpenMode
import io.aiofile.ktx.openFile
import io.aiofile.ktx.writeString
import java.nio.file.Path
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

// snippet: writes-kotlin
private const val RECORD_BYTES = 16L

/** Writes ten records at once, each at its own position, which is what keeps them apart. */
suspend fun writeRecords(context: AioContext, path: Path) {
    context.openFile(path, OpenMode.WRITE) { file ->
        coroutineScope {
            repeat(10) { number ->
                launch {
                    file.writeString("record %8d\n".format(number), number * RECORD_BYTES)
                }
            }
        }
    }
}

// end

fun main(args: Array<String>) = runBlocking {
    writeRecords(AioContext.shared(), Path.of(args[0]))
}
