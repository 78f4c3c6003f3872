package io.aiofile.jna.libaio

import io.aiofile.jna.engine.Event
import io.aiofile.jna.engine.EventBatch
import io.aiofile.jna.engine.awaitEvents
import io.aiofile.jna.engine.awaitExactly
import io.aiofile.jna.engine.kernelQueueContract
import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.LibC
import io.aiofile.jna.sys.OpenFlags
import io.aiofile.jna.sys.SystemCall
import io.aiofile.jna.sys.libc
import io.aiofile.jna.sys.openDescriptors
import io.aiofile.jna.sys.withFile
import io.aiofile.jna.sys.withMemory
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.File
import java.io.IOException
import java.nio.file.Path

/** Answers some calls instead of the real ones; null lets a call through. */
private class ScriptedCalls(
    val real: AioCalls,
    val submit: () -> Int? = { null },
    val getEvents: () -> Int? = { null },
) : AioCalls by real {
    override fun submit(context: Long, count: Long, iocbPointers: Long): Int =
        submit() ?: real.submit(context, count, iocbPointers)

    override fun getEvents(context: Long, min: Long, max: Long, events: Long, timeout: Long): Int =
        getEvents() ?: real.getEvents(context, min, max, events, timeout)
}

private fun scripted(submit: () -> Int? = { null }, getEvents: () -> Int? = { null }) =
    LibaioQueue.open(
        libc,
        AioBinding.Bound(
            AioBinding.SYSTEM_CALLS,
            ScriptedCalls(AioBinding.SYSTEM_CALLS.bind(libc).calls(), submit, getEvents),
            listOf(),
        ),
        8,
    )

class LibaioQueueTest :
    FunSpec({
        val directory = tempdir().toPath()

        for ((binding, bound) in bindings) {
            bound
                .onSuccess {
                    include(
                        "${binding.title()}:",
                        kernelQueueContract(directory) { capacity ->
                            LibaioQueue.open(libc, it, capacity)
                        },
                    )
                }
                .onFailure { xtest("${binding.title()} (skipped: ${it.message})") {} }

            val skipped = bound.exceptionOrNull()?.let { " (skipped: ${it.message})" } ?: ""
            test("${binding.title()}: a bad descriptor in the middle parts a submission$skipped")
                .config(enabled = bound.isSuccess) {
                    val queue = LibaioQueue.open(libc, bound.getOrThrow(), 4)
                    withFile(Path.of("/dev/zero"), OpenFlags.O_RDONLY) { fd ->
                        withMemory(16) { memory ->
                            for (slot in 0..3) {
                                val file = if (slot == 2) -1 else fd
                                queue.prepareRead(
                                    slot,
                                    slot + 10L,
                                    file,
                                    memory.address(),
                                    16,
                                    0,
                                )
                            }
                            val slots = intArrayOf(0, 1, 2, 3)
                            queue.submit(slots, 0, 4) shouldBe 2
                            queue.submit(slots, 2, 2) shouldBe -Errno.EBADF
                            queue.submit(slots, 3, 1) shouldBe 1
                            queue.awaitExactly(3) shouldContainExactlyInAnyOrder
                                listOf(Event(10, 16), Event(11, 16), Event(13, 16))
                        }
                    }
                    queue.close()
                }

            test("${binding.title()}: failures are -errno$skipped").config(
                enabled = bound.isSuccess
            ) {
                val calls = bound.getOrThrow().calls()
                withMemory(16) { memory ->
                    calls.setup(0, memory.address()) shouldBe -Errno.EINVAL
                    calls.setup(1, 8) shouldBe -Errno.EFAULT
                    calls.submit(0, 1, 0) shouldBe -Errno.EINVAL
                    calls.getEvents(0, 1, 1, 0, 0) shouldBe -Errno.EINVAL
                    calls.destroy(0) shouldBe -Errno.EINVAL
                }
            }
        }

        test("the name says which way") {
            val queue = scripted()
            queue.name() shouldBe "libaio (syscall)"
            queue.capacity() shouldBe 8
            queue.close()
        }

        test("EINTR is retried, of submissions and of waits") {
            var interruptions = 3
            val interrupt = { if (interruptions-- > 0) -Errno.EINTR else null }
            val queue = scripted(interrupt, interrupt)
            withFile(Path.of("/dev/zero"), OpenFlags.O_RDONLY) { fd ->
                withMemory(16) { memory ->
                    queue.prepareRead(0, 1, fd, memory.address(), 16, 0)
                    queue.submit(intArrayOf(0), 0, 1) shouldBe 1
                    interruptions = 2
                    queue.awaitEvents() shouldBe listOf(Event(1, 16))
                }
            }
            queue.close()
        }

        test("other errnos are the caller's, and nothing taken is EAGAIN") {
            var answer: Int? = -Errno.EIO
            val queue = scripted({ answer }, { answer })
            queue.prepareSync(0, 1, 0, true)
            queue.submit(intArrayOf(0), 0, 1) shouldBe -Errno.EIO
            queue.await(EventBatch(1)) shouldBe -Errno.EIO
            answer = 0
            queue.submit(intArrayOf(0), 0, 1) shouldBe -Errno.EAGAIN
            queue.close()
        }

        test("a slot that isn't there is an error, not a write beside the memory") {
            val queue = scripted()
            shouldThrow<IndexOutOfBoundsException> { queue.prepareSync(8, 1, 0, true) }
            shouldThrow<IndexOutOfBoundsException> { queue.prepareRead(-1, 1, 0, 0, 0, 0) }
            shouldThrow<IndexOutOfBoundsException> { queue.submit(intArrayOf(8), 0, 1) }
            shouldThrow<IndexOutOfBoundsException> { queue.submit(IntArray(9), 0, 9) }
            queue.close()
        }

        test("a refused wake-up is told, and the next one is tried") {
            var answer: Int? = -Errno.EAGAIN
            val queue = scripted(submit = { answer })
            shouldThrow<IllegalStateException> { queue.wake() }.message shouldContain "EAGAIN"
            answer = null
            queue.wake()
            queue.awaitEvents() shouldBe listOf()
            queue.close()
        }

        fun openWith(errno: Int, number: Int): String? {
            val refusing =
                object : LibC by libc {
                    override fun syscall(
                        number_: Long,
                        a1: Long,
                        a2: Long,
                        a3: Long,
                        a4: Long,
                        a5: Long,
                        a6: Long,
                    ): Long =
                        if (number_ == number.toLong()) -errno.toLong()
                        else libc.syscall(number_, a1, a2, a3, a4, a5, a6)
                }
            val before = openDescriptors()
            val bound = AioBinding.SYSTEM_CALLS.bind(refusing)
            val message =
                shouldThrow<IOException> { LibaioQueue.open(refusing, bound, 128) }.message
            openDescriptors() shouldBe before
            return message
        }

        test("a kernel that gives no context is refused with what would help") {
            val limit = File("/proc/sys/fs/aio-max-nr").bufferedReader().use { it.readLine() }
            openWith(Errno.EAGAIN, SystemCall.IO_SETUP) shouldContain
                Regex("129 entries: fs.aio-max-nr \\($limit\\) .* sysctl -w fs.aio-max-nr=")
            openWith(Errno.ENOSYS, SystemCall.IO_SETUP) shouldContain "ENOSYS"
            openWith(Errno.EPERM, SystemCall.IO_SETUP) shouldContain "blocked (seccomp or gVisor)"
            openWith(Errno.ENOMEM, SystemCall.IO_SETUP) shouldContain
                "ENOMEM: Cannot allocate memory"
        }

        test("without /dev/null it is refused, and leaves nothing behind") {
            val noDevices =
                object : LibC by libc {
                    override fun open(path: String, flags: Int, mode: Int) = -Errno.ENOENT
                }
            val bound = AioBinding.SYSTEM_CALLS.bind(noDevices)
            shouldThrow<IOException> { LibaioQueue.open(noDevices, bound, 1) }.message shouldContain
                "/dev/null: ENOENT"
        }

        test("a capacity that makes no sense is an argument error") {
            val bound = AioBinding.SYSTEM_CALLS.bind(libc)
            for (capacity in listOf(0, -1, 32_769, Int.MAX_VALUE)) {
                shouldThrow<IllegalArgumentException> { LibaioQueue.open(libc, bound, capacity) }
            }
        }
    })
