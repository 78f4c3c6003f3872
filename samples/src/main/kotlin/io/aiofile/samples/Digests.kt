package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.OpenMode
import io.aiofile.ktx.chunks
import io.aiofile.ktx.openFile
import io.aiofile.ktx.use
import java.nio.file.Path
import java.security.MessageDigest
import java.util.HexFormat
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.runBlocking

// snippet: digests-kotlin
/** Each digest has a handle of its own on the one descriptor, and reads at its own pace. */
suspend fun digests(
    context: AioContext,
    path: Path,
    algorithms: List<String>,
): Map<String, String> =
    context.openFile(path, OpenMode.READ) { file ->
        coroutineScope {
            algorithms
                .map { name ->
                    async(Dispatchers.Default) {
                        val digest = MessageDigest.getInstance(name)
                        // The use of io.aiofile.ktx, which does not block a thread.
                        file.duplicate().use { own ->
                            own.chunks(1 shl 18).collect { digest.update(it) }
                        }
                        name to HexFormat.of().formatHex(digest.digest())
                    }
                }
                .associate { it.await() }
        }
    }

// end

fun main(args: Array<String>) = runBlocking {
    digests(AioContext.shared(), Path.of(args[0]), Digests.FOUR).forEach { (name, hex) ->
        println("$name $hex")
    }
}
