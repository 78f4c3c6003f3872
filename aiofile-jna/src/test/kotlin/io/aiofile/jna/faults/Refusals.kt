package io.aiofile.jna.faults

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AlignedBuffers
import io.aiofile.AsyncFile
import io.aiofile.FileIoException
import io.aiofile.OpenMode
import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.contract.refuses
import io.aiofile.contract.remainingBytes
import io.aiofile.contract.shouldEqual
import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.SystemCall
import io.aiofile.jna.sys.noDirectReason
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.UncheckedIOException
import java.nio.file.Files
import java.nio.file.Path

/** Scenarios in which the kernel refuses what the library asks of it. */
internal fun openOn(backend: String): AioContext =
    AioContext.open(AioOptions.defaults().withBackend(backend))

/** A bit of everything, on a file of its own. */
internal fun worksIn(context: AioContext, directory: Path) {
    val path = directory.resolve("works-${context.backend()}")
    val unit = 64 shl 10
    val data = pattern(8 * unit)
    context.files().writeBytesAsync(path, data).got() shouldBe data.size
    context.openFileAsync(path, "rb+").got().use { file ->
        val reads = List(50) { file.readBytesAsync(it * 1000L, 5000) }
        reads.forEachIndexed { at, read ->
            read.got() shouldEqual data.copyOfRange(at * 1000, at * 1000 + 5000)
        }
        file.writeBytesAsync(data, 0).got()
        file.dataSyncAsync().got()
    }
    // Without JNA nobody can be asked whether O_DIRECT works here.
    if (context.backend() != "java" && noDirectReason(directory) == null) {
        context.openFileAsync(path, OpenMode.READ_WRITE.withDirect()).got().use { file ->
            val targets = List(8) { AlignedBuffers.allocate(unit, 4096) }
            targets
                .mapIndexed { at, target -> file.readFullyAsync(target, at.toLong() * unit) }
                .forEach { it.got() shouldBe unit }
            targets.forEachIndexed { at, target ->
                target.flip().remainingBytes() shouldEqual
                    data.copyOfRange(at * unit, (at + 1) * unit)
                file.writeAsync(target, at.toLong() * unit).got() shouldBe unit
            }
            file.syncAsync().got()
        }
    }
    Files.delete(path)
}

/** RLIMIT_NOFILE: opens are refused one by one, and everything that is open goes on. */
internal fun runOutOfDescriptors(directory: String) {
    val place = Path.of(directory)
    val path = Files.write(place.resolve("file"), pattern(1000))
    // What loads a class needs a descriptor, too, where classes are files of their own.
    for (backend in backends) openOn(backend).use { context ->
        worksIn(context, place)
        context.openFileAsync(place.resolve("none"), "rb").ended()
        runCatching { context.openFileAsync(place, "rb").fails<FileIoException>() }
    }
    AioContext.open(AioOptions.defaults()).use { it.describe() }
    for (backend in backends) {
        val before = descriptors()
        openOn(backend).use { context -> DescriptorLimit(context, path).run() }
        eventually("all descriptors are closed") { descriptors() == before }
    }
}

private fun descriptors() = Path.of("/proc/self/fd").toFile().list()!!.size

private class DescriptorLimit(private val context: AioContext, private val path: Path) {
    private val isNative = context.backend() != "java"
    private val files = ArrayList<AsyncFile>()

    fun run() {
        openUntilRefused()
        files.size shouldBeGreaterThan 20
        reads()
        // All at once: each is refused, and none is half open.
        val opens = List(50) { context.openFileAsync(path, "rb") }
        opens.forEach { isRefused(it) }
        context.metrics().openFiles() shouldBe files.size
        if (isNative) nextContextIsOnWhatThereIs()
        repeat(5) { files.removeLast().close() }
        // The JVM may have opened one for itself.
        openUntilRefused().size shouldBeGreaterThan 3
        reads()
        files.map { it.closeAsync() }.forEach { it.got() }
    }

    /** Twice in a row: the JVM has a file of its cgroup open for a moment now and then. */
    private fun openUntilRefused(): List<AsyncFile> {
        val opened = ArrayList<AsyncFile>()
        var refusals = 0
        while (refusals < 2) {
            val open = context.openFileAsync(path, "rb+")
            open.ended()
            if (open.isCompletedExceptionally) {
                isRefused(open)
                refusals++
                Thread.sleep(50)
            } else {
                opened += open.got()
                refusals = 0
            }
        }
        files += opened
        return opened
    }

    private fun isRefused(open: java.util.concurrent.CompletableFuture<*>) {
        val failure = open.fails<FileIoException>("open", "$path", "Too many open files")
        if (isNative) {
            failure.errnoName() shouldBe "EMFILE"
            failure.hint() shouldContain "ulimit -n"
        }
    }

    private fun reads() {
        val reads = files.map { it.readBytesAsync(10, 2000) }
        reads.forEach { it.got() shouldEqual pattern(1000).copyOfRange(10, 1000) }
    }

    /** One descriptor is left: too few for a queue of the kernel, and enough for posix. */
    private fun nextContextIsOnWhatThereIs() {
        refuses<UncheckedIOException>("libaio", "EMFILE") { openOn("libaio").close() }
        files.removeLast().close()
        AioContext.open(AioOptions.defaults()).use { next ->
            next.backend() shouldBe "posix"
            next.describe() shouldContain "passed over: libaio"
        }
        files += context.openFileAsync(path, "rb+").got()
    }
}

/** io_setup and io_uring_setup refused, as by a container's seccomp profile, or gVisor. */
internal fun refuseQueues(directory: String, errno: Int) {
    SystemCallFilter.refuse(errno, SystemCall.IO_SETUP, SystemCall.IO_URING_SETUP)
    AioContext.open(AioOptions.defaults()).use { context ->
        context.backend() shouldBe "posix"
        context.describe() shouldContain "passed over: libaio: io_setup"
        context.describe() shouldContain Errno.name(errno)
        context.describe() shouldContain "seccomp"
        worksIn(context, Path.of(directory))
    }
    refuses<UncheckedIOException>("libaio", "seccomp") { openOn("libaio") }
}

/** io_submit refused, of a context that is open: the workers do everything. */
internal fun refuseSubmissions(directory: String) {
    val context = openOn("libaio")
    worksIn(context, Path.of(directory))
    SystemCallFilter.refuse(Errno.EPERM, SystemCall.IO_SUBMIT)
    val before = context.metrics().kernelFallbacks()
    worksIn(context, Path.of(directory))
    context.metrics().kernelFallbacks() shouldBeGreaterThan before
    context.close()
}

/** JNA's stub can't be loaded, for its directory is mounted noexec: the backend without it. */
internal fun startWithoutStub(directory: String) {
    AioContext.open(AioOptions.defaults()).use { context ->
        context.backend() shouldBe "java"
        context.describe() shouldContain "passed over: libaio"
        context.describe() shouldContain
            "set -Djna.tmpdir to a directory that is not mounted noexec"
        worksIn(context, Path.of(directory))
    }
    refuses<UncheckedIOException>("posix", "noexec") { openOn("posix") }
}
