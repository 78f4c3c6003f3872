package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.BinaryFile
import io.aiofile.ChunkOptions
import io.aiofile.DirectChunkReader
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.channels.AsynchronousCloseException
import java.nio.channels.ClosedChannelException
import java.util.SplittableRandom
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeoutException

/** FIFOs: sequential calls only, which wait for the other end without holding anything up. */
internal fun fifoContract(subject: Subject) = funSpec {
    fun <T> withFifo(
        mode: String,
        on: AioContext = subject.context,
        body: (BinaryFile, Fifo) -> T,
    ): T {
        val path = subject.disk.fresh("pipe")
        return subject.disk.fifo(path).use { fifo ->
            on.openBinaryAsync(path, mode).got().use { body(it, fifo) }
        }
    }

    test("positional calls are refused, and name BinaryFile") {
        withFifo("rb+") { binary, _ ->
            val file = binary.file()
            file.isSeekable shouldBe false
            refuses<IllegalStateException>("BinaryFile") {
                file.readAsync(ByteBuffer.allocate(1), 0)
            }
            refuses<IllegalStateException>("BinaryFile") { file.readBytesAsync(0, 1) }
            refuses<IllegalStateException>("BinaryFile") { file.writeBytesAsync(ByteArray(1), 0) }
            refuses<IllegalStateException> { binary.seek(0) }
        }
    }

    test("reads bring what has arrived, and nothing once every writer has left") {
        withFifo("rb") { file, fifo ->
            val first = file.readAsync(1000)
            first.isDone shouldBe false
            fifo.put(pattern(10))
            file.rest(first, 10) shouldEqual pattern(10)
            fifo.put(pattern(2000))
            var seen = ByteArray(0)
            while (seen.size < 2000) seen += file.readAsync(700).got()
            seen shouldEqual pattern(2000)
            file.position() shouldBe 2010
            val last = file.readAsync(10)
            fifo.close()
            last.got().size shouldBe 0
            file.readAsync(10).got().size shouldBe 0
        }
    }

    test("lent chunks are what has arrived, and a call that is given up loses none") {
        withFifo("rb") { binary, fifo ->
            val random = SplittableRandom(seed("lent by a FIFO"))
            val data = pattern(20_000)
            val seen = ByteArrayOutputStream()
            var put = 0
            DirectChunkReader(binary.file(), ChunkOptions.defaults()).use { reader ->
                repeat(scaled(200)) {
                    val call = reader.forEachAsync { seen.write(it.remainingBytes()) }
                    val next = minOf(data.size, put + random.nextInt(100))
                    fifo.put(data.copyOfRange(put, next))
                    put = next
                    repeat(random.nextInt(5_000)) { Thread.onSpinWait() }
                    call.cancel(false)
                    call.ended()
                    reader.position() shouldBe seen.size()
                }
                fifo.put(data.copyOfRange(put, data.size))
                fifo.close()
                reader.forEachAsync { seen.write(it.remainingBytes()) }.got()
                seen.toByteArray() shouldEqual data
            }
        }
    }

    test("readAllAsync and readLineAsync go on until the end comes") {
        withFifo("rb") { file, fifo ->
            val line = file.readLineAsync()
            fifo.put("first ".toByteArray())
            line.isDone shouldBe false
            fifo.put("line\nrest".toByteArray())
            String(line.got()!!) shouldBe "first line"
            val all = file.readAllAsync()
            fifo.put(" of it".toByteArray())
            fifo.close()
            String(all.got()) shouldBe "rest of it"
            file.readLineAsync().got() shouldBe null
        }
    }

    test("writes arrive in order, also more than a pipe holds") {
        withFifo("wb") { file, fifo ->
            val writes = (0 until 10).map { file.writeAsync(pattern(30_000, it)) }
            for (number in 0 until 10) fifo.take(30_000) shouldEqual pattern(30_000, number)
            writes.forEach { it.got() shouldBe 30_000 }
            file.writeAsync(direct(pattern(100_000)))
            fifo.take(100_000) shouldEqual pattern(100_000)
        }
    }

    test("cancel of a read on a silent FIFO finishes at once, and loses nothing that comes later") {
        withFifo("rb") { file, fifo ->
            repeat(50) {
                val read = file.readAsync(100)
                read.cancel(false)
                read.fails<CancellationException>()
            }
            val next = file.readAsync(100)
            fifo.put(pattern(20))
            file.rest(next, 20) shouldEqual pattern(20)
        }
    }

    test("bytes that arrive while a read is cancelled go to the next one") {
        withFifo("rb") { file, fifo ->
            var seen = ByteArray(0)
            for (round in 0 until 200) {
                val read = file.readAsync(100)
                fifo.put(pattern(10, round))
                read.cancel(false)
                read.ended()
                if (!read.isCancelled) seen += read.got()
            }
            while (seen.size < 2000) seen += file.readAsync(500).got()
            seen shouldEqual (0 until 200).flatMap { pattern(10, it).asList() }.toByteArray()
        }
    }

    test("no way of reading a FIFO loses bytes when it is cancelled") {
        val random = SplittableRandom(seed("cancelled FIFO reads"))
        withFifo("rb") { file, fifo ->
            val sent = ByteArrayOutputStream()
            val seen = ByteArrayOutputStream()
            val chunks = file.file().chunkReader(1000)
            repeat(400) {
                val number = random.nextInt(4)
                val read =
                    when (number) {
                        0 -> file.readAsync(1 + random.nextInt(30))
                        1 -> file.readAllAsync()
                        2 -> file.readLineAsync()
                        else -> chunks.readChunkAsync()
                    }
                val letters = String(CharArray(1 + random.nextInt(20)) { 'a' + random.nextInt(26) })
                val some = (if (random.nextInt(3) == 0) "$letters\n" else letters).toByteArray()
                fifo.put(some)
                sent.write(some)
                repeat(random.nextInt(2000)) { Thread.onSpinWait() }
                read.cancel(false)
                read.ended()
                if (!read.isCancelled) {
                    seen.write(read.got()!!)
                    if (number == 2) seen.write('\n'.code)
                }
            }
            val rest = file.readAllAsync()
            fifo.close()
            seen.write(rest.got())
            String(seen.toByteArray()) shouldBe String(sent.toByteArray())
            chunks.close()
        }
    }

    test("the close of one of two handles loses nothing that a FIFO has sent") {
        val random = SplittableRandom(seed("closed FIFO reads"))
        withFifo("rb") { file, fifo ->
            val sent = ByteArrayOutputStream()
            val seen = ByteArrayOutputStream()
            repeat(scaled(300)) { round ->
                val other = file.duplicate()
                val read = other.readAsync(100)
                val some = pattern(1 + random.nextInt(20), round)
                fifo.put(some)
                sent.write(some)
                repeat(random.nextInt(2000)) { Thread.onSpinWait() }
                val close = other.closeAsync()
                read.ended()
                if (!read.isCompletedExceptionally) seen.write(read.got())
                close.got()
            }
            val rest = file.readAllAsync()
            fifo.close()
            seen.write(rest.got())
            seen.toByteArray() shouldEqual sent.toByteArray()
        }
    }

    test("a timeout on a silent FIFO ends the read") {
        withFifo("rb") { file, fifo ->
            file.readAsync(100).orTimeout(5, MILLISECONDS).fails<TimeoutException>()
            fifo.put(pattern(3))
            file.rest(file.readAsync(100), 3) shouldEqual pattern(3)
        }
    }

    test("close ends a read that waits, and does not wait for the other end") {
        val path = subject.disk.fresh("pipe")
        subject.disk.fifo(path).use {
            val file = subject.context.openBinaryAsync(path, "rb").got()
            val reads = List(3) { file.readAsync(100) }
            file.closeAsync().got()
            reads.first().fails<AsynchronousCloseException>()
            reads.forEach { it.fails<ClosedChannelException>() }
        }
    }

    test("a write that nobody reads can be cancelled, and says how much went out") {
        withFifo("wb") { file, fifo ->
            val source = direct(pattern(1_000_000))
            val write = file.writeAsync(source)
            write.cancel(false)
            write.fails<CancellationException>()
            val sent = source.position()
            if (sent > 0) fifo.take(sent) shouldEqual pattern(1_000_000).copyOf(sent)
            file.writeAsync(pattern(5)).got() shouldBe 5
            fifo.take(5) shouldEqual pattern(5)
        }
    }

    test("close ends a write that nobody reads") {
        val path = subject.disk.fresh("pipe")
        subject.disk.fifo(path).use {
            val file = subject.context.openBinaryAsync(path, "wb").got()
            val writes = List(3) { file.writeAsync(pattern(1_000_000)) }
            file.closeAsync().got()
            writes.first().fails<AsynchronousCloseException>()
            writes.forEach { it.fails<ClosedChannelException>() }
        }
    }

    test("64 silent FIFOs slow no regular file, and are given up at once") {
        val options = AioOptions.defaults().withWorkerThreads(2).withMaxRequests(8)
        subject.withContext(options.withInlineReadBytes(0).withInlineWriteBytes(0)) { context ->
            val paths = List(64) { subject.disk.fresh("pipe-$it") }
            subject.disk.lonelyFifos(paths)
            val fifos = paths.map { subject.disk.openFifo(it) }
            val files = paths.map { context.openBinaryAsync(it, "rb") }.map { it.got() }
            val silent = files.map { it.readAsync(100) }
            worksOnRegularFiles(subject, context)
            silent.none { it.isDone } shouldBe true
            silent.take(32).forEach { it.cancel(false) }
            silent.take(32).forEach { it.fails<CancellationException>() }
            fifos[40].put(pattern(7))
            files[40].rest(silent[40], 7) shouldEqual pattern(7)
            files.map { it.closeAsync() }.forEach { it.got() }
            silent.drop(32).forEach { it.ended() }
            fifos.forEach { it.close() }
        }
    }

    test("opens that wait for the other end of a FIFO hold nothing up, and can be cancelled") {
        subject.withContext(AioOptions.defaults().withWorkerThreads(2)) { context ->
            val paths = List(40) { subject.disk.fresh("pipe-$it") }
            subject.disk.lonelyFifos(paths)
            val opens = paths.mapIndexed { index, path ->
                context.openBinaryAsync(path, if (index % 2 == 0) "rb" else "wb")
            }
            worksOnRegularFiles(subject, context)
            val waiting = opens.filterIndexed { index, _ -> index % 2 == 1 }
            waiting.none { it.isDone } shouldBe true
            // One gets its reader, the others are given up.
            val reader = subject.disk.openFifo(paths[1])
            val writer = opens[1].got()
            writer.writeAsync(pattern(5)).got()
            reader.take(5) shouldEqual pattern(5)
            writer.close()
            reader.close()
            opens
                .filter { it !== opens[1] }
                .forEach { open ->
                    open.cancel(false)
                    open.ended()
                    if (!open.isCancelled) open.got().close()
                }
            waiting.drop(1).forEach { it.isCancelled shouldBe true }
        }
    }

    test("closing a context ends what waits on FIFOs") {
        val context = subject.open()
        val paths = List(4) { subject.disk.fresh("pipe-$it") }
        subject.disk.lonelyFifos(paths)
        val ends = paths.take(2).map { subject.disk.openFifo(it) }
        val reads = paths.take(2).map { context.openBinaryAsync(it, "rb").got().readAsync(10) }
        val opens = paths.drop(2).map { context.openBinaryAsync(it, "wb") }
        context.closeAsync().got()
        (reads + opens).forEach { it.ended() }
        ends.forEach { it.close() }
    }
}

private fun worksOnRegularFiles(subject: Subject, context: AioContext) {
    val data = pattern(200_000)
    subject.withFile(subject.put(data), "rb+", context) { file ->
        val reads = List(100) { file.readBytesAsync(it * 1000L, 2000) }
        val writes =
            List(20) { file.writeBytesAsync(data.copyOfRange(it * 500, it * 500 + 500), it * 500L) }
        reads.forEachIndexed { index, read ->
            read.got() shouldEqual data.copyOfRange(index * 1000, index * 1000 + 2000)
        }
        writes.forEach { it.got() }
        file.dataSyncAsync().got()
        file.sizeAsync().got() shouldBe 200_000
    }
}

/** So many bytes, of which a first read may bring only some. */
private fun BinaryFile.rest(first: CompletableFuture<ByteArray>, count: Int): ByteArray {
    var bytes = first.got()
    while (bytes.size < count) bytes += readAsync(count - bytes.size).got()
    return bytes
}
