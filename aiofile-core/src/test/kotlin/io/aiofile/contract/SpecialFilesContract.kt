package io.aiofile.contract

import io.aiofile.FileIoException
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.UUID

/** Files of Linux that are no plain files: they need no other context and no other call. */
internal fun specialFilesContract(subject: Subject) = funSpec {
    val reason =
        when {
            !subject.disk.isReal -> "the ${subject.backend} backend has a disk of its own"
            !onLinux -> "this is ${System.getProperty("os.name")}, not Linux"
            else -> null
        }
    if (reason != null) {
        test("special files are not tested: $reason") {}
        return@funSpec
    }

    test("/proc files are read to their end, though they say that they are empty") {
        val expected = Files.readString(Path.of("/proc/version"))
        subject.withFile(Path.of("/proc/version"), "r") { file ->
            file.sizeAsync().got() shouldBe 0
            file.readStringAsync().got() shouldBe expected
            String(file.readBytesAsync(6, 100_000).got()) shouldBe expected.substring(6)
            file.readBytesAsync(100_000, 10).got().size shouldBe 0
            file.lineReader().use { it.readLineAsync().got() shouldBe expected.trim() }
        }
        subject.withFile(Path.of("/proc/cpuinfo"), "r") { file ->
            file.readStringAsync().got() shouldContain "processor"
        }
        subject.context.openTextAsync(Path.of("/proc/self/status"), "r").got().use { text ->
            text.readLineAsync().got().orEmpty() shouldContain "Name:"
            text.readAllAsync().got() shouldContain "VmRSS"
        }
    }

    test("a long /proc file is read whole, in as many calls as it takes") {
        // Of several pages, and stable for most of the time: the symbols of the kernel, or the
        // mounts where those are hidden.
        val path =
            listOf("/proc/kallsyms", "/proc/mounts")
                .map { Path.of(it) }
                .first { Files.isReadable(it) }
        subject.withFile(path, "r") { file ->
            eventually("nothing changes it meanwhile") {
                val before = Files.readString(path)
                val got = file.readStringAsync().got()
                (before == Files.readString(path)).also { if (it) got shouldBe before }
            }
        }
    }

    test("/sys files are read") {
        val path = Path.of("/sys/devices/system/cpu/online")
        subject.withFile(path, "r") { file ->
            file.readStringAsync().got() shouldBe Files.readString(path)
        }
    }

    test("a /proc file is copied line by line into a plain one") {
        val target = subject.disk.fresh()
        subject.context.openTextAsync(Path.of("/proc/filesystems"), "r").got().use { source ->
            subject.context.openTextAsync(target, "w").got().use { copy ->
                while (true) {
                    val line = source.readLineAsync().got() ?: break
                    copy.writeAsync("$line\n").got()
                }
            }
        }
        String(subject.disk.bytes(target)) shouldBe Files.readString(Path.of("/proc/filesystems"))
    }

    test("/dev/zero brings as many zeros as there is room") {
        subject.context.openBinaryAsync(Path.of("/dev/zero"), "rb").got().use { file ->
            var left = 200_000
            while (left > 0) {
                val bytes = file.readAsync(left).got()
                bytes.all { it == 0.toByte() } shouldBe true
                left -= bytes.size
            }
            val target = ByteBuffer.allocateDirect(100_000)
            repeat(100_000) { target.put(7) }
            if (file.file().isSeekable) {
                file.file().readFullyAsync(target.clear(), 0).got() shouldBe 100_000
                target.flip().remainingBytes() shouldEqual ByteArray(100_000)
            }
        }
    }

    test("/dev/full says ENOSPC, and that nothing was written") {
        subject.context.openBinaryAsync(Path.of("/dev/full"), "wb").got().use { file ->
            val source = ByteBuffer.wrap(pattern(5000))
            val failure = file.writeAsync(source).fails<FileIoException>("write", "/dev/full")
            failure.transferred() shouldBe 0
            failure.operation() shouldBe "write"
            listOf("ENOSPC", null) shouldContain failure.errnoName()
            source.position() shouldBe 0
        }
    }

    test("every other way of writing to /dev/full says so, too") {
        val full = Path.of("/dev/full")
        val files = subject.context.files()
        val source = subject.put(pattern(100_000))
        val writes =
            listOf(
                files.writeBytesAsync(full, pattern(100_000)),
                files.writeStringAsync(full, "text"),
                files.appendStringAsync(full, "text"),
                files.copyAsync(source, full),
            )
        writes.forEach { it.fails<FileIoException>("/dev/full", "No space left on device") }
        subject.context.openTextAsync(full, "w").got().use { text ->
            text.writeAsync("text").fails<FileIoException>("/dev/full", "No space left on device")
        }
        subject.context.metrics().openFiles() shouldBe 0
    }

    test("/dev/null takes everything, gives nothing, and is closed like any file") {
        subject.context.openBinaryAsync(Path.of("/dev/null"), "wb").got().use { file ->
            file.writeAsync(pattern(100_000)).got() shouldBe 100_000
        }
        subject.context.openBinaryAsync(Path.of("/dev/null"), "rb").got().use { file ->
            file.readAsync(10).got().size shouldBe 0
            file.readAllAsync().got().size shouldBe 0
        }
    }

    test("files on tmpfs are files") {
        val path = Path.of("/dev/shm/aiofile-${UUID.randomUUID()}")
        try {
            subject.withFile(path, "xb+") { file ->
                val data = pattern(3_000_000)
                file.writeBytesAsync(data, 10).got() shouldBe data.size
                file.syncAsync().got()
                file.readAllBytesAsync().got() shouldEqual ByteArray(10) + data
                val reads = List(200) { file.readBytesAsync(it * 1000L, 3000) }
                reads.forEach { it.got().size shouldBe 3000 }
                file.allocateAsync(0, 4_000_000).got()
                file.truncateAsync(17).got()
                file.sizeAsync().got() shouldBe 17
            }
        } finally {
            Files.deleteIfExists(path)
        }
    }
}
