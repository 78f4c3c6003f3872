package io.aiofile.contract

import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer

/**
 * Buffers of an Arena (JDK 22+), which may be unmapped under the kernel's hands: they are copied.
 */
internal fun arenaContract(subject: Subject) = funSpec {
    if (Runtime.version().feature() < 22) {
        test("buffers of an Arena are not tested: JDK ${Runtime.version().feature()} has none") {}
        return@funSpec
    }

    for (kind in listOf("ofShared", "ofConfined", "ofAuto", "global")) {
        test("a buffer of Arena.$kind() is read into and written from, or fails its future") {
            val path = subject.put(pattern(50_000))
            val arena = Arenas(kind)
            val target = arena.allocate(40_000)
            subject.withFile(path, "rb+") { file ->
                // A confined one belongs to this thread, and the transfer may end on another.
                val reads = listOf(file.readFullyAsync(target.duplicate(), 5).also { it.ended() })
                if (kind != "ofConfined") {
                    reads.forEach { it.got() shouldBe 40_000 }
                    target.remainingBytes() shouldEqual pattern(50_000).copyOfRange(5, 40_005)
                    file.writeAsync(target.duplicate(), 10_000).got() shouldBe 40_000
                }
                file.sizeAsync().got() shouldBe 50_000
            }
            arena.close()
        }
    }

    test("a buffer of a closed Arena fails the future, and never hangs it") {
        subject.withFile(subject.put(pattern(50_000)), "rb+") { file ->
            val arena = Arenas("ofShared")
            val buffer = arena.allocate(40_000)
            arena.close()
            for (call in listOf({ file.readAsync(buffer, 0) }, { file.writeAsync(buffer, 0) })) {
                (runCatching { call().got() }.exceptionOrNull() is Exception) shouldBe true
            }
            file.readBytesAsync(0, 10).got() shouldEqual pattern(10)
        }
        subject.context.metrics().pooledBytes() shouldBe 0
    }

    test("an Arena that is closed while its buffer is read into ends the read") {
        subject.withFile(subject.put(pattern(2_000_000)), "rb") { file ->
            repeat(30) {
                val arena = Arenas("ofShared")
                val reads = List(8) { file.readAsync(arena.allocate(200_000), it * 200_000L) }
                arena.close()
                reads.forEach { it.ended() }
            }
            file.readBytesAsync(0, 10).got() shouldEqual pattern(10)
        }
    }

    test("what the memory of an Arena closed in flight is used for next is not read into") {
        subject.withFile(subject.put(pattern(2_000_000)), "rb") { file ->
            repeat(scaled(20)) {
                val arena = Arenas("ofShared")
                val reads = List(8) { file.readAsync(arena.allocate(200_000), it * 200_000L) }
                arena.close()
                val next = Arenas("ofShared")
                val canaries = List(8) { next.allocate(200_000).also { fill(it, 0x77) } }
                reads.forEach { it.ended() }
                canaries.forEach { it.remainingBytes() shouldEqual ByteArray(200_000) { 0x77 } }
                next.close()
            }
        }
    }

    test("a write from an Arena closed in flight writes what was there, or nothing") {
        val block = 200_000
        val path = subject.disk.fresh()
        subject.withFile(path, "wb") { file ->
            repeat(scaled(10)) {
                file.truncateAsync(0).got()
                val arena = Arenas("ofShared")
                val sources = List(8) { arena.allocate(block).also { fill(it, 0x11) } }
                val writes = sources.mapIndexed { index, source ->
                    file.writeAsync(source, index.toLong() * block)
                }
                arena.close()
                val next = Arenas("ofShared")
                repeat(8) { fill(next.allocate(block), 0x77) }
                writes.forEach { it.ended() }
                next.close()
                // Holes are zeros.
                subject.disk.bytes(path).none { it != 0x11.toByte() && it != 0.toByte() } shouldBe
                    true
            }
        }
    }
}

private fun fill(buffer: ByteBuffer, with: Byte) {
    buffer.duplicate().put(ByteArray(buffer.remaining()) { with })
}

/** java.lang.foreign.Arena, which the JDK that compiles this does not know. */
private class Arenas(kind: String) {
    private val type = Class.forName("java.lang.foreign.Arena")
    private val arena = type.getMethod(kind).invoke(null)
    private val closeable = kind == "ofShared" || kind == "ofConfined"

    fun allocate(bytes: Int): ByteBuffer {
        val segment = type.getMethod("allocate", Long::class.java).invoke(arena, bytes.toLong())
        val segmentType = Class.forName("java.lang.foreign.MemorySegment")
        return segmentType.getMethod("asByteBuffer").invoke(segment) as ByteBuffer
    }

    fun close() {
        if (closeable) type.getMethod("close").invoke(arena)
    }
}
