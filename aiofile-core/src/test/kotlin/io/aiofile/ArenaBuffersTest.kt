package io.aiofile

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer

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
    })
