package io.aiofile.samples.cli

import io.aiofile.samples.asFifo
import io.aiofile.samples.directory
import io.aiofile.samples.eventually
import io.aiofile.samples.hasProc
import io.aiofile.samples.randomBytes
import io.aiofile.samples.withBytes
import io.aiofile.samples.withText
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import kotlin.concurrent.thread

class AioTest :
    StringSpec({
        val directory = directory()
        val source = directory.resolve("source").withBytes(randomBytes(3_000_000))

        "each command has help" {
            for (command in COMMANDS) {
                aio(command, "--help").run {
                    exitCode shouldBe 0
                    out shouldStartWith "Usage: aio $command"
                    out shouldContain "--backend"
                    err shouldBe ""
                }
            }
            COMMANDS.forEach { aio("--help").out shouldContain " $it " }
        }

        "wrong arguments are told on two lines, and exit with 2" {
            for (wrong in
                listOf(listOf(), listOf("mv"), listOf("cp", "x"), listOf("cat", "--what"))) {
                aio(*wrong.toTypedArray()).run {
                    exitCode shouldBe 2
                    err.lines().size shouldBe 3
                    err shouldContain "--help"
                }
            }
        }

        "errors are told on one line, and exit with 1" {
            val missing = directory.resolve("missing")
            val bad = directory.resolve("bad").withBytes(byteArrayOf(0x61, 0xff.toByte()))
            val csv = directory.resolve("csv").withText("a,b\n1\n")
            val errors =
                mapOf(
                    listOf("cat", "$missing") to "aio: $missing: no such file or directory",
                    listOf("lines", "$missing") to "aio: $missing: no such file or directory",
                    listOf("hash", "$missing") to "aio: $missing: no such file or directory",
                    listOf("csv", "$missing") to "aio: $missing: no such file or directory",
                    listOf("download", "$missing", "x") to
                        "aio: $missing: no such file or directory",
                    listOf("cp", "$missing", "x") to "aio: $missing: no such file or directory",
                    listOf("cat", "$directory") to "$directory",
                    listOf("cp", "$directory", "x") to "aio: $directory is a directory",
                    listOf("cp", "$source", "$missing/x") to
                        "aio: $missing: no such file or directory",
                    listOf("cp", "$source", "$source") to "are the same file",
                    listOf("lines", "$bad") to "$bad at 1",
                    listOf("csv", "$csv") to "aio: line 2: 1 fields, where the header has 2",
                    listOf("hash", "-a", "CRC-0", "$source") to "CRC-0",
                    listOf("download", "ftp://host/file", "x") to "no such file or directory",
                    listOf("download", "http://a b/", "x") to "aio: ",
                    listOf("backends", "--backend", "none") to "aio: unknown backend \"none\"",
                )
            for ((arguments, message) in errors) {
                withClue(arguments) {
                    aio(*arguments.toTypedArray()).run {
                        exitCode shouldBe 1
                        err shouldContain message
                        err shouldNotContain "\tat "
                        err.lines().size shouldBe 2
                        out shouldBe ""
                    }
                }
            }
            aio("-v", "cat", "$missing").err shouldContain "\tat "
            Files.exists(Path.of("x")) shouldBe false
        }

        "a name plays no tricks on the terminal" {
            aio("cat", "$directory/a\nb\u001B[2J").err shouldContain "a; b\\x1b[2J"
        }

        "cat" {
            val other = directory.resolve("other").withText("Grüße\n")
            aio("cat", "$other", "$other").out shouldBe "Grüße\nGrüße\n"
            aio("cat", "$source").bytes shouldBe Files.readAllBytes(source)
        }

        "cat of a file of /proc (where there is /proc)"
            .config(enabled = hasProc) {
                val path = Path.of("/proc/filesystems")
                aio("cat", "$path").out shouldBe Files.readString(path)
            }

        "lines" {
            val text =
                directory.resolve("text").withBytes("Ä\r\nb\n\nc".toByteArray(Charsets.UTF_16))
            aio("lines", "--charset", "UTF-16", "$text").out shouldBe "Ä\nb\n\nc\n"
            aio("lines", "-n", "--charset", "UTF-16", "$text").out.lines()[3] shouldBe "     4  c"
            val bad = directory.resolve("bad").withBytes(byteArrayOf(0x61, 0xff.toByte()))
            aio("lines", "--replace", "$bad").out shouldBe "a\uFFFD\n"
        }

        "hash" {
            val empty = directory.resolve("empty").withText("")
            aio("hash", "$empty").out.lines().first() shouldBe
                "MD5 ($empty) = d41d8cd98f00b204e9800998ecf8427e"
            aio("hash", "-a", "SHA-1,SHA-256", "$empty").out.lines().size shouldBe 3
        }

        "hash of a FIFO: the bytes are not shared out (where there are FIFOs)" {
            val fifo = directory.resolve("fifo-to-hash").asFifo()
            if (fifo != null) {
                thread { Files.newOutputStream(fifo).use { Files.copy(source, it) } }
                val digests = aio("hash", "$fifo").out.replace("$fifo", "$source")
                digests shouldBe aio("hash", "$source").out
            }
        }

        "csv" {
            val csv = directory.resolve("csv").withText("a,\"b \"\"c\"\"\"\n1,\"x\n\ty\\\"\n")
            aio("csv", "$csv").out shouldBe """{"a": "1", "b \"c\"": "x\n\ty\\"}""" + "\n"
        }

        "download of a file that it serves itself" {
            val target = directory.resolve("download")
            aio("download", "$source", "$target").exitCode shouldBe 0
            Files.mismatch(source, target) shouldBe -1
        }

        "backends" {
            aio("backends").out shouldContain "java"
            aio("backends", "--backend", "java").out shouldStartWith "java:"
        }

        for (progress in listOf("--progress", "--no-progress")) {
            for (sync in listOf("--sync", "--no-sync")) {
                "cp $progress $sync" {
                    val target = directory.resolve("copy$progress$sync")
                    aio("cp", progress, sync, "--backend", "java", "$source", "$target").run {
                        exitCode shouldBe 0
                        err shouldContain "2.9 MiB in "
                        err.endsWith(
                            if (sync == "--sync") "(java, synced)\n" else "(java)\n"
                        ) shouldBe true
                        ("100%" in err) shouldBe (progress == "--progress")
                    }
                    Files.mismatch(source, target) shouldBe -1
                }
            }
        }

        "cp into a directory, over a file, and through a link to it" {
            val into = Files.createDirectory(directory.resolve("into"))
            aio("cp", "-q", "$source", "$into").run {
                exitCode shouldBe 0
                err shouldBe ""
            }
            val target = into.resolve("source")
            Files.mismatch(source, target) shouldBe -1

            val short = directory.resolve("short").withText("short")
            val link = Files.createSymbolicLink(directory.resolve("link"), target)
            aio("cp", "$short", "$link").exitCode shouldBe 0
            Files.readString(target) shouldBe "short"
            Files.isSymbolicLink(link) shouldBe true
            partsIn(into).shouldBeEmpty()
        }

        "cp keeps the permissions of what is there, else takes those of the source" {
            val secret = directory.resolve("secret").withText("s")
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"))
            val target = directory.resolve("secret-copy")
            aio("cp", "$secret", "$target").exitCode shouldBe 0
            PosixFilePermissions.toString(Files.getPosixFilePermissions(target)) shouldBe
                "rw-------"
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxrwxrwx"))
            aio("cp", "$secret", "$target").exitCode shouldBe 0
            PosixFilePermissions.toString(Files.getPosixFilePermissions(target)) shouldBe
                "rwxrwxrwx"
        }

        "a cp that fails leaves the target as it was, and nothing beside it" {
            val place = Files.createDirectory(directory.resolve("place"))
            val target = place.resolve("target").withText("as it was")
            aio("cp", "${directory.resolve("missing")}", "$target").exitCode shouldBe 1
            Files.readString(target) shouldBe "as it was"
            partsIn(place).shouldBeEmpty()
            val dangling = Files.createSymbolicLink(place.resolve("dangling"), Path.of("nowhere"))
            aio("cp", "$source", "$dangling").err shouldContain "is a symbolic link to nothing"
        }

        "cp from a FIFO and into one (where there are FIFOs)" {
            val fifo = directory.resolve("fifo").asFifo()
            if (fifo != null) {
                val target = directory.resolve("from-fifo")
                thread { Files.newOutputStream(fifo).use { Files.copy(source, it) } }
                aio("cp", "$fifo", "$target").exitCode shouldBe 0
                Files.mismatch(source, target) shouldBe -1

                val read = ByteArrayOutputStream()
                val reader = thread { Files.newInputStream(fifo).use { it.transferTo(read) } }
                aio("cp", "$source", "$fifo").exitCode shouldBe 0
                reader.join()
                read.toByteArray() shouldBe Files.readAllBytes(source)
            }
        }

        "the tour is complete and leaves nothing behind" {
            val place = Files.createDirectory(directory.resolve("demo"))
            aio("demo", "--dir", "$place").run {
                withClue(err) { exitCode shouldBe 0 }
                out shouldContain "words of 12 files"
                out.lines().last { it.isNotEmpty() } shouldStartWith "All in "
            }
            Files.list(place).use { it.toList() }.shouldBeEmpty()
        }

        "all of them are closed: no file stays open"
            .config(enabled = hasProc) {
                // A file that is open in this process would have the directory in its path.
                eventually {
                    Files.list(Path.of("/proc/self/fd")).use { all ->
                        all.noneMatch { fd ->
                            runCatching { Files.readSymbolicLink(fd).startsWith(directory) }
                                .getOrDefault(false)
                        }
                    }
                }
            }
    })

private val COMMANDS = listOf("cat", "cp", "lines", "hash", "csv", "download", "backends", "demo")

private class Ran(val exitCode: Int, val bytes: ByteArray, val err: String) {
    val out = bytes.decodeToString()
}

private fun aio(vararg arguments: String): Ran {
    val out = ByteArrayOutputStream()
    val err = ByteArrayOutputStream()
    val exitCode = Aio(out, PrintStream(err, true, Charsets.UTF_8)).run(*arguments)
    return Ran(exitCode, out.toByteArray(), err.toString(Charsets.UTF_8))
}

private fun partsIn(directory: Path): List<Path> =
    Files.list(directory).use { all -> all.filter { "$it".endsWith(".part") }.toList() }
