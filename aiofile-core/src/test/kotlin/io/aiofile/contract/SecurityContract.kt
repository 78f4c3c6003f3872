package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.EOFException
import java.nio.ByteBuffer
import java.nio.file.FileSystemException
import java.nio.file.NoSuchFileException

/** A byte that only secrets are made of. */
private const val CANARY = 0xC7.toByte()

/** A byte that a target holds before it is read into. */
private const val UNTOUCHED = 0x55.toByte()

/** What one operation has moved is no business of another. */
internal fun securityContract(subject: Subject) = funSpec {
    val small = ByteArray(1000) { (it % 80 + 1).toByte() }

    // So little that every buffer of the pool has held a secret before.
    val little = AioOptions.defaults().withPooledBytes(256 shl 10)

    for (inlineBytes in listOf(0, little.inlineReadBytes())) {
        val options = little.withInlineReadBytes(inlineBytes).withInlineWriteBytes(inlineBytes)
        val how = if (inlineBytes == 0) "never inline" else "inline where possible"

        test("pooled memory gives away what was read into it, and nothing older ($how)") {
            subject.withContext(options) { context ->
                val path = subject.put(small, "small")
                repeat(3) {
                    leaveSecrets(subject, context)
                    subject.withFile(path, "rb", context) { readsOnly(it, small) }
                    leaveSecrets(subject, context)
                    if (whyNotDirect(subject) == null) {
                        val direct = OpenMode.READ.withDirect()
                        context.openFileAsync(path, direct).got().use { readsOnly(it, small) }
                    }
                }
            }
        }

        test("pooled memory writes what was asked for, and nothing older ($how)") {
            subject.withContext(options) { context ->
                leaveSecrets(subject, context)
                val path = subject.disk.fresh()
                subject.withFile(path, "wb", context) { file ->
                    file.writeAsync(ByteBuffer.wrap(small, 10, 20), 5).got() shouldBe 20
                    file.writeStringAsync("text", 100).got()
                    file.truncateAsync(3000).got()
                    file.allocateAsync(0, 70_000).got()
                }
                val expected = ByteArray(70_000)
                small.copyInto(expected, 5, 10, 30)
                "text".toByteArray().copyInto(expected, 100)
                subject.disk.bytes(path) shouldEqual expected
            }
        }
    }

    test("a read that is given up has changed no more than its position says") {
        subject.withContext(little) { context ->
            val path = subject.put(ByteArray(500_000) { CANARY })
            subject.withFile(path, "rb", context) { file ->
                repeat(100) { round ->
                    val target = if (round % 2 == 0) heap(300_000) else untouched(300_000)
                    val read = file.readFullyAsync(target, 0)
                    read.cancel(false)
                    read.ended()
                    isUntouchedFrom(target.position(), target)
                }
            }
        }
    }

    test("errors name their own file, and no other") {
        val names = List(20) { "missing-$it-" }
        val opens = names.map { subject.context.openFileAsync(subject.disk.fresh(it), "rb") }
        for ((name, open) in names.zip(opens)) {
            val failure = open.fails<NoSuchFileException>()
            "$failure" shouldContain name
            (names - name).forEach { "$failure" shouldNotContain it }
        }
    }

    test("a symbolic link that is not to be followed is not written through") {
        val target = subject.put(pattern(10))
        val link = target.resolveSibling("link")
        val dangling = target.resolveSibling("dangling")
        subject.disk.link(link, target)
        subject.disk.link(dangling, target.resolveSibling("nothing"))
        for (mode in listOf("wb", "ab", "rb+", "wb+")) {
            val refused = OpenMode.parse(mode).withoutFollowingLinks()
            withClue(mode) {
                subject.context.openFileAsync(link, refused).fails<FileSystemException>("link")
                subject.context.openFileAsync(dangling, refused).fails<FileSystemException>()
            }
        }
        subject.disk.bytes(target) shouldEqual pattern(10)
        subject.disk.exists(target.resolveSibling("nothing")) shouldBe false
    }
}

private fun untouched(length: Int): ByteBuffer =
    ByteBuffer.allocateDirect(length).also { buffer ->
        for (at in 0 until length) buffer.put(at, UNTOUCHED)
    }

private fun heap(length: Int): ByteBuffer =
    ByteBuffer.wrap(ByteArray(length).also { it.fill(UNTOUCHED) })

private fun isUntouchedFrom(start: Int, buffer: ByteBuffer) {
    val rest = buffer.duplicate().clear().position(start).remainingBytes()
    rest.all { it == UNTOUCHED } shouldBe true
}

/** Reads and writes secrets until the pool has seen nothing else. */
private fun leaveSecrets(subject: Subject, context: AioContext) {
    val secret = ByteArray(200_000) { CANARY }
    val path = subject.put(secret, "secret")
    subject.withFile(path, "rb+", context) { file ->
        List(8) { file.readBytesAsync(0, secret.size) }.forEach { it.got() shouldEqual secret }
        List(8) { file.writeBytesAsync(secret, 0) }.forEach { it.got() }
        file.chunkReader(64 shl 10).use { while (it.readChunkAsync().got() != null) continue }
    }
}

/** Reads a file in every way that asks for more than there is. */
private fun readsOnly(file: AsyncFile, content: ByteArray) {
    val more = 150_000
    file.readBytesAsync(0, more).got() shouldEqual content
    file.readBytesAsync(990, more).got() shouldEqual content.copyOfRange(990, 1000)
    file.readBytesAsync(1000, more).got().size shouldBe 0
    file.readAllBytesAsync().got() shouldEqual content
    file.readStringAsync().got() shouldBe String(content)
    for (target in listOf(untouched(more), heap(more))) {
        while (file.readAsync(target, target.position().toLong()).got() > 0) continue
        target.position() shouldBe content.size
        target.duplicate().flip().remainingBytes() shouldEqual content
        isUntouchedFrom(content.size, target)
    }
    val exact = heap(more)
    file.readFullyAsync(exact, 10).fails<EOFException>()
    exact.position() shouldBe 990
    isUntouchedFrom(990, exact)
    file.chunkReader(700).use { chunks ->
        chunks.readChunkAsync().got()!! shouldEqual content.copyOf(700)
        chunks.readChunkAsync().got()!! shouldEqual content.copyOfRange(700, 1000)
        chunks.readChunkAsync().got() shouldBe null
    }
    file.lineReader().use { lines ->
        val line = lines.readLineAsync().got()!!
        line shouldBe String(content).substringBefore('\n').removeSuffix("\r")
    }
}
