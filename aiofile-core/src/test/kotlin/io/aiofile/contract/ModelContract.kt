package io.aiofile.contract

import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.util.SplittableRandom
import java.util.concurrent.CompletableFuture

/** Random calls against [FileModel]; a seed that fails is asked for again by `-Daiofile.seed=…`. */
internal fun modelContract(subject: Subject) = funSpec {
    for (options in listOf(AioOptions.defaults(), narrow)) {
        val limits =
            "${options.maxRequests()} requests at once, ${options.pooledBytes()} pooled bytes"

        test("one call at a time does what a byte array would, with $limits") {
            val seed = seed("model of ${subject.backend}, one at a time")
            subject.withContext(options) { context ->
                val path = subject.disk.fresh()
                subject.withFile(path, "wb+", context) { file ->
                    subject.withFile(path, "ab", context) { appending ->
                        val run = ModelRun(SplittableRandom(seed), file, appending)
                        repeat(scaled(1500)) { step ->
                            withClue("seed $seed, step $step") { run.step() }
                        }
                        run.verify(subject, path)
                    }
                }
            }
        }

        test("many calls at once on ranges of their own do so too, with $limits") {
            val seed = seed("model of ${subject.backend}, at once")
            subject.withContext(options) { context ->
                val path = subject.disk.fresh()
                subject.withFile(path, "wb+", context) { file ->
                    val run = ModelRun(SplittableRandom(seed), file, file)
                    repeat(scaled(60)) { round ->
                        withClue("seed $seed, round $round") { run.batch() }
                    }
                    run.verify(subject, path)
                }
            }
        }
    }
}

/** Few requests and little memory, so that most of them wait for something. */
private val narrow =
    AioOptions.defaults().withMaxRequests(3).withPooledBytes(64 shl 10).withInlineReadBytes(1000)

private class ModelRun(
    private val random: SplittableRandom,
    private val file: AsyncFile,
    private val appending: AsyncFile,
) {
    private val model = FileModel()

    fun step() {
        val position = random.nextInt(model.size + 5000)
        val length = if (random.nextInt(10) == 0) random.nextInt(300_000) else random.nextInt(6000)
        when (random.nextInt(12)) {
            0,
            1,
            2 -> write(position, random.bytes(length))
            3,
            4 ->
                file.readBytesAsync(position.toLong(), length).got() shouldEqual
                    model.read(position, length)
            5,
            6 -> read(position, length)
            7 -> append(random.bytes(length))
            8 -> truncate(random.nextInt(minOf(model.size, 600_000) + 5000))
            9 -> allocate(position, 1 + length)
            10 -> (if (random.nextBoolean()) file.syncAsync() else appending.dataSyncAsync()).got()
            else -> file.sizeAsync().got() shouldBe model.size
        }
    }

    private fun kind() = BufferKind.entries[random.nextInt(BufferKind.entries.size)]

    private fun write(position: Int, data: ByteArray) {
        file.writeAsync(kind().of(data), position.toLong()).got() shouldBe data.size
        model.write(position, data)
    }

    private fun read(position: Int, length: Int) {
        val target = kind().empty(length)
        val view = target.duplicate()
        val count = file.readAsync(target, position.toLong()).got()
        val there = model.read(position, length)
        if (length == 0 || there.isEmpty()) {
            count shouldBe if (length == 0) 0 else -1
            return
        }
        (count in 1..there.size) shouldBe true
        target.position() shouldBe view.position() + count
        view.limit(view.position() + count).remainingBytes() shouldEqual there.copyOf(count)
    }

    private fun append(data: ByteArray) {
        appending.appendAsync(kind().of(data)).got() shouldBe data.size
        model.append(data)
    }

    private fun truncate(newSize: Int) {
        file.truncateAsync(newSize.toLong()).got()
        model.truncate(newSize)
    }

    private fun allocate(position: Int, length: Int) {
        file.allocateAsync(position.toLong(), length.toLong()).got()
        model.allocate(position + length)
    }

    /** Writes and reads at once, no two of which touch the same bytes. */
    fun batch() {
        val calls = ArrayList<CompletableFuture<*>>()
        val checks = ArrayList<() -> Unit>()
        var at = random.nextInt(5000)
        repeat(40) {
            val length = 1 + random.nextInt(9000)
            val position = at
            if (random.nextBoolean()) {
                val data = random.bytes(length)
                val write = file.writeAsync(kind().of(data), position.toLong())
                calls += write
                checks += { write.got() shouldBe length }
                model.write(position, data)
            } else if (position + length <= model.size) {
                val expected = model.read(position, length)
                val read = file.readBytesAsync(position.toLong(), length)
                calls += read
                checks += { read.got() shouldEqual expected }
            }
            at += length + random.nextInt(100)
        }
        if (random.nextInt(3) == 0) calls += file.dataSyncAsync()
        calls.forEach { it.got() }
        checks.forEach { it() }
        if (random.nextInt(4) == 0) truncate(random.nextInt(model.size + 1))
    }

    fun verify(subject: Subject, path: Path) {
        file.readAllBytesAsync().got() shouldEqual model.contents()
        file.syncAsync().got()
        subject.disk.bytes(path) shouldEqual model.contents()
    }
}
