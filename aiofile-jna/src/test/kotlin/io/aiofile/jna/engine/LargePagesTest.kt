package io.aiofile.jna.engine

import io.aiofile.jna.sys.DirectBuffers
import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.Mapping
import io.aiofile.jna.sys.libc
import io.aiofile.spi.OpenOperation.Flag
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path

private const val LARGE_PAGE = 2 shl 20
private const val PAGE = 4096

class LargePagesTest :
    FunSpec({
        val known =
            libc.getpagesize() == PAGE && Files.exists(SETTINGS) && Files.isReadable(PAGE_MAP)
        val name = if (known) "" else "not tested, as this kernel has none: "

        test("${name}memory is asked for in large pages, stays zero, and costs nothing untouched")
            .config(enabled = known) {
                val memory = ByteBuffer.allocateDirect(4 * LARGE_PAGE)
                val pages = memory.capacity() / PAGE
                val zeros = ByteBuffer.allocate(memory.capacity())
                residentPages(memory) shouldBe pages
                LargePages(libc).putUnder(memory)
                flags(memory) shouldContain "hg"
                // What the buffer shares with others at its ends.
                residentPages(memory) shouldBeLessThan 3
                memory shouldBe zeros
                for (page in 0 until pages) memory.put(page * PAGE, 1)
                residentPages(memory) shouldBe pages
            }

        test("only whole pages of the buffer's own are touched") {
            for (offset in listOf(0, 1, PAGE - 1, PAGE)) {
                for (length in listOf(0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE)) {
                    val whole = ByteBuffer.allocateDirect(6 * PAGE).alignedSlice(PAGE)
                    val from = DirectBuffers.address(whole) + offset
                    val spy =
                        object : SmallPages() {
                            val seen = mutableListOf<Triple<Long, Long, Int>>()

                            override fun madvise(address: Long, length: Long, advice: Int): Int {
                                seen += Triple(address, length, advice)
                                return 0
                            }
                        }
                    LargePages(spy).putUnder(whole.slice(offset, length))
                    for ((address, bytes, _) in spy.seen) {
                        address % PAGE shouldBe 0
                        bytes % PAGE shouldBe 0
                        (address >= from && address + bytes <= from + length) shouldBe true
                    }
                    val fits = (offset + length) / PAGE > (offset + PAGE - 1) / PAGE
                    spy.seen.map { it.third } shouldBe
                        if (fits) listOf(Mapping.MADV_HUGEPAGE, Mapping.MADV_DONTNEED)
                        else emptyList()
                }
            }
        }

        test("where the kernel has none, the memory is left as it is, and nobody asks again") {
            val refusing = Refusing(Errno.EINVAL)
            val pages = LargePages(refusing)
            pages.bytes() shouldBe LARGE_PAGE
            repeat(2) { pages.putUnder(ByteBuffer.allocateDirect(LARGE_PAGE)) }
            pages.bytes() shouldBe 0
            refusing.asked shouldBe listOf(Mapping.MADV_HUGEPAGE)
        }

        test("where it only fails for now, the memory is left as it is") {
            val refusing = Refusing(Errno.EAGAIN)
            val pages = LargePages(refusing)
            repeat(2) { pages.putUnder(ByteBuffer.allocateDirect(LARGE_PAGE)) }
            pages.bytes() shouldBe LARGE_PAGE
            refusing.asked shouldBe List(2) { Mapping.MADV_HUGEPAGE }
        }

        test("where small pages are larger, there are none") {
            for (bytes in listOf(16 shl 10, 64 shl 10)) {
                val other =
                    object : LibCSpy() {
                        override fun getpagesize() = bytes

                        override fun madvise(address: Long, length: Long, advice: Int): Int =
                            error("not in these pages")
                    }
                val pages = LargePages(other)
                pages.bytes() shouldBe 0
                pages.putUnder(ByteBuffer.allocateDirect(LARGE_PAGE))
            }
        }

        for (kernel in listOf(false, true)) {
            test("${if (kernel) "libaio" else "posix"}: only direct files have a use for them") {
                withBackend(kernel) {
                    put(content(PAGE))
                    backend.opened(path(), Flag.READ).use { it.largePageBytes() shouldBe 0 }
                    backend.opened(path(), Flag.READ, Flag.DIRECT).use { file ->
                        file.largePageBytes() shouldBe
                            if (file.alignment().isNone) 0 else LargePages(libc).bytes()
                    }
                }
            }
        }
    })

private open class SmallPages : LibCSpy() {
    override fun getpagesize() = PAGE
}

private class Refusing(private val errno: Int) : SmallPages() {
    val asked = mutableListOf<Int>()

    override fun madvise(address: Long, length: Long, advice: Int): Int {
        asked += advice
        return -errno
    }
}

/** Of the pages that lie wholly in the buffer, and the ones at its ends as far as they are full. */
private fun residentPages(buffer: ByteBuffer): Int {
    val first = (DirectBuffers.address(buffer) + PAGE - 1) / PAGE
    val entries = ByteBuffer.allocate(buffer.capacity() / PAGE * Long.SIZE_BYTES)
    FileChannel.open(PAGE_MAP).use { it.read(entries, first * Long.SIZE_BYTES) }
    val words = entries.flip().order(ByteOrder.nativeOrder()).asLongBuffer()
    // proc_pid_pagemap(5): bit 63 is "page present".
    return (0 until words.limit()).count { words.get(it) < 0 }
}

/** Of all mappings that hold a part of the buffer, by /proc/self/smaps. */
private fun flags(buffer: ByteBuffer): List<String> {
    val first = DirectBuffers.address(buffer)
    val last = first + buffer.capacity() - 1
    var within = false
    return Files.readAllLines(Path.of("/proc/self/smaps")).flatMap { line ->
        MAPPING.find(line)?.destructured?.let { (start, end) ->
            within = start.toULong(16).toLong() <= last && end.toULong(16).toLong() > first
        }
        if (within && line.startsWith("VmFlags:")) line.substringAfter(':').trim().split(' ')
        else emptyList()
    }
}

private val MAPPING = Regex("^([0-9a-f]+)-([0-9a-f]+) ")
private val PAGE_MAP = Path.of("/proc/self/pagemap")
private val SETTINGS = Path.of("/sys/kernel/mm/transparent_hugepage/enabled")
