package io.aiofile.jna.sys

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.atomic.AtomicInteger

class AlignedMemoryTest :
    FunSpec({
        test("is aligned, zero, in native order, and of the size that was asked for") {
            for (bytes in listOf(1, 8, 4095, 4096, 1_000_003)) {
                withMemory(bytes) { memory ->
                    memory.address() % AlignedMemory.ALIGNMENT shouldBe 0
                    memory.bytes() shouldBe bytes
                    memory.buffer().capacity() shouldBe bytes
                    memory.buffer().order() shouldBe ByteOrder.nativeOrder()
                    memory.buffer() shouldBe ByteBuffer.allocate(bytes)
                }
            }
        }

        test("is freed once") {
            val freed = AtomicInteger()
            val counting =
                object : LibC by libc {
                    override fun munmap(address: Long, length: Long): Int {
                        freed.incrementAndGet()
                        return libc.munmap(address, length)
                    }
                }
            val memory = AlignedMemory.allocate(counting, 10)
            List(4) { Thread { memory.close() } }.onEach { it.start() }.forEach { it.join() }
            freed.get() shouldBe 1
            shouldThrow<IllegalStateException> { memory.buffer() }
        }

        test("no memory is an OutOfMemoryError that says how much") {
            val full =
                object : LibC by libc {
                    override fun mmap(
                        address: Long,
                        length: Long,
                        protection: Int,
                        flags: Int,
                        fd: Int,
                        position: Long,
                    ): Long = -Errno.ENOMEM.toLong()
                }
            shouldThrow<OutOfMemoryError> { AlignedMemory.allocate(full, 4711) }
                .message shouldContain "4711 bytes: ENOMEM"
            shouldThrow<IllegalArgumentException> { AlignedMemory.allocate(libc, 0) }
        }
    })
