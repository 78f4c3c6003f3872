package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.ktx.readBytes
import io.aiofile.ktx.use
import io.aiofile.ktx.writeString
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import kotlinx.coroutines.runBlocking

// snippet: channel-kotlin
/** Replaces the first bytes of an open file, and gives back what was there. */
suspend fun replaceStart(context: AioContext, channel: FileChannel, text: String): String =
    context.wrap(channel).use { file ->
        val before = file.readBytes(0, text.encodeToByteArray().size)
        file.writeString(text, 0)
        before.decodeToString()
    } // the channel stays open

// end

fun main(args: Array<String>) = runBlocking {
    FileChannel.open(Path.of(args[0]), READ, WRITE).let { channel ->
        try {
            println(replaceStart(AioContext.shared(), channel, "HELLO"))
        } finally {
            channel.close()
        }
    }
}
