package io.aiofile.samples.cli

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.OpenMode
import io.aiofile.ktx.awaitRelease
import io.aiofile.ktx.copy
import io.aiofile.ktx.openFile
import io.aiofile.ktx.readString
import io.aiofile.ktx.size
import io.aiofile.ktx.use
import io.aiofile.ktx.writeLinesTo
import io.aiofile.ktx.writeTo
import io.aiofile.samples.Cat
import io.aiofile.samples.ConcurrentWrites
import io.aiofile.samples.Copy
import io.aiofile.samples.Csv
import io.aiofile.samples.Digests
import io.aiofile.samples.Download
import io.aiofile.samples.HelloFutures
import io.aiofile.samples.Lines
import io.aiofile.samples.OpenChannel
import io.aiofile.samples.ProcLines
import io.aiofile.samples.RangeServer
import io.aiofile.samples.ReaderWriter
import io.aiofile.samples.TwoBackends
import io.aiofile.samples.WordCount
import io.aiofile.samples.capitals
import io.aiofile.samples.copy
import io.aiofile.samples.copyLines
import io.aiofile.samples.countWords
import io.aiofile.samples.csvRecords
import io.aiofile.samples.digests
import io.aiofile.samples.download
import io.aiofile.samples.grep
import io.aiofile.samples.helloUnscoped
import io.aiofile.samples.replaceStart
import io.aiofile.samples.writeRecords
import java.io.OutputStream
import java.net.http.HttpClient
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.time.Duration
import java.util.SplittableRandom
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.LongAdder
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.count
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext

/** All samples, one after the other, each in Java and in Kotlin, and their results compared. */
internal class Tour(
    private val context: AioContext,
    private val directory: Path,
    private val out: Output,
) {
    private val big = directory.resolve("big")
    private val text = directory.resolve("text")
    private val bigBytes =
        (Files.getFileStore(directory).usableSpace / 8).coerceIn(1 * MEBIBYTE, 128 * MEBIBYTE)
    private val files = context.files()
    private var stops = 0

    suspend fun all() {
        val start = System.nanoTime()
        out.line("aiofile demo on ${context.backend()}, in $directory")
        stop("hello") { hello() }
        stop("ten writes at once") { tenWrites() }
        stop("an open channel") { openChannel() }
        stop("a file of /proc") { proc() }
        stop("a big file") { makeBig() }
        for (backend in listOf("libaio", "posix", "java")) {
            stop("cp on $backend") { copyOn(backend) }
        }
        stop("cp with progress") { copyWithProgress() }
        stop("cat") { cat() }
        stop("four digests") { digests() }
        stop("download") { download() }
        stop("two backends") { twoBackends() }
        stop("a text") { makeText() }
        stop("reader and writer") { capitals() }
        stop("lines") { lines() }
        stop("CSV into maps") { csv() }
        stop("words of 12 files") { words() }
        out.line("All in ${Amounts.time(System.nanoTime() - start)}. ${metrics()}")
    }

    private suspend fun stop(name: String, work: suspend () -> String) {
        stops++
        val told = work()
        out.line("%2d. %-19s %s".format(stops, name, told))
    }

    private suspend fun hello(): String {
        val inJava = HelloFutures.helloAsync(context, file("hello-java")).awaitRelease()
        val inKotlin = helloUnscoped(context, file("hello-kotlin"))
        check(inJava == inKotlin)
        return "wrote two lines, sought back, read \"${inJava[0]}\", then \"${inJava[1]}\""
    }

    private suspend fun tenWrites(): String {
        val inJava = file("writes-java")
        val inKotlin = file("writes-kotlin")
        val nanos = nanosOf { ConcurrentWrites.writeAsync(context, inJava).awaitRelease() }
        writeRecords(context, inKotlin)
        checkSame(inJava, inKotlin)
        val lines = files.readString(inJava).lines()
        return "each at its own position, synced, in ${Amounts.time(nanos)}; the last: ${lines[9]}"
    }

    private suspend fun openChannel(): String {
        val path = file("hello-java")
        return withContext(Dispatchers.IO) {
            FileChannel.open(path, READ, WRITE).let { channel ->
                try {
                    val before = OpenChannel.replaceStart(context, channel, "HELLO")
                    val after = replaceStart(context, channel, before)
                    "replaced \"$before\" by \"$after\" and back; the channel stayed open"
                } finally {
                    channel.close()
                }
            }
        }
    }

    private suspend fun proc(): String {
        val source = Path.of("/proc/cpuinfo")
        if (!Files.exists(source)) return "there is no $source here: left out"
        val target = file("proc")
        val lines = ProcLines.copyLinesAsync(context, source, target).awaitRelease()
        val bytes = copyLines(context, source, target)
        return "copied $source line by line: $lines lines, ${Amounts.bytes(bytes)}," +
            " where its size says ${Files.size(source)}"
    }

    private suspend fun makeBig(): String {
        val random = SplittableRandom(1)
        val nanos = nanosOf {
            val chunks = flow {
                for (position in 0 until bigBytes step MEBIBYTE) {
                    emit(
                        ByteArray(minOf(MEBIBYTE, bigBytes - position).toInt())
                            .also(random::nextBytes)
                    )
                }
            }
            chunks.writeTo(big, context = context)
        }
        return "made and synced: ${Amounts.speed(bigBytes, nanos)}"
    }

    private suspend fun copyOn(backend: String): String {
        val other =
            try {
                withContext(Dispatchers.IO) {
                    AioContext.open(AioOptions.defaults().withBackend(backend))
                }
            } catch (e: RuntimeException) {
                return "left out: ${Faults.describe(e)}"
            }
        val target = file("copy")
        val nanos = nanosOf { other.use { it.files().copy(big, target) } }
        checkSame(big, target)
        Files.delete(target)
        return "equal, and synced: ${Amounts.speed(bigBytes, nanos)}"
    }

    private suspend fun copyWithProgress(): String {
        val target = file("copy")
        val steps = AtomicInteger()
        val mode = OpenMode.WRITE.withoutSyncOnClose()
        var nanos = 0L
        context.openFile(big, OpenMode.READ) { from ->
            context.openFile(target, mode) { to ->
                nanos = nanosOf {
                    Copy(from, to, from.size()) { steps.incrementAndGet() }.runAsync().await()
                }
            }
            checkSame(big, target)
            context.openFile(target, mode) { to -> copy(from, to) { steps.incrementAndGet() } }
            checkSame(big, target)
        }
        Files.delete(target)
        return "told ${steps.get() / 2} times how far it was: ${Amounts.speed(bigBytes, nanos)}"
    }

    private suspend fun cat(): String {
        val bytes = LongAdder()
        val nowhere =
            object : OutputStream() {
                override fun write(letter: Int) = bytes.increment()

                override fun write(letters: ByteArray, index: Int, length: Int) =
                    bytes.add(length.toLong())
            }
        val nanos = nanosOf { withContext(Dispatchers.IO) { Cat.cat(context, big, nowhere) } }
        io.aiofile.samples.cat(context, big, nowhere)
        check(bytes.sum() == 2 * bigBytes)
        return "to nowhere: ${Amounts.speed(bigBytes, nanos)}"
    }

    private suspend fun digests(): String {
        var inJava = mapOf<String, String>()
        val nanos = nanosOf {
            inJava = Digests.digestsAsync(context, big, Digests.FOUR).awaitRelease()
        }
        check(inJava == digests(context, big, Digests.FOUR))
        return "MD5 to SHA-512 over one descriptor: ${Amounts.speed(4 * bigBytes, nanos)}"
    }

    private suspend fun download(): String {
        val target = file("download")
        RangeServer(context, directory, Duration.ofSeconds(30)).use { server ->
            val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
            val uri = server.uri("big")
            val nanos = nanosOf {
                Download(client, uri).toFileAsync(context, target, OpenMode.WRITE).await()
            }
            checkSame(big, target)
            download(context, client, uri, target)
            checkSame(big, target)
            Files.delete(target)
            return "ten ranges of $uri, synced: ${Amounts.speed(bigBytes, nanos)}"
        }
    }

    private suspend fun twoBackends(): String {
        val nanos = nanosOf {
            withContext(Dispatchers.IO) {
                check(TwoBackends.sameBytes(big, context.backend(), "java"))
            }
        }
        return "1000 reads each through ${context.backend()} and java: equal, in ${Amounts.time(nanos)}"
    }

    private suspend fun makeText(): String {
        val random = SplittableRandom(2)
        var bytes = 0L
        val nanos = nanosOf {
            val lines = flow {
                repeat(TEXT_LINES) {
                    emit("line $it: ${if (random.nextInt(100) == 0) "gold" else "gravel"}")
                }
            }
            bytes = lines.writeLinesTo(text, context = context)
        }
        return "of $TEXT_LINES lines, synced: ${Amounts.speed(bytes, nanos)}"
    }

    private suspend fun capitals(): String {
        val target = file("capitals")
        val nanos = nanosOf { ReaderWriter.capitalsAsync(context, text, target).awaitRelease() }
        val bytes = capitals(context, target, target.resolveSibling("capitals-again"))
        checkSame(target, target.resolveSibling("capitals-again"))
        return "made letters capitals, synced: ${Amounts.speed(bytes, nanos)}"
    }

    private suspend fun lines(): String {
        val found = AtomicInteger()
        val nanos = nanosOf {
            Lines.grepAsync(context, text, "gold") { found.incrementAndGet() }.awaitRelease()
        }
        check(grep(context, text, "gold").count() == found.get())
        return "found ${found.get()} lines with gold: ${perSecond(TEXT_LINES, nanos)} lines/s"
    }

    private suspend fun csv(): String {
        val path = file("csv")
        val records = flow {
            emit("id,name,note")
            repeat(CSV_RECORDS) { emit("$it,\"O'Neil, \"\"Jo\"\"\",\"two\nlines\"") }
        }
        records.writeLinesTo(path, context = context)
        var last = mapOf<String, String>()
        val nanos = nanosOf { Csv.forEachAsync(context, path) { last = it }.awaitRelease() }
        check(csvRecords(context, path).count() == CSV_RECORDS)
        return "$CSV_RECORDS records, ${perSecond(CSV_RECORDS, nanos)} a second; a name: ${last["name"]}"
    }

    private suspend fun words(): String {
        val paths = (1..12).map { file("text-$it") }
        paths.forEach { files.copy(text, it, OpenMode.WRITE.withoutSyncOnClose()) }
        var inJava = 0L
        val nanos = nanosOf { inJava = WordCount.countAsync(context, paths).await() }
        check(countWords(context, paths) == inJava)
        return "$inJava words, four files at once: ${Amounts.speed(12 * Files.size(text), nanos)}"
    }

    private fun metrics(): String {
        val done = context.metrics()
        return "Here: ${done.completed()} operations, ${done.inlineHits()} of them without a wait," +
            " ${Amounts.bytes(done.bytesRead())} read," +
            " ${Amounts.bytes(done.bytesWritten())} written."
    }

    private fun file(name: String): Path = directory.resolve(name)

    companion object {
        private const val MEBIBYTE = 1L shl 20
        private const val TEXT_LINES = 500_000
        private const val CSV_RECORDS = 100_000

        /** The main program's: waits for all of it. */
        @JvmStatic
        fun run(context: AioContext, directory: Path, out: Output) = runBlocking {
            Tour(context, directory, out).all()
        }

        private suspend fun checkSame(one: Path, other: Path) {
            val first = withContext(Dispatchers.IO) { Files.mismatch(one, other) }
            check(first == -1L) { "$one and $other differ at $first" }
        }

        private inline fun nanosOf(work: () -> Unit): Long {
            val start = System.nanoTime()
            work()
            return System.nanoTime() - start
        }

        private fun perSecond(count: Int, nanos: Long): String =
            "%,d".format(java.util.Locale.ROOT, count * 1_000_000_000L / maxOf(nanos, 1))
    }
}
