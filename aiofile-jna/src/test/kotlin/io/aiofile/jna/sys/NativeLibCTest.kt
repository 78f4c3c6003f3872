package io.aiofile.jna.sys

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import kotlin.io.path.fileSize
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

class NativeLibCTest :
    FunSpec({
        val directory = tempdir().toPath()
        val text = Files.createTempFile(directory, "text", null).apply { writeText("0123456789") }

        test("failures are -errno") {
            libc.open("$directory/absent", OpenFlags.O_RDONLY, 0) shouldBe -Errno.ENOENT
            libc.open("$directory", OpenFlags.O_RDWR, 0) shouldBe -Errno.EISDIR
            libc.close(-1) shouldBe -Errno.EBADF
            libc.pread(-1, 0, 0, 0) shouldBe -Errno.EBADF
            libc.pwrite(-1, 0, 0, 0) shouldBe -Errno.EBADF
            libc.read(-1, 0, 0) shouldBe -Errno.EBADF
            libc.write(-1, 0, 0) shouldBe -Errno.EBADF
            libc.preadv2(-1, 0, 0, 0, 0) shouldBe -Errno.EBADF
            libc.copyFileRange(-1, 0, -1, 0, 1) shouldBe -Errno.EBADF
            libc.fsync(-1) shouldBe -Errno.EBADF
            libc.fdatasync(-1) shouldBe -Errno.EBADF
            libc.ftruncate(-1, 0) shouldBeIn listOf(-Errno.EBADF, -Errno.EINVAL)
            libc.fallocate(-1, 0, 0, 1) shouldBe -Errno.EBADF
            libc.lseek(-1, 0, FileControl.SEEK_SET) shouldBe -Errno.EBADF
            libc.fcntl(-1, FileControl.F_GETFL, 0) shouldBe -Errno.EBADF
            libc.fileSystemType(-1) shouldBe -Errno.EBADF
            libc.poll(0, 1, 0) shouldBe -Errno.EFAULT
            libc.eventfd(0, -1) shouldBe -Errno.EINVAL
            val private = Mapping.MAP_PRIVATE or Mapping.MAP_ANONYMOUS
            libc.mmap(0, 0, 0, private, -1, 0) shouldBe -Errno.EINVAL
            libc.munmap(1, 1) shouldBe -Errno.EINVAL
            libc.syscall(100_000, 0, 0, 0, 0, 0, 0) shouldBe -Errno.ENOSYS
            withMemory(StatX.BYTES) { memory ->
                libc.statx(-1, StatX.STATX_SIZE, memory.address()) shouldBe -Errno.EBADF
            }
        }

        test("copy_file_range copies at the offsets given, moves them on, and says 0 at the end") {
            val copy = Files.createTempFile(directory, "copy", null)
            withMemory(4096) { memory ->
                withFile(text, OpenFlags.O_RDONLY) { source ->
                    withFile(copy, OpenFlags.O_WRONLY) { target ->
                        val offsets = memory.buffer().putLong(0, 7).putLong(8, 1)
                        val address = memory.address()
                        libc.copyFileRange(source, address, target, address + 8, 2) shouldBe 2
                        libc.copyFileRange(source, address, target, address + 8, 9) shouldBe 1
                        libc.copyFileRange(source, address, target, address + 8, 9) shouldBe 0
                        offsets.getLong(0) shouldBe 10
                        offsets.getLong(8) shouldBe 4
                    }
                }
            }
            copy.readText() shouldBe "\u0000789"
        }

        test("reads say 0 at the end, and a bad address is an errno and not a crash") {
            withMemory(4096) { memory ->
                withFile(text, OpenFlags.O_RDONLY) { fd ->
                    libc.pread(fd, memory.address(), 4, 8) shouldBe 2
                    memory.buffer().get(0) shouldBe '8'.code.toByte()
                    libc.pread(fd, memory.address(), 4, 10) shouldBe 0
                    libc.pread(fd, 8, 4, 0) shouldBe -Errno.EFAULT
                    libc.lseek(fd, -3, FileControl.SEEK_END) shouldBe 7
                    libc.read(fd, memory.address(), 100) shouldBe 3
                }
            }
        }

        test("writes, sizes and allocation") {
            val file = directory.resolve("written")
            withMemory(4096) { memory ->
                memory.buffer().put(0, "hello".toByteArray())
                withFile(file, OpenFlags.O_RDWR or OpenFlags.O_CREAT) { fd ->
                    libc.write(fd, memory.address(), 2) shouldBe 2
                    libc.pwrite(fd, memory.address() + 2, 3, 2) shouldBe 3
                    libc.fsync(fd) shouldBe 0
                    libc.fdatasync(fd) shouldBe 0
                    file.readText() shouldBe "hello"
                    libc.ftruncate(fd, 2) shouldBe 0
                    file.readText() shouldBe "he"
                    libc.fallocate(fd, 0, 0, 10_000) shouldBeIn listOf(0, -Errno.EOPNOTSUPP)
                    libc.ftruncate(fd, 5L shl 32) shouldBe 0
                    file.fileSize() shouldBe (5L shl 32)
                }
            }
            PosixFilePermissions.toString(Files.getPosixFilePermissions(file)) shouldBe "rw-r--r--"
        }

        test("every descriptor is closed in child processes") {
            withFile(text, OpenFlags.O_RDONLY) { fd ->
                libc.fcntl(fd, FileControl.F_GETFD, 0) shouldBe FileControl.FD_CLOEXEC
            }
        }

        test("flags that differ by architecture mean what they say") {
            libc.open("$text", OpenFlags.O_RDONLY or OpenFlags.O_DIRECTORY, 0) shouldBe
                -Errno.ENOTDIR
            val link = Files.createSymbolicLink(directory.resolve("link"), text)
            libc.open("$link", OpenFlags.O_RDONLY or OpenFlags.O_NOFOLLOW, 0) shouldBe -Errno.ELOOP
            noDirectReason(directory)
                ?: withFile(text, OpenFlags.O_RDONLY or OpenFlags.O_DIRECT) { fd ->
                    libc.fcntl(fd, FileControl.F_GETFL, 0) and OpenFlags.O_DIRECT shouldNotBe 0
                }
        }

        test("preadv2 scatters, and with RWF_NOWAIT reads what is cached") {
            withMemory(4096) { memory ->
                IoVec.set(memory.buffer(), 0, memory.address() + 64, 3)
                IoVec.set(memory.buffer(), IoVec.BYTES, memory.address() + 128, 100)
                withFile(text, OpenFlags.O_RDONLY) { fd ->
                    libc.preadv2(fd, memory.address(), 2, 1, 0) shouldBe 9
                    memory.buffer().get(64) shouldBe '1'.code.toByte()
                    memory.buffer().get(128) shouldBe '4'.code.toByte()
                    libc.preadv2(fd, memory.address(), 2, 1, ReadWriteFlags.RWF_NOWAIT) shouldBeIn
                        listOf(9L, -Errno.EOPNOTSUPP.toLong())
                    // What is called where the C library has no preadv2.
                    libc.syscall(
                        SystemCall.PREADV2.toLong(),
                        fd.toLong(),
                        memory.address(),
                        2,
                        2,
                        0,
                        0,
                    ) shouldBe 8
                }
            }
        }

        test("statx of a descriptor and of a path agree with the JDK") {
            val key = Files.getAttribute(text, "unix:ino")
            withMemory(StatX.BYTES) { memory ->
                val wanted = StatX.STATX_BASIC_STATS or StatX.STATX_DIOALIGN
                withFile(text, OpenFlags.O_RDONLY) { fd ->
                    libc.statx(fd, wanted, memory.address()) shouldBe 0
                }
                val statx = memory.buffer()
                StatX.mask(statx) and StatX.STATX_BASIC_STATS shouldBe StatX.STATX_BASIC_STATS
                StatX.size(statx) shouldBe 10
                StatX.inode(statx) shouldBe key
                StatX.mode(statx) shouldBe Files.getAttribute(text, "unix:mode")
                StatX.mode(statx) and StatX.S_IFMT shouldBe StatX.S_IFREG
                val device = Files.getAttribute(text, "unix:dev") as Long
                StatX.device(statx) shouldBe ((major(device) shl 32) or minor(device))
                StatX.blockBytes(statx) shouldNotBe 0

                libc.statx(StatX.AT_FDCWD, "$directory", 0, wanted, memory.address()) shouldBe 0
                StatX.mode(statx) and StatX.S_IFMT shouldBe StatX.S_IFDIR
            }
        }

        test("file systems are told apart") {
            withFile(Path.of("/proc/self/stat"), OpenFlags.O_RDONLY) { fd ->
                libc.fileSystemType(fd) shouldBe FileSystemType.PROC
            }
            withFile(Path.of("/sys/kernel"), OpenFlags.O_RDONLY) { fd ->
                libc.fileSystemType(fd) shouldBe FileSystemType.SYSFS
            }
            FileSystemType.name(FileSystemType.TMPFS) shouldBe "tmpfs"
            FileSystemType.name(0xABCD) shouldBe "0xabcd"
        }

        test("a path is the JVM's bytes for it") {
            val file = directory.resolve("grüße-日本")
            withFile(file, OpenFlags.O_WRONLY or OpenFlags.O_CREAT) {}
            Files.exists(file) shouldBe true
        }

        test("a path that would name another file is refused") {
            text.parent.resolve("a").writeBytes(ByteArray(0))
            libc.open("$directory/a\u0000b", OpenFlags.O_RDONLY, 0) shouldBe -Errno.EILSEQ
            libc.open("$directory/\uD800", OpenFlags.O_RDONLY, 0) shouldBe -Errno.EILSEQ
            libc.statx(StatX.AT_FDCWD, "a\u0000b", 0, 0, 0) shouldBe -Errno.EILSEQ
            libc.open("", OpenFlags.O_RDONLY, 0) shouldBe -Errno.ENOENT
        }

        test("poll sees an eventfd become readable") {
            EventFd.open(libc).use { event ->
                withMemory(PollFd.BYTES) { memory ->
                    PollFd.set(memory.buffer(), 0, event.fd(), PollFd.POLLIN)
                    libc.poll(memory.address(), 1, 0) shouldBe 0
                    event.signal()
                    event.signal()
                    libc.poll(memory.address(), 1, -1) shouldBe 1
                    PollFd.returnedEvents(memory.buffer(), 0) shouldBe PollFd.POLLIN
                    event.drain()
                    libc.poll(memory.address(), 1, 0) shouldBe 0
                }
            }
        }

        test("an eventfd is silent once closed, and leaves nothing behind") {
            val before = openDescriptors()
            val event = EventFd.open(libc)
            event.drain()
            event.close()
            event.close()
            event.signal()
            event.drain()
            openDescriptors() shouldBe before
        }

        test("this process is this process") {
            libc.getpid().toLong() shouldBe ProcessHandle.current().pid()
        }

        test("direct buffers are found where they are, whatever their position and order") {
            withMemory(4096) { memory ->
                DirectBuffers.address(memory.buffer()) shouldBe memory.address()
            }
            val buffer = ByteBuffer.allocateDirect(100).put(7, 42).position(5)
            DirectBuffers.address(buffer.slice()) shouldBe DirectBuffers.address(buffer) + 5
            DirectBuffers.address(buffer.asReadOnlyBuffer()) shouldBe DirectBuffers.address(buffer)
        }
    }) {
    private companion object {
        /** The two parts of the `dev_t` that the JDK shows, as gnu_dev_major(3) takes it apart. */
        fun major(device: Long) = ((device shr 8) and 0xFFF) or ((device shr 32) and 0xFFFFF000)

        fun minor(device: Long) = (device and 0xFF) or ((device shr 12) and 0xFFFFFF00)
    }
}
