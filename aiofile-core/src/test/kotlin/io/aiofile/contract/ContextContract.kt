package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.channels.ClosedChannelException
import java.nio.file.Path
import java.util.concurrent.CompletableFuture

/** Contexts: what they say, how they close, and what becomes of what was dropped. */
internal fun contextContract(subject: Subject) = funSpec {
    test("a context names its backend and says what there is") {
        subject.context.backend() shouldBe subject.backend
        subject.context.describe() shouldContain subject.backend
        subject.context.describe() shouldContain "available"
        subject.context.options().maxRequests() shouldBe AioOptions.defaults().maxRequests()
    }

    test("closing a context closes its files, drained and synced") {
        val context = subject.open()
        val paths = List(10) { subject.disk.fresh("file-$it") }
        val files = paths.map { context.openFileAsync(it, "wb").got() }
        val writes = files.flatMapIndexed { index, file ->
            List(20) { file.writeBytesAsync(pattern(2000, index), it * 2000L) }
        }
        context.closeAsync().got()
        writes.forEach { it.got() shouldBe 2000 }
        files.none { it.isOpen } shouldBe true
        paths.forEachIndexed { index, path ->
            val block = pattern(2000, index).asList()
            subject.disk.bytes(path) shouldEqual List(20) { block }.flatten().toByteArray()
            subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
        }
        context.metrics().openFiles() shouldBe 0
        files.forEach { it.sizeAsync().fails<ClosedChannelException>() }
    }

    test("closing a context twice, and opening files on a closed one") {
        val context = subject.open()
        val path = subject.put(pattern(10))
        val first = context.closeAsync()
        context.close()
        first.got()
        context.closeAsync().got()
        context.openFileAsync(path, "rb").fails<ClosedChannelException>()
        context.openBinaryAsync(path, "rb").fails<ClosedChannelException>()
        context.openTextAsync(path, "r").fails<ClosedChannelException>()
        context.files().readBytesAsync(path).fails<ClosedChannelException>()
    }

    test("opens and a close at once: every file is closed, every future ends") {
        repeat(20) {
            val context = subject.open()
            val path = subject.put(pattern(10))
            val opens = List(30) { context.openFileAsync(path, "rb") }
            context.closeAsync().got()
            opens.forEach { open ->
                runCatching { open.got() }
                    .onSuccess { it.isOpen shouldBe false }
                    .onFailure { (it is ClosedChannelException) shouldBe true }
            }
            context.metrics().openFiles() shouldBe 0
        }
    }

    test("an interrupted thread's close of a context finishes, and restores the flag") {
        val context = subject.open()
        val file = context.openFileAsync(subject.disk.fresh(), "wb").got()
        val writes = List(20) { file.writeBytesAsync(pattern(50_000), it * 50_000L) }
        Thread.currentThread().interrupt()
        try {
            context.close()
        } finally {
            Thread.interrupted() shouldBe true
        }
        writes.forEach { it.got() }
    }

    test("close of a context on its own completion thread does not wait for itself") {
        val context = subject.open(AioOptions.defaults().withCompletionExecutor(Runnable::run))
        val file = context.openFileAsync(subject.disk.fresh(), "wb").got()
        val closed = CompletableFuture<Void>()
        file.writeBytesAsync(pattern(500_000), 0).whenComplete { _, _ ->
            context.close()
            context.closeAsync().whenComplete { _, _ -> closed.complete(null) }
        }
        closed.got()
        file.isOpen shouldBe false
    }

    test("two contexts share nothing") {
        subject.withContext(AioOptions.defaults().withMaxRequests(1)) { first ->
            subject.withContext(AioOptions.defaults().withMaxRequests(300)) { second ->
                subject.withFile(subject.put(pattern(100_000)), "rb", first) { one ->
                    subject.withFile(subject.put(pattern(100_000)), "rb", second) { two ->
                        val reads =
                            List(200) {
                                (if (it % 2 == 0) one else two).readBytesAsync(it * 100L, 500)
                            }
                        reads.forEach { it.got().size shouldBe 500 }
                        second.metrics().openFiles() shouldBe 1
                    }
                }
            }
        }
    }

    test("a dropped file is closed, and reported with the place that opened it") {
        subject.withContext(AioOptions.defaults().withOpenSites()) { context ->
            LogCapture().use { log ->
                val path = subject.put(pattern(10), "dropped.bin")
                openAndDrop(context, path)
                eventually("the file is closed") {
                    System.gc()
                    context.metrics().openFiles() == 0 && log.count("dropped.bin") > 0
                }
                val report = log.messages("dropped.bin").single()
                log.text(report) shouldContain "without close"
                report.thrown.stackTrace.size.shouldBeGreaterThanOrEqual(1)
            }
        }
    }

    test("a file that is used is not dropped, however long the collector looks") {
        subject.withContext { context ->
            val path = subject.put(pattern(500_000))
            repeat(5) {
                // Nobody but the operations hold the file.
                val reads = List(20) { startRead(context, path) }
                System.gc()
                reads.forEach { it.got() shouldEqual pattern(500_000) }
            }
            eventually("every file is closed") { context.metrics().openFiles() == 0 }
        }
    }

    test("a dropped context is closed, and reported with the place that opened it") {
        LogCapture().use { log ->
            openAndDropContext(subject)
            eventually("it is reported") {
                System.gc()
                log.count("context was dropped") > 0
            }
            val report = log.messages("context was dropped").single()
            report.thrown.stackTrace.any { it.methodName == "openAndDropContext" } shouldBe true
        }
    }

    test("the shared context is one, and refuses to be closed") {
        val shared = LeakCheck.watchForLong(AioContext.shared())
        (AioContext.shared() === shared) shouldBe true
        refuses<IllegalStateException>("shared") { shared.close() }
        refuses<IllegalStateException>("shared") { shared.closeAsync() }
        val path = subject.realDisk.put(subject.realDisk.fresh(), pattern(10))
        AsyncFile.openAsync(path, "rb").got().use { file ->
            file.context() shouldBe shared
            file.readAllBytesAsync().got() shouldEqual pattern(10)
        }
    }

    test("a backend that there is not is refused, with those that there are") {
        refuses<IllegalArgumentException>("no-such-backend", "java") {
            AioContext.open(AioOptions.defaults().withBackend("no-such-backend"))
        }
    }
}

private fun openAndDrop(context: AioContext, path: Path) {
    context.openFileAsync(path, "rb").got().readBytesAsync(0, 5).got().size shouldBe 5
}

private fun startRead(context: AioContext, path: Path): CompletableFuture<ByteArray> =
    context.openFileAsync(path, "rb").thenCompose { file ->
        file.readAllBytesAsync().whenComplete { _, _ -> file.closeAsync() }
    }

private fun openAndDropContext(subject: Subject) {
    val context = subject.openUnwatched(AioOptions.defaults().withOpenSites())
    context.openFileAsync(subject.put(pattern(10)), "rb").got().readBytesAsync(0, 5).got()
}
