package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.OpenMode
import io.aiofile.ktx.openFile
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Path
import java.time.Duration
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

private const val RANGES = 10

// snippet: download-kotlin
/** Downloads in ten ranges at once, each written where it belongs; the first to fail ends all. */
suspend fun download(context: AioContext, client: HttpClient, uri: URI, target: Path): Long {
    val head = request(uri).method("HEAD", BodyPublishers.noBody()).build()
    val answer = client.sendAsync(head, BodyHandlers.discarding()).await()
    if (answer.statusCode() != 200) throw IOException("the server's status: ${answer.statusCode()}")
    val size = answer.headers().firstValueAsLong("Content-Length").orElseThrow()
    val rangeBytes = maxOf(1, (size + RANGES - 1) / RANGES)
    context.openFile(target, OpenMode.WRITE) { file ->
        coroutineScope {
            for (from in 0 until size step rangeBytes) {
                val to = minOf(from + rangeBytes, size) - 1
                val range = request(uri).header("Range", "bytes=$from-$to").build()
                launch { client.sendAsync(range, RangeWriter.range(file, from, to, size)).await() }
            }
        }
    }
    return size
}

// end

private fun request(uri: URI) = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30))

fun main(args: Array<String>) = runBlocking {
    println(
        "${download(AioContext.shared(), HttpClient.newHttpClient(), URI(args[0]), Path.of(args[1]))} bytes"
    )
}
