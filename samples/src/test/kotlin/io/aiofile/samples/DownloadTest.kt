package io.aiofile.samples

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.aiofile.OpenMode
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.net.http.HttpClient
import java.nio.file.Files
import java.time.Duration
import java.util.concurrent.CompletionException
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

class DownloadTest :
    StringSpec({
        val context by context()
        val directory = directory()
        val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
        val target = directory.resolve("target")

        fun downloaded(uri: URI): Long =
            Download(client, uri).toFileAsync(context, target, OpenMode.WRITE).join()

        fun failure(uri: URI): Throwable =
            shouldThrow<CompletionException> { downloaded(uri) }.let { it.cause ?: it }

        for (size in listOf(0, 1, 9, 10, 11, 5_000_003)) {
            "$size bytes in ranges" {
                val bytes = randomBytes(size)
                directory.resolve("source").withBytes(bytes)
                RangeServer(context, directory, Duration.ofSeconds(30)).use { server ->
                    downloaded(server.uri("source")) shouldBe size
                    Files.readAllBytes(target) shouldBe bytes
                    download(context, client, server.uri("source"), target) shouldBe size
                    Files.readAllBytes(target) shouldBe bytes
                }
            }
        }

        "a file that is missing is an error that tells the status" {
            RangeServer(context, directory, Duration.ofSeconds(30)).use { server ->
                failure(server.uri("missing")).message shouldContain "status 404"
                shouldThrow<java.io.IOException> {
                        download(context, client, server.uri("missing"), target)
                    }
                    .message shouldBe "the server's status: 404"
            }
        }

        "a server without ranges sends it in one piece" {
            val bytes = randomBytes(1_000_000)
            serving({ whole(it, bytes) }) { uri, requests ->
                downloaded(uri) shouldBe bytes.size
                Files.readAllBytes(target) shouldBe bytes
                requests.get() shouldBe 2
            }
        }

        "a server that does not keep what it promised is an error, and ends all ranges" {
            val bytes = randomBytes(1_000_000)
            val faults =
                mapOf<String, (HttpExchange) -> Unit>(
                    "changed on the server" to { it: HttpExchange -> whole(it, bytes) },
                    "another range" to
                        {
                            it.responseHeaders.set("Content-Range", "bytes 0-9/1000000")
                            it.sendResponseHeaders(206, 10)
                            it.responseBody.write(ByteArray(10))
                        },
                    "status 500" to { it: HttpExchange -> it.sendResponseHeaders(500, -1) },
                )
            for ((message, fault) in faults) {
                serving({ if (it.requestMethod == "HEAD") head(it, bytes) else fault(it) }) { uri, _
                    ->
                    failure(uri).message shouldContain message
                    context.metrics().openFiles() shouldBe 0
                }
            }
        }

        "a range that is cut off is an error" {
            val bytes = randomBytes(1_000_000)
            val cutOff = { it: HttpExchange ->
                val (from, to) =
                    it.requestHeaders.getFirst("Range").drop(6).split("-").map(String::toInt)
                it.responseHeaders.set("Content-Range", "bytes $from-$to/${bytes.size}")
                it.sendResponseHeaders(206, to - from + 1L)
                it.responseBody.write(bytes, from, 100)
                it.responseBody.flush()
            }
            serving({ if (it.requestMethod == "HEAD") head(it, bytes) else cutOff(it) }) { uri, _ ->
                failure(uri)
                context.metrics().openFiles() shouldBe 0
            }
        }
    })

private fun head(exchange: HttpExchange, bytes: ByteArray) {
    exchange.responseHeaders.set("Accept-Ranges", "bytes")
    exchange.responseHeaders.set("Content-Length", "${bytes.size}")
    exchange.sendResponseHeaders(200, -1)
}

private fun whole(exchange: HttpExchange, bytes: ByteArray) {
    exchange.responseHeaders.set("Content-Length", "${bytes.size}")
    val body = exchange.requestMethod == "GET"
    exchange.sendResponseHeaders(200, if (body) bytes.size.toLong() else -1)
    if (body) exchange.responseBody.write(bytes)
}

/** A server of ill will. */
private fun serving(answer: (HttpExchange) -> Unit, work: (URI, AtomicInteger) -> Unit) {
    val threads = Executors.newCachedThreadPool()
    val requests = AtomicInteger()
    val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
    server.createContext("/") { exchange ->
        requests.incrementAndGet()
        exchange.use { answer(it) }
    }
    server.executor = threads
    server.start()
    try {
        work(URI("http://127.0.0.1:${server.address.port}/x"), requests)
    } finally {
        server.stop(0)
        threads.shutdownNow()
    }
}
