package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.aiofile.ktx.openFile
import io.aiofile.ktx.readFully
import io.aiofile.ktx.size
import io.aiofile.ktx.write
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import me.tongfei.progressbar.ProgressBar

private const val PIECES_AT_ONCE = 4
private const val PIECE_BYTES = 1 shl 20

// snippet: copy-kotlin
/** Copies with some pieces in flight, and tells after each how many bytes it had. */
suspend fun copy(source: AsyncFile, target: AsyncFile, copied: (Int) -> Unit) = coroutineScope {
    val size = source.size()
    val nextPosition = AtomicLong()
    repeat(PIECES_AT_ONCE) {
        launch {
            val buffer = AlignedBuffers.allocate(PIECE_BYTES, 4096)
            while (true) {
                val position = nextPosition.getAndAdd(PIECE_BYTES.toLong())
                if (position >= size) break
                buffer.clear().limit(minOf(PIECE_BYTES.toLong(), size - position).toInt())
                source.readFully(buffer, position)
                copied(target.write(buffer.flip(), position))
            }
        }
    }
}

// end

fun main(args: Array<String>) = runBlocking {
    val context = AioContext.shared()
    context.openFile(Path.of(args[0]), OpenMode.READ) { source ->
        context.openFile(Path.of(args[1]), OpenMode.WRITE) { target ->
            ProgressBar(args[0], source.size()).use { bar ->
                copy(source, target) { bar.stepBy(it.toLong()) }
            }
        }
    }
}
