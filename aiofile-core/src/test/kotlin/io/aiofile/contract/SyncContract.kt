package io.aiofile.contract

import io.aiofile.AioOptions
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe

/** Syncs cover every write submitted before them on the file, awaited or not. */
internal fun syncContract(subject: Subject) = funSpec {
    for (full in listOf(true, false)) {
        val name = if (full) "syncAsync" else "dataSyncAsync"

        test("$name is over only when every write before it is") {
            subject.withContext(AioOptions.defaults().withInlineWriteBytes(0)) { context ->
                repeat(20) { round ->
                    val path = subject.disk.fresh()
                    subject.withFile(path, "wb", context) { file ->
                        val writes =
                            List(40) { file.writeBytesAsync(pattern(3000, round), it * 3000L) }
                        (if (full) file.syncAsync() else file.dataSyncAsync()).got()
                        // Not by way of the writes' futures, whose hop may still be under way.
                        subject.disk.size(path) shouldBe 120_000
                        val whole =
                            List(40) { pattern(3000, round).asList() }.flatten().toByteArray()
                        subject.disk.bytes(path) shouldEqual whole
                        subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
                        writes.forEach { it.got() shouldBe 3000 }
                    }
                }
            }
        }

        test("$name covers writes through a duplicate, and appends, truncates and allocations") {
            val path = subject.put(pattern(10))
            subject.withFile(path, "ab") { file ->
                file.duplicate().use { twin ->
                    twin.appendBytesAsync(pattern(50_000))
                    file.appendBytesAsync(pattern(50_000))
                    file.allocateAsync(0, 10)
                    (if (full) file.syncAsync() else file.dataSyncAsync()).got()
                    // Not their bytes: appends that the kernel cuts short may be interleaved.
                    subject.disk.size(path) shouldBe 100_010
                    subject.disk.unsyncedWrites(path)?.let { it shouldBe 0 }
                }
            }
        }

        test("$name of a file that was not written, or is only read, has nothing to do") {
            val path = subject.put(pattern(10))
            for (mode in listOf("rb", "rb+", "ab")) {
                subject.withFile(path, mode) { file ->
                    List(5) { if (full) file.syncAsync() else file.dataSyncAsync() }
                        .forEach { it.got() }
                }
            }
            subject.disk.bytes(path) shouldEqual pattern(10)
        }
    }

    test("writes and syncs in turns keep going, at every number of requests at once") {
        for (maxRequests in listOf(1, 2, 7)) {
            subject.withContext(AioOptions.defaults().withMaxRequests(maxRequests)) { context ->
                val path = subject.disk.fresh()
                subject.withFile(path, "wb", context) { file ->
                    val all =
                        (0 until 200).flatMap {
                            val write = file.writeBytesAsync(pattern(1000, it), it * 1000L)
                            if (it % 5 == 0) listOf(write, file.dataSyncAsync()) else listOf(write)
                        }
                    file.syncAsync().got()
                    all.forEach { it.got() }
                }
                subject.disk.size(path) shouldBe 200_000
            }
        }
    }

    test("cancelled syncs hold up neither writes nor other syncs") {
        subject.withContext(AioOptions.defaults().withMaxRequests(1)) { context ->
            subject.withFile(subject.disk.fresh(), "wb", context) { file ->
                val all =
                    (0 until 100).flatMap {
                        val write = file.writeBytesAsync(pattern(20_000), it * 20_000L)
                        val sync = file.dataSyncAsync()
                        if (it % 3 > 0) sync.cancel(false)
                        if (it % 7 == 0) write.cancel(false)
                        listOf(write, sync)
                    }
                file.syncAsync().got()
                all.forEach { it.ended() }
            }
        }
    }
}
