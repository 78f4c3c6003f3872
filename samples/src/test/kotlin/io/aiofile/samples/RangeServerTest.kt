package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import java.io.InputStream
import java.net.InetAddress
import java.net.Socket
import java.net.SocketException
import java.net.SocketTimeoutException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import java.time.Duration

class RangeServerTest :
    StringSpec({
        val context by context()
        val outside = directory()
        val root = Files.createDirectory(outside.resolve("root"))
        val bytes = randomBytes(100_000)
        root.resolve("file").withBytes(bytes)
        root.resolve("empty").withBytes(byteArrayOf())
        root.resolve("ä b%20").withBytes(bytes)
        outside.resolve("secret").withText("secret")
        val server = lazy { RangeServer(context, root, Duration.ofSeconds(30)) }
        afterSpec { if (server.isInitialized()) server.value.close() }
        val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

        fun answer(
            uri: URI,
            method: String,
            headers: Map<String, String>,
        ): HttpResponse<ByteArray> {
            val request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody())
            headers.forEach(request::header)
            return client.send(request.build(), BodyHandlers.ofByteArray())
        }

        fun get(name: String, vararg headers: Pair<String, String>): HttpResponse<ByteArray> =
            answer(server.value.uri(name), "GET", mapOf(*headers))

        /** As no client of good manners would ask. */
        fun statusOf(target: String): Int {
            Socket(InetAddress.getByName("127.0.0.1"), server.value.uri("").port).use { socket ->
                val lines = "GET $target HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                socket.getOutputStream().write(lines.toByteArray())
                return socket.getInputStream().reader().readText().substring(9, 12).toInt()
            }
        }

        "a whole file, also of an odd name, and of none of bytes" {
            get("file").body() shouldBe bytes
            get("ä b%20").body() shouldBe bytes
            get("empty").run {
                statusCode() shouldBe 200
                body().size shouldBe 0
            }
        }

        "ranges" {
            val expected =
                mapOf(
                    "bytes=0-0" to 0..0,
                    "bytes=10-19" to 10..19,
                    "bytes=99990-" to 99_990..99_999,
                    "bytes=99990-200000" to 99_990..99_999,
                    "bytes=-10" to 99_990..99_999,
                    "bytes=-200000" to 0..99_999,
                )
            for ((header, range) in expected) {
                get("file", "Range" to header).run {
                    statusCode() shouldBe 206
                    body() shouldBe bytes.sliceArray(range)
                    headers().firstValue("Content-Range").get() shouldBe
                        "bytes ${range.first}-${range.last}/100000"
                }
            }
        }

        "ranges where nothing is" {
            for (header in listOf("bytes=100000-", "bytes=999999999999999999-", "bytes=-0")) {
                get("file", "Range" to header).run {
                    statusCode() shouldBe 416
                    headers().firstValue("Content-Range").get() shouldBe "bytes */100000"
                }
            }
            get("empty", "Range" to "bytes=0-").statusCode() shouldBe 416
        }

        "ranges that are none, and several at once, are answered with the file" {
            val odd =
                listOf(
                    "bytes=5-3",
                    "bytes=-",
                    "bytes=a-b",
                    "lines=1-2",
                    "bytes=0-1,5-6",
                    "bytes=0-99999999999999999999",
                    "bytes=-1-2",
                    "0-1",
                )
            for (header in odd) {
                ByteRange.parse(header, 100_000).shouldBeNull()
                get("file", "Range" to header).run {
                    statusCode() shouldBe 200
                    body() shouldBe bytes
                }
            }
        }

        "a range of another version is answered with the file" {
            val tag = get("file").headers().firstValue("ETag").get()
            get("file", "Range" to "bytes=0-1", "If-Range" to tag).statusCode() shouldBe 206
            get("file", "Range" to "bytes=0-1", "If-Range" to "\"0\"").statusCode() shouldBe 200
        }

        "HEAD tells the size, and other methods are refused" {
            answer(server.value.uri("file"), "HEAD", mapOf()).run {
                statusCode() shouldBe 200
                headers().firstValue("Content-Length").get() shouldBe "100000"
                headers().firstValue("Accept-Ranges").get() shouldBe "bytes"
            }
            answer(server.value.uri("file"), "DELETE", mapOf()).statusCode() shouldBe 405
            Files.exists(root.resolve("file")) shouldBe true
        }

        "nothing outside the directory, nor the directory itself" {
            val link = root.resolve("link")
            runCatching { Files.createSymbolicLink(link, outside.resolve("secret")) }
            val targets =
                listOf(
                    "/../secret",
                    "/%2e%2e/secret",
                    "/..%2fsecret",
                    "//../../secret",
                    "/files/../../secret",
                    "${outside.resolve("secret")}",
                    "/${outside.resolve("secret")}",
                    "/link",
                    "/",
                    "/missing",
                    "/a%00b",
                )
            for (target in targets) {
                statusOf(target) shouldBe 404
            }
        }

        "it is there for this machine only" {
            server.value.uri("file").host shouldBe "127.0.0.1"
        }

        "a client that does not read is cut off, and others are served" {
            val long = root.resolve("long")
            java.io.RandomAccessFile(long.toFile(), "rw").use { it.setLength(1L shl 30) }
            RangeServer(context, root, Duration.ofSeconds(2)).use { strict ->
                Socket(InetAddress.getByName("127.0.0.1"), strict.uri("").port).use { socket ->
                    socket
                        .getOutputStream()
                        .write("GET /long HTTP/1.1\r\nHost: x\r\n\r\n".toByteArray())
                    answer(strict.uri("file"), "GET", mapOf()).body() shouldBe bytes
                    eventually { context.metrics().openFiles() == 0 }
                    // What had been sent by then is all that comes.
                    drained(socket.getInputStream()) shouldBeLessThan (1L shl 30)
                }
            }
        }

        "clients that never finish a request are cut off, and others are served" {
            val address = InetAddress.getByName("127.0.0.1")
            // More than the server has threads.
            val slow = List(40) { Socket(address, server.value.uri("").port) }
            try {
                slow.forEach {
                    it.getOutputStream().write("GET /file HTTP/1.1\r\nHo".toByteArray())
                }
                get("file").body() shouldBe bytes
                slow.forEach { client ->
                    client.soTimeout = 60_000
                    isCutOff(client) shouldBe true
                }
            } finally {
                slow.forEach { it.close() }
            }
        }
    })

private fun isCutOff(client: Socket): Boolean =
    try {
        client.getInputStream().read() == -1
    } catch (_: SocketTimeoutException) {
        false
    } catch (_: SocketException) {
        true // a reset
    }

private fun drained(stream: InputStream): Long {
    var bytes = 0L
    runCatching { stream.transferTo(CountingStream { bytes += it }) }
    return bytes
}

private class CountingStream(private val count: (Int) -> Unit) : java.io.OutputStream() {
    override fun write(letter: Int) = count(1)

    override fun write(letters: ByteArray, index: Int, length: Int) = count(length)
}
