package io.aiofile.jna.engine

import io.aiofile.jna.sys.DirectBuffers
import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.Mapping
import io.aiofile.jna.sys.libc
import io.aiofile.spi.OpenOperation.Flag
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path

private const val LARGE_PAGE = 2 shl 20
private const val PAGE = 4096

class LargePagesTest :
    FunSpec({
        val settings = Path.of("/sys/kernel/mm/transparent_hugepage/enabled")
        val known = Files.exists(settings) && Files.isReadable(Path.of("/proc/self/smaps"))
        val name = if (known) "" else "not tested, as this kernel has none: "

        test("${name}memory is asked for in large pages, stays zero, and costs nothing untouched")
            .config(enabled = known) {
                val memory = ByteBuffer.allocateDirect(4 * LARGE_PAGE)
                val zeros = ByteBuffer.allocate(memory.capacity())
                val before = mapping(memory)
                before.residentBytes shouldBeGreaterThan 4L * LARGE_PAGE - 1
                LargePages.putUnder(libc, memory)
                val after = mapping(memory)
                after.flags shouldContain "hg"
                after.residentBytes shouldBeLessThan LARGE_PAGE.toLong()
                memory shouldBe zeros
                for (page in 0 until memory.capacity() step PAGE) memory.put(page, 1)
                val offered = "[never]" !in Files.readString(settings)
                if (offered && isAnyFree()) {
                    mapping(memory).largeBytes shouldBeGreaterThan 0
                }
            }

        test("only whole pages of the buffer's own are touched") {
            for (offset in listOf(0, 1, PAGE - 1, PAGE)) {
                for (length in listOf(0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE)) {
                    val whole = ByteBuffer.allocateDirect(6 * PAGE).alignedSlice(PAGE)
                    val from = DirectBuffers.address(whole) + offset
                    val spy =
                        object : LibCSpy() {
                            val seen = mutableListOf<Triple<Long, Long, Int>>()

                            override fun madvise(address: Long, length: Long, advice: Int): Int {
                                seen += Triple(address, length, advice)
                                return 0
                            }
                        }
                    LargePages.putUnder(spy, whole.slice(offset, length))
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

        test("where the kernel has none, the memory is left as it is") {
            val refusing =
                object : LibCSpy() {
                    val advice = mutableListOf<Int>()

                    override fun madvise(address: Long, length: Long, advice: Int): Int {
                        this.advice += advice
                        return -Errno.EINVAL
                    }
                }
            LargePages.putUnder(refusing, ByteBuffer.allocateDirect(LARGE_PAGE))
            refusing.advice shouldBe listOf(Mapping.MADV_HUGEPAGE)
        }

        for (kernel in listOf(false, true)) {
            test("${if (kernel) "libaio" else "posix"}: only memory for direct files is prepared") {
                val spy =
                    object : LibCSpy() {
                        val advised = mutableListOf<Long>()

                        override fun madvise(address: Long, length: Long, advice: Int): Int {
                            advised += length
                            return 0
                        }
                    }
                withBackend(kernel, spy) {
                    put(content(PAGE))
                    val memory = ByteBuffer.allocateDirect(LARGE_PAGE)
                    backend.opened(path(), Flag.READ).use { it.prepare(memory) }
                    spy.advised.shouldBeEmpty()
                    backend.opened(path(), Flag.READ, Flag.DIRECT).use { file ->
                        file.prepare(memory)
                        spy.advised shouldHaveSize if (file.alignment().isNone) 0 else 2
                    }
                }
            }
        }
    })

/** Of all mappings that hold a part of the buffer, from /proc/self/smaps. */
private class Mapped(val residentBytes: Long, val largeBytes: Long, val flags: List<String>)

private fun mapping(buffer: ByteBuffer): Mapped {
    val first = DirectBuffers.address(buffer)
    val last = first + buffer.capacity() - 1
    var resident = 0L
    var large = 0L
    val flags = mutableListOf<String>()
    var within = false
    for (line in Files.readAllLines(Path.of("/proc/self/smaps"))) {
        val range = Regex("^([0-9a-f]+)-([0-9a-f]+) ").find(line)
        if (range != null) {
            val (start, end) = range.destructured
            within = start.toULong(16).toLong() <= last && end.toULong(16).toLong() > first
        } else if (within) {
            val value = line.substringAfter(':').trim()
            when (line.substringBefore(':')) {
                "Rss" -> resident += value.removeSuffix(" kB").trim().toLong() shl 10
                "AnonHugePages" -> large += value.removeSuffix(" kB").trim().toLong() shl 10
                "VmFlags" -> flags += value.split(' ')
            }
        }
    }
    return Mapped(resident, large, flags)
}

/** Whether there is a free block of 2 MiB: without one there is no large page to be had. */
private fun isAnyFree(): Boolean =
    Files.readAllLines(Path.of("/proc/buddyinfo")).any { line ->
        line.trim().split(Regex("\\s+")).drop(4 + LARGE_PAGE_ORDER).any { it.toLong() > 64 }
    }

private const val LARGE_PAGE_ORDER = 9
