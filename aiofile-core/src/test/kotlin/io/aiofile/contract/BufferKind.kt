package io.aiofile.contract

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * The kinds of buffers that callers come with; each has [room] bytes between position and limit.
 */
enum class BufferKind(private val make: (room: Int) -> ByteBuffer) {
    HEAP({ ByteBuffer.allocate(it) }),
    HEAP_INSIDE({ ByteBuffer.allocate(it + 20).position(7).limit(it + 7) }),
    HEAP_SLICE({ ByteBuffer.allocate(it + 20).position(5).slice().position(3).limit(it + 3) }),
    HEAP_LITTLE_ENDIAN({ ByteBuffer.allocate(it).order(ByteOrder.LITTLE_ENDIAN) }),
    DIRECT({ ByteBuffer.allocateDirect(it) }),
    DIRECT_INSIDE({ ByteBuffer.allocateDirect(it + 20).position(7).limit(it + 7) }),
    DIRECT_SLICE({
        ByteBuffer.allocateDirect(it + 20).position(5).slice().position(3).limit(it + 3)
    }),
    DIRECT_LITTLE_ENDIAN({ ByteBuffer.allocateDirect(it).order(ByteOrder.LITTLE_ENDIAN) });

    fun empty(room: Int): ByteBuffer = make(room)

    fun of(bytes: ByteArray): ByteBuffer = make(bytes.size).also { it.duplicate().put(bytes) }
}
