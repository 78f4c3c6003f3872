package io.aiofile

import io.aiofile.contract.eventually
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.fake.FakeSetup
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.CharBuffer
import java.nio.charset.Charset
import java.nio.charset.CharsetDecoder
import java.nio.charset.CharsetEncoder
import java.nio.charset.CoderResult
import java.util.concurrent.CopyOnWriteArrayList

/** Whole files into memory of the library's own: given up at once, decoded in the right place. */
class WholeFilesTest :
    FunSpec({
        val data = pattern(200_000)

        fun withFile(
            options: AioOptions = AioOptions.defaults(),
            body: FakeSetup.(AsyncFile) -> Unit,
        ) = withFakeFile(data, OpenMode.READ, options, body)

        test("readStringAsync: a text that is none names the file, and giving up ends at once") {
            withFile { file ->
                file.readStringAsync().fails<MalformedTextException>("${file.path().fileName}")
                val stalled = faults.stallNext(Opcode.READ)
                val text = file.readStringAsync(Charsets.ISO_8859_1)
                stalled.awaitArrival()
                text.cancel(false) shouldBe true
                stalled.release()
            }
        }

        test("readStringAsync decodes off the threads that complete operations") {
            val threads = CopyOnWriteArrayList<String>()
            withFile(
                options =
                    AioOptions.defaults().withCompletionExecutor { task ->
                        Thread({ task.run() }, "test-decoder").start()
                    }
            ) { file ->
                val stalled = faults.stallNext(Opcode.READ)
                val text = file.readStringAsync(WatchedCharset(threads))
                stalled.release()
                text.got().length shouldBe data.size
                threads.toSet() shouldBe setOf("test-decoder")
            }
        }

        test("one-liners that read end at once when given up, and close their file behind") {
            withFile { file ->
                val files = file.context().files()
                for (call in
                    listOf(
                        { files.readBytesAsync(file.path()) },
                        {
                            files.readStringAsync(file.path(), Charsets.ISO_8859_1)
                        },
                    )) {
                    val stalled = faults.stallNext(Opcode.READ)
                    val read = call()
                    stalled.awaitArrival()
                    read.cancel(false) shouldBe true
                    read.isCancelled shouldBe true
                    file.context().metrics().openFiles() shouldBe 2
                    stalled.release()
                    eventually("closed") { file.context().metrics().openFiles() == 1 }
                }
            }
        }
    })

/** ISO-8859-1, which notes the threads that decode it. */
private class WatchedCharset(private val threads: MutableList<String>) :
    Charset("x-watched", emptyArray()) {
    override fun contains(other: Charset) = false

    override fun newEncoder(): CharsetEncoder = Charsets.ISO_8859_1.newEncoder()

    override fun newDecoder() =
        object : CharsetDecoder(this, 1f, 1f) {
            override fun decodeLoop(
                source: ByteBuffer,
                target: CharBuffer,
            ): CoderResult {
                threads += Thread.currentThread().name
                while (source.hasRemaining()) {
                    if (!target.hasRemaining()) return CoderResult.OVERFLOW
                    target.put((source.get().toInt() and 0xFF).toChar())
                }
                return CoderResult.UNDERFLOW
            }
        }
}
