package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.ChunkOptions
import io.aiofile.LineOptions
import io.aiofile.OpenMode
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.charset.Charset
import java.nio.charset.CharsetDecoder
import java.nio.charset.CharsetEncoder
import java.nio.file.AccessDeniedException
import java.nio.file.FileSystems
import java.nio.file.InvalidPathException
import java.nio.file.StandardOpenOption
import java.time.Duration

/**
 * What callers get wrong: a clear error that names it and what is accepted, and nothing opened,
 * leaked or half-written. (LeakCheck sees the leaks.) Missing and existing files, directories and
 * negative positions are beside the calls that meet them, and FIFOs and O_DIRECT have their own.
 */
internal fun badInputContract(subject: Subject) = funSpec {
    for ((letters, named) in
        listOf(
            "rq" to "'q'",
            "rw" to "'r' and 'w'",
            "wa" to "'w' and 'a'",
            "xr" to "'x' and 'r'",
            "ax" to "'a' and 'x'",
            "ww" to "'w' and 'w'",
            "r++" to "'+' twice",
            "rbt" to "'b' and 't'",
            "" to "r, w, a",
            "b+" to "r, w, a",
            "R" to "'R'",
            "r " to "' '",
        )) {
        test("the mode \"$letters\" is refused, with what is wrong and what is accepted") {
            val path = subject.disk.fresh()
            val calls =
                listOf<() -> Any?>(
                    { OpenMode.parse(letters) },
                    { subject.context.openFileAsync(path, letters) },
                    { subject.context.openBinaryAsync(path, letters) },
                    { subject.context.openTextAsync(path, letters) },
                )
            calls.forEach {
                refuses<IllegalArgumentException>("\"$letters\"", named, "accepted", call = it)
            }
            subject.disk.exists(path) shouldBe false
        }
    }

    test("open options that contradict each other, or that there are not, are refused") {
        refuses<IllegalArgumentException>("APPEND", "TRUNCATE_EXISTING") {
            OpenMode.of(StandardOpenOption.APPEND, StandardOpenOption.TRUNCATE_EXISTING)
        }
        refuses<IllegalArgumentException>("DELETE_ON_CLOSE") {
            OpenMode.of(StandardOpenOption.DELETE_ON_CLOSE)
        }
        refuses<IllegalArgumentException> { OpenMode.WRITE.withPermissions("rwxrwx") }
    }

    test("a file without permission is named") {
        val denied = subject.disk.denied()
        subject.context.openFileAsync(denied, "r+").fails<AccessDeniedException>("$denied")
    }

    if (subject.disk.isReal) {
        test("a path with a NUL opens nothing") {
            // Before the library sees it: no Path of the default file system has one.
            refuses<InvalidPathException> {
                subject.context.openFileAsync(subject.disk.fresh().resolve("a\u0000b"), "w")
            }
        }

        test("a path of another file system is served or refused, never taken for one of this") {
            val zip = subject.disk.fresh("archive.zip")
            FileSystems.newFileSystem(zip, mapOf("create" to "true")).use { archive ->
                val inside = archive.getPath("/etc-passwd")
                java.nio.file.Files.write(inside, pattern(10))
                val read = runCatching { subject.context.files().readBytesAsync(inside).got() }
                read.onSuccess { it shouldEqual pattern(10) }
                refuses<Exception> {
                    subject.context
                        .openFileAsync(archive.getPath("/etc/hostname"), "r")
                        .got()
                        .close()
                }
            }
        }
    }

    test("a separator of length 0 is refused") {
        refuses<IllegalArgumentException>("separator") { LineOptions.defaults().withSeparator("") }
    }

    test("a charset that can't be read or written is named") {
        val path = subject.putText("abc")
        subject.withFile(path, "r+") { file ->
            refuses<IllegalArgumentException>("x-unreadable") {
                file.readStringAsync(Unreadable).got()
            }
            refuses<IllegalArgumentException>("x-unreadable") {
                file.writeStringAsync("x", Unreadable, 0).got()
            }
            refuses<IllegalArgumentException>("x-unreadable") {
                LineOptions.defaults().withCharset(Unreadable)
            }
            // Decodes, and encodes nothing.
            val decodeOnly = Charset.forName("x-JISAutoDetect")
            file.readStringAsync(decodeOnly).got() shouldBe "abc"
            refuses<IllegalArgumentException>("x-JISAutoDetect") {
                file.writeStringAsync("x", decodeOnly, 0).got()
            }
        }
        subject.disk.bytes(path) shouldEqual "abc".toByteArray()
    }

    test("limits out of bounds are refused, with the bounds") {
        val options = AioOptions.defaults()
        refuses<IllegalArgumentException>("maxRequests", "0") { options.withMaxRequests(0) }
        refuses<IllegalArgumentException>("maxQueued", "-1") { options.withMaxQueued(-1) }
        refuses<IllegalArgumentException>("pooledBytes", "5") { options.withPooledBytes(5) }
        refuses<IllegalArgumentException>("workerThreads", "0") { options.withWorkerThreads(0) }
        refuses<IllegalArgumentException>("readAhead", "-1") { options.withReadAhead(-1) }
        refuses<IllegalArgumentException>("lineBytesMax", "0") { options.withLineBytesMax(0) }
        refuses<IllegalArgumentException>("sliceBytes", "1") { options.withSliceBytes(1) }
        refuses<IllegalArgumentException>("closeTimeout") {
            options.withCloseTimeout(Duration.ZERO)
        }
        refuses<IllegalArgumentException>("0") { ChunkOptions.defaults().withChunkBytes(0) }
        refuses<IllegalArgumentException>("-1") { ChunkOptions.defaults().withReadAhead(-1) }
        refuses<IllegalArgumentException>("-1") { ChunkOptions.defaults().withStartPosition(-1) }
        refuses<IllegalArgumentException>("0") { LineOptions.defaults().withLineBytesMax(0) }
        refuses<IllegalArgumentException>("-1") { LineOptions.defaults().withStartPosition(-1) }
        subject.withFile(subject.put(pattern(10)), "rb") { file ->
            refuses<IllegalArgumentException>("0") { file.chunkReader(0) }
        }
    }

    test("a refused write leaves the buffer and the file as they were") {
        val path = subject.put(pattern(10))
        subject.withFile(path, "rb+") { file ->
            val source = ByteBuffer.allocate(5)
            refuses<IllegalArgumentException> { file.writeAsync(source, -1) }
            refuses<IllegalStateException> { file.appendAsync(source) }
            source.position() shouldBe 0
        }
        subject.disk.bytes(path) shouldEqual pattern(10)
    }
}

/** A charset that neither decodes nor encodes. */
private object Unreadable : Charset("x-unreadable", emptyArray()) {
    override fun contains(other: Charset) = false

    override fun newDecoder(): CharsetDecoder = throw UnsupportedOperationException()

    override fun newEncoder(): CharsetEncoder = throw UnsupportedOperationException()

    override fun canEncode() = false
}
