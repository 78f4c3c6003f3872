package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.got
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer

private const val PAGE = 4096
private const val LARGE_PAGE = 2 shl 20
private const val MEBI = 1 shl 20

class AlignedBuffersTest :
    FunSpec({
        test("buffers are aligned, zero, and as large as was asked for") {
            for (alignment in listOf(1, 8, 512, PAGE, LARGE_PAGE)) {
                for (capacity in listOf(0, 1, 4095, 10_000)) {
                    val buffer = AlignedBuffers.allocate(capacity, alignment)
                    buffer shouldBe ByteBuffer.allocate(capacity)
                    AlignedBuffers.isAligned(buffer, alignment) shouldBe true
                }
            }
        }

        test("no capacity and no alignment out of its bounds") {
            shouldThrow<IllegalArgumentException> { AlignedBuffers.allocate(-1, PAGE) }
            shouldThrow<IllegalArgumentException> { AlignedBuffers.allocate(1, 0) }
            shouldThrow<IllegalArgumentException> { AlignedBuffers.allocate(1, 24) }
            shouldThrow<IllegalArgumentException> { AlignedBuffers.allocate(Int.MAX_VALUE - 2, 4) }
            opened(OpenMode.READ) { file, _ ->
                shouldThrow<IllegalArgumentException> { AlignedBuffers.allocateFor(file, -1) }
            }
        }

        test("for a file that is not direct, or for less than half a large page: an ordinary one") {
            opened(OpenMode.READ) { file, prepared ->
                AlignedBuffers.allocateFor(file, 3 * MEBI).capacity() shouldBe 3 * MEBI
                prepared.shouldBeEmpty()
            }
            opened(OpenMode.READ.withDirect()) { file, prepared ->
                for (capacity in listOf(0, 1, MEBI - 1)) {
                    val buffer = AlignedBuffers.allocateFor(file, capacity)
                    buffer shouldBe ByteBuffer.allocate(capacity)
                    AlignedBuffers.isAligned(buffer, PAGE) shouldBe true
                }
                prepared.shouldBeEmpty()
            }
        }

        test("for a direct file: whole large pages, which the backend is shown before anybody") {
            opened(OpenMode.READ.withDirect()) { file, prepared ->
                for (capacity in listOf(MEBI, LARGE_PAGE, LARGE_PAGE + 1, 5 * MEBI)) {
                    prepared.clear()
                    val buffer = AlignedBuffers.allocateFor(file, capacity)
                    buffer.capacity() shouldBe capacity
                    AlignedBuffers.isAligned(buffer, LARGE_PAGE) shouldBe true
                    prepared shouldHaveSize 1
                    val block = prepared.single()
                    // It is within what was prepared, to the end of its last large page.
                    val offset = LARGE_PAGE - block.alignmentOffset(0, LARGE_PAGE)
                    val pages = (capacity + LARGE_PAGE - 1) / LARGE_PAGE
                    block.capacity() - offset % LARGE_PAGE shouldBeGreaterThanOrEqual
                        pages * LARGE_PAGE
                    buffer.put(0, 42)
                    block.get(offset % LARGE_PAGE) shouldBe 42
                }
            }
        }

        test("no memory for a block: a stream has its buffers all the same, and asks once") {
            val setup = FakeSetup().apply { largePagesAreShort = true }
            opened(OpenMode.READ.withDirect(), setup) { file, prepared ->
                val source = StreamBuffers(file, 512 shl 10, 9)
                repeat(3) { source.next().capacity() shouldBe (512 shl 10) }
                prepared shouldHaveSize 1
            }
        }

        test("a stream's buffers share blocks over O_DIRECT, and no byte") {
            for (mode in listOf(OpenMode.READ, OpenMode.READ.withDirect())) {
                opened(mode) { file, prepared ->
                    for (bytes in listOf(1, 5000, 128 shl 10, 3 * MEBI)) {
                        prepared.clear()
                        val source = StreamBuffers(file, bytes, 9)
                        val buffers = List(20) { source.next() }
                        buffers.forEachIndexed { index, buffer ->
                            buffer.capacity() shouldBe bytes
                            AlignedBuffers.isAligned(buffer, PAGE) shouldBe true
                            buffer.put(0, index.toByte()).put(bytes - 1, index.toByte())
                        }
                        buffers.forEachIndexed { index, buffer ->
                            buffer.get(0) shouldBe index.toByte()
                            buffer.get(bytes - 1) shouldBe index.toByte()
                        }
                        // Nine of 128 KiB fill half a large page; of 3 MiB, two are in a block.
                        val blocks = mapOf((128 shl 10) to 3, 3 * MEBI to 10)
                        prepared shouldHaveSize (if (mode.direct()) blocks[bytes] ?: 0 else 0)
                    }
                }
            }
        }
    })

private fun opened(
    mode: OpenMode,
    setup: FakeSetup = FakeSetup(),
    use: (AsyncFile, MutableList<ByteBuffer>) -> Unit,
) {
    val path = setup.disk.fresh("data.bin")
    setup.disk.put(path, ByteArray(1))
    LeakCheck.watch(FakeProvider.open(AioOptions.defaults(), setup)).use { context ->
        context.openFileAsync(path, mode).got().use { use(it, setup.prepared) }
    }
}
