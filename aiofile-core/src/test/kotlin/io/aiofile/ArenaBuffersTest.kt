package io.aiofile

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicInteger

/** Which direct buffers go to the kernel as they are; the others are copied. */
class ArenaBuffersTest :
    FunSpec({
        test("direct buffers that no arena made, and views of them") {
            val buffer = ByteBuffer.allocateDirect(64)
            val views =
                listOf(buffer, buffer.duplicate(), buffer.slice(8, 8), buffer.asReadOnlyBuffer())
            views.forEach { ArenaBuffers.isStable(it) shouldBe true }
            ArenaBuffers.isStable(AlignedBuffers.allocate(64, 4096)) shouldBe true
        }

        val hasArenas = Runtime.version().feature() >= 22
        val skipped = if (hasArenas) "" else " (skipped: no arenas before Java 22)"
        test("of arenas: those that nobody can close$skipped").config(enabled = hasArenas) {
            val arenas = Class.forName("java.lang.foreign.Arena")
            fun bufferOf(kind: String): ByteBuffer {
                val arena = arenas.getMethod(kind).invoke(null)
                val long = Long::class.javaPrimitiveType
                val segment = arenas.getMethod("allocate", long, long).invoke(arena, 64L, 8L)
                val type = Class.forName("java.lang.foreign.MemorySegment")
                return type.getMethod("asByteBuffer").invoke(segment) as ByteBuffer
            }
            ArenaBuffers.isStable(bufferOf("global")) shouldBe true
            ArenaBuffers.isStable(bufferOf("ofAuto")) shouldBe true
            ArenaBuffers.isStable(bufferOf("ofConfined")) shouldBe false
            ArenaBuffers.isStable(bufferOf("ofShared")) shouldBe false
        }

        test("a type of scopes that serves closable arenas too is not taken for unclosable") {
            val found = ArenaBuffers.unclosable(OneTypeForAuto::class.java, PlainScope::class.java)
            found shouldBe setOf(PlainScope::class.java, GlobalScope::class.java)
            OneTypeForAuto.open.get() shouldBe 0
            OneTypeForAuto.closed.get() shouldBe 2
        }
    })

private class PlainScope

private class GlobalScope

private class CountedScope

/** Arenas as a JVM might have them: automatic ones with the scopes of those that can be closed. */
class OneTypeForAuto private constructor(private val scope: Any) {
    fun scope(): Any = scope

    fun close() {
        check(scope is CountedScope) { "can't be closed" }
        open.decrementAndGet()
        closed.incrementAndGet()
    }

    companion object {
        val open = AtomicInteger()
        val closed = AtomicInteger()

        @JvmStatic fun global() = OneTypeForAuto(GlobalScope())

        @JvmStatic fun ofAuto() = OneTypeForAuto(CountedScope())

        @JvmStatic fun ofConfined() = ofAuto().also { open.incrementAndGet() }

        @JvmStatic fun ofShared() = ofConfined()
    }
}
