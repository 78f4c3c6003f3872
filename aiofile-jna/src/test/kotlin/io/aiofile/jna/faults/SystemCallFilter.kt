package io.aiofile.jna.faults

import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.LibC
import io.aiofile.jna.sys.NativeLibC
import io.aiofile.jna.sys.withMemory
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path

/**
 * A seccomp filter that refuses system calls, as the profiles of container engines do. For a
 * process of its own: there is no way back from it.
 */
internal object SystemCallFilter {
    /** Whether this kernel has seccomp filters, and this is a processor whose numbers are here. */
    val isThere: Boolean =
        architecture() != null && Files.exists(Path.of("/proc/sys/kernel/seccomp/actions_avail"))

    /** From now on the calls of these [numbers] answer with [errno], on every thread. */
    fun refuse(errno: Int, vararg numbers: Int) {
        val (audit, prctl, seccomp) = architecture()!!
        // filter.h: struct sock_fprog { unsigned short len; struct sock_filter *filter; }
        val count = 5 + 2 * numbers.size
        withMemory(16 + 8 * count) { memory ->
            val buffer = memory.buffer()
            buffer.putShort(0, count.toShort()).putLong(8, memory.address() + 16)
            program(buffer.position(16), audit, errno, numbers)
            val libc: LibC = NativeLibC.loadOrReason().libc()!!
            succeeds(libc.syscall(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0))
            val address = memory.address()
            succeeds(libc.syscall(seccomp, SET_MODE_FILTER, FLAG_TSYNC, address, 0, 0, 0))
        }
    }

    private fun program(buffer: ByteBuffer, audit: Int, errno: Int, numbers: IntArray) {
        fun step(code: Int, ifTrue: Int, ifFalse: Int, value: Int) {
            buffer.putShort(code.toShort()).put(ifTrue.toByte()).put(ifFalse.toByte())
            buffer.putInt(value)
        }
        // seccomp.h: struct seccomp_data { int nr; __u32 arch; ... }
        step(LOAD_WORD, 0, 0, 4)
        step(JUMP_IF_EQUAL, 1, 0, audit)
        step(RETURN, 0, 0, ALLOW)
        step(LOAD_WORD, 0, 0, 0)
        for (number in numbers) {
            step(JUMP_IF_EQUAL, 0, 1, number)
            step(RETURN, 0, 0, REFUSE or errno)
        }
        step(RETURN, 0, 0, ALLOW)
    }

    private fun succeeds(result: Long) {
        check(result == 0L) { "seccomp: ${Errno.describe(-result.toInt())}" }
    }

    /** AUDIT_ARCH_…, and the numbers of prctl(2) and seccomp(2). */
    private fun architecture(): Triple<Int, Long, Long>? =
        when (System.getProperty("os.arch")) {
            "amd64" -> Triple(0xC000_003E.toInt(), 157, 317)
            "aarch64" -> Triple(0xC000_00B7.toInt(), 167, 277)
            else -> null
        }

    private const val PR_SET_NO_NEW_PRIVS = 38L
    private const val SET_MODE_FILTER = 1L
    private const val FLAG_TSYNC = 1L
    private const val ALLOW = 0x7FFF_0000
    private const val REFUSE = 0x0005_0000
    private const val LOAD_WORD = 0x20
    private const val JUMP_IF_EQUAL = 0x15
    private const val RETURN = 0x06
}
