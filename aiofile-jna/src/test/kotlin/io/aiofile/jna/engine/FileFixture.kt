package io.aiofile.jna.engine

import io.aiofile.jna.libaio.AioBinding
import io.aiofile.jna.libaio.LibaioQueue
import io.aiofile.jna.sys.LibC
import io.aiofile.jna.sys.libc as realLibC
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.spi.LaneMetrics
import io.kotest.matchers.collections.shouldBeEmpty
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.deleteRecursively

/** A backend and a directory of its own, and a look at what is left of them afterwards. */
class FileFixture(
    kernel: Boolean,
    val libc: LibC = realLibC,
    workers: Int = 4,
    inlineReadBytes: Int = 128 shl 10,
    inlineWriteBytes: Int = 16 shl 10,
) {
    val metrics = LaneMetrics()
    val directory: Path = Files.createTempDirectory("engine")
    val backend: NativeBackend =
        NativeBackend.start(
            if (kernel) "libaio" else "posix",
            libc,
            if (kernel) LibaioQueue.open(realLibC, AioBinding.bindFirst(realLibC), 64) else null,
            config(
                workers = workers,
                inlineReadBytes = inlineReadBytes,
                inlineWriteBytes = inlineWriteBytes,
                metrics = metrics,
            ),
        )

    fun path(name: String = "file"): Path = directory.resolve(name)

    fun put(bytes: ByteArray, name: String = "file"): Path = Files.write(path(name), bytes)

    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    fun close() {
        backend.close()
        directory.deleteRecursively()
    }
}

fun withBackend(
    kernel: Boolean = false,
    libc: LibC = realLibC,
    workers: Int = 4,
    inlineReadBytes: Int = 128 shl 10,
    inlineWriteBytes: Int = 16 shl 10,
    body: FileFixture.() -> Unit,
) {
    val before = openDescriptors()
    val said = Logs.during {
        val fixture = FileFixture(kernel, libc, workers, inlineReadBytes, inlineWriteBytes)
        try {
            fixture.body()
        } finally {
            fixture.close()
        }
    }
    said.shouldBeEmpty()
    threadsNamed("aiofile-test").shouldBeEmpty()
    descriptorsSince(before).shouldBeEmpty()
}

/** The C library with some calls answered by the test. */
open class LibCSpy(private val real: LibC = realLibC) : LibC by real

fun content(length: Int): ByteArray = ByteArray(length) { (it * 31 + it / 251).toByte() }
