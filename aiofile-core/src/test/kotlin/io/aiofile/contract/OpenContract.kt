package io.aiofile.contract

import io.aiofile.OpenMode
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.FileAlreadyExistsException
import java.nio.file.FileSystemException
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.attribute.PosixFilePermissions

/** What each mode opens, creates, cuts and refuses. */
internal fun openContract(subject: Subject) = funSpec {
    test("r reads a file that exists, and creates none") {
        val missing = subject.disk.fresh("missing.txt")
        for (mode in listOf("r", "rb", "r+", "rb+")) {
            subject.context.openFileAsync(missing, mode).fails<NoSuchFileException>("missing.txt")
        }
        subject.disk.exists(missing) shouldBe false
        subject.withFile(subject.put(pattern(9)), "r") { file ->
            file.mode().readable() shouldBe true
            file.mode().writable() shouldBe false
            file.isOpen shouldBe true
            file.isSeekable shouldBe true
            file.context() shouldBe subject.context
            file.readAllBytesAsync().got() shouldEqual pattern(9)
        }
    }

    test("w creates, and cuts what exists; w+ also reads") {
        for (mode in listOf("w", "wb", "w+", "wb+")) {
            val path = subject.disk.fresh()
            subject.withFile(path, mode) { it.writeBytesAsync(pattern(3), 0).got() }
            subject.disk.bytes(path) shouldEqual pattern(3)
            subject.withFile(path, mode) { file ->
                file.sizeAsync().got() shouldBe 0
                if (file.mode().plus()) file.readAllBytesAsync().got().size shouldBe 0
            }
            subject.disk.size(path) shouldBe 0
        }
    }

    test("a creates, and keeps what exists; a+ also reads") {
        val path = subject.disk.fresh()
        subject.withFile(path, "a") { it.appendBytesAsync(pattern(3)).got() }
        subject.withFile(path, "a+") { file ->
            file.appendBytesAsync(pattern(4)).got()
            file.readAllBytesAsync().got() shouldEqual pattern(3) + pattern(4)
        }
        subject.disk.bytes(path) shouldEqual pattern(3) + pattern(4)
    }

    test("x creates, and leaves alone what exists") {
        val path = subject.disk.fresh("new.bin")
        subject.withFile(path, "x") { it.writeBytesAsync(pattern(3), 0).got() }
        for (mode in listOf("x", "xb+")) {
            subject.context.openFileAsync(path, mode).fails<FileAlreadyExistsException>("new.bin")
        }
        subject.disk.bytes(path) shouldEqual pattern(3)
    }

    test("of 32 opens of one path with x exactly one succeeds") {
        val path = subject.disk.fresh()
        val opens = List(32) { subject.context.openFileAsync(path, OpenMode.CREATE_NEW) }
        val opened = opens.mapNotNull { open ->
            runCatching { open.got() }
                .onFailure { (it is FileAlreadyExistsException) shouldBe true }
                .getOrNull()
        }
        opened.forEach { it.close() }
        opened.size shouldBe 1
    }

    test("r+ reads and writes in place") {
        val path = subject.put(pattern(100))
        subject.withFile(path, "r+") { file ->
            file.writeBytesAsync(ByteArray(10), 50).got()
            file.readBytesAsync(45, 10).got() shouldEqual
                pattern(100).copyOfRange(45, 50) + ByteArray(5)
            file.sizeAsync().got() shouldBe 100
        }
    }

    test("a directory is refused by every mode, by name") {
        val directory = subject.disk.fresh("some-directory")
        subject.disk.makeDirectory(directory)
        for (mode in listOf("r", "w", "a", "r+")) {
            withClue(mode) {
                subject.context
                    .openFileAsync(directory, mode)
                    .fails<FileSystemException>("some-directory", "irectory")
            }
        }
        val open = subject.context.openFileAsync(directory, "x")
        open.fails<FileAlreadyExistsException>("some-directory")
    }

    test("a missing directory is named") {
        val path = subject.disk.fresh("no").resolve("such").resolve("file.txt")
        for (mode in listOf("r", "w", "a", "x")) {
            subject.context.openFileAsync(path, mode).fails<NoSuchFileException>("file.txt")
        }
    }

    test("a symbolic link is followed, unless the mode says not") {
        val target = subject.put(pattern(10))
        val link = target.resolveSibling("link")
        subject.disk.link(link, target)
        subject.withFile(link, "r") { it.readAllBytesAsync().got() shouldEqual pattern(10) }
        subject.context
            .openFileAsync(link, OpenMode.READ.withoutFollowingLinks())
            .fails<FileSystemException>("link")
        subject.context.openFileAsync(target, OpenMode.READ.withoutFollowingLinks()).got().close()
        val dangling = target.resolveSibling("dangling")
        subject.disk.link(dangling, target.resolveSibling("nothing"))
        subject.context.openFileAsync(dangling, "r").fails<NoSuchFileException>("dangling")
        subject.context.openFileAsync(dangling, "x").fails<FileAlreadyExistsException>("dangling")
    }

    if (subject.disk.isReal) {
        test("a created file has the permissions asked for, less the umask") {
            val path = subject.disk.fresh()
            val mode = OpenMode.WRITE.withPermissions("rw-r-----")
            subject.context.openFileAsync(path, mode).got().close()
            PosixFilePermissions.toString(Files.getPosixFilePermissions(path)) shouldBe "rw-r-----"
            val own = subject.disk.fresh()
            subject.context.openFileAsync(own, "w").got().close()
            val plain = subject.disk.fresh().also { Files.createFile(it) }
            Files.getPosixFilePermissions(own) shouldBe Files.getPosixFilePermissions(plain)
        }
    }

    test("names outside ASCII, with spaces and line breaks, are names") {
        for (name in listOf("grüße 世界.txt", "a b\nc", "-", "%s", "🌍")) {
            val path = subject.disk.fresh(name)
            subject.withFile(path, "w") { it.writeStringAsync("x", 0).got() }
            subject.disk.exists(path) shouldBe true
            subject.withFile(path, "r") { it.path() shouldBe path }
        }
    }

    test("1,000 files are open at once, and each is its own") {
        val paths = (0 until 1000).map { subject.put(pattern(100, it), "file-$it") }
        val opens = paths.map { subject.context.openFileAsync(it, "rb+") }
        val files = opens.map { it.got() }
        try {
            subject.context.metrics().openFiles() shouldBe 1000
            val reads = files.map { it.readBytesAsync(0, 200) }
            reads.forEachIndexed { index, read -> read.got() shouldEqual pattern(100, index) }
            files.map { it.writeBytesAsync(pattern(7), 200) }.forEach { it.got() }
        } finally {
            files.map { it.closeAsync() }.forEach { it.got() }
        }
        subject.context.metrics().openFiles() shouldBe 0
        subject.disk.bytes(paths[999]).size shouldBe 207
    }

    test("an open that is cancelled leaves no file open") {
        repeat(200) {
            val path = subject.put(pattern(10))
            val open = subject.context.openFileAsync(path, "r")
            open.cancel(false)
            open.ended()
            if (!open.isCancelled) open.got().close()
        }
        eventually("every file closed") { subject.context.metrics().openFiles() == 0 }
    }

    test("errors say what was tried, and where") {
        val missing = subject.disk.fresh("missing.txt")
        val failure = subject.context.openFileAsync(missing, "r").fails<NoSuchFileException>()
        failure.file shouldContain "missing.txt"
    }
}
