package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.ktx.chunkFlow
import java.io.FileDescriptor
import java.io.FileOutputStream
import java.io.OutputStream
import java.nio.file.Path
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext

// snippet: cat-kotlin
/** Files of any kind: also a FIFO, or one of /proc. */
suspend fun cat(context: AioContext, path: Path, out: OutputStream) {
    // A stream's write blocks: not on a thread that others count on.
    withContext(Dispatchers.IO) {
        path.chunkFlow(chunkBytes = 1 shl 18, context).collect { out.write(it) }
    }
}

// end

fun main(args: Array<String>) = runBlocking {
    FileOutputStream(FileDescriptor.out).use { out ->
        args.forEach { cat(AioContext.shared(), Path.of(it), out) }
    }
}
