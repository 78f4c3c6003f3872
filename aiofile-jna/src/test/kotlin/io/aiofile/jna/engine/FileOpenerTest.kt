package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.OpenFlags
import io.aiofile.jna.sys.StatX
import io.aiofile.spi.OpenOperation.Flag
import io.aiofile.spi.SystemCallException
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.net.StandardProtocolFamily
import java.net.UnixDomainSocketAddress
import java.nio.channels.ServerSocketChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.exists
import kotlin.io.path.fileSize

class FileOpenerTest :
    FunSpec({
        fun FileFixture.refusal(path: Path, vararg flags: Flag): SystemCallException =
            backend.start(path, *flags).awaitFailure().shouldBeInstanceOf<SystemCallException>()

        test("what can't be opened says why, and leaves nothing open") {
            withBackend {
                refusal(path("missing"), Flag.READ).errnoName() shouldBe "ENOENT"
                refusal(directory, Flag.READ).errnoName() shouldBe "EISDIR"
                refusal(directory, Flag.READ, Flag.WRITE).errnoName() shouldBe "EISDIR"
                val file = put(content(10))
                refusal(file, Flag.WRITE, Flag.CREATE_NEW).errnoName() shouldBe "EEXIST"
                refusal(file.resolve("below"), Flag.READ).errnoName() shouldBe "ENOTDIR"
                val link = Files.createSymbolicLink(path("link"), file)
                refusal(link, Flag.READ, Flag.NO_FOLLOW).errnoName() shouldBe "ELOOP"
                backend.opened(link, Flag.READ).use { it.read(0, 10) shouldBe content(10) }
                file.fileSize() shouldBe 10
            }
        }

        test("a socket is refused at once, though its errno is that of a FIFO without a reader") {
            withBackend {
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).use { server ->
                    server.bind(UnixDomainSocketAddress.of(path("socket")))
                    refusal(path("socket"), Flag.WRITE).errnoName() shouldBe "ENXIO"
                }
            }
        }

        test("create, truncate, permissions") {
            withBackend {
                val umask =
                    Files.createFile(path("probe")).let { Files.getPosixFilePermissions(it) }
                backend.opened(path(), Flag.WRITE, Flag.CREATE).use {
                    it.done(writeOf(content(10)))
                }
                // The JDK, too, gives rw-rw-rw- less the umask.
                Files.getPosixFilePermissions(path()) shouldBe umask
                backend.opened(path(), Flag.WRITE, Flag.CREATE).closed()
                path().fileSize() shouldBe 10
                backend.opened(path(), Flag.WRITE, Flag.TRUNCATE).closed()
                path().fileSize() shouldBe 0
                val asked = PosixFilePermissions.fromString("rwx--x---")
                val open = TestOpen(path("private"), setOf(Flag.WRITE, Flag.CREATE_NEW), asked)
                backend.open(open)
                open.await().closed()
                Files.getPosixFilePermissions(path("private")) shouldBe asked
            }
        }

        test("a child process does not keep our files, and regular ones are not O_NONBLOCK") {
            withBackend {
                put(content(10))
                backend.opened(path(), Flag.READ).use { file ->
                    val fd = file.toString().removePrefix("descriptor ").substringBefore(',')
                    val info = Files.readString(Path.of("/proc/self/fdinfo/$fd"))
                    val flags = Regex("flags:\\s+(\\d+)").find(info)!!.groupValues[1].toInt(8)
                    flags and OpenFlags.O_CLOEXEC shouldBe OpenFlags.O_CLOEXEC
                    flags and OpenFlags.O_NONBLOCK shouldBe 0
                }
            }
        }

        test("O_DIRECT where the file system refuses it: named, and nothing created or cut") {
            // As Linux does it: the file is created, and then O_DIRECT is refused.
            val libc =
                object : LibCSpy() {
                    override fun open(path: String, flags: Int, mode: Int): Int {
                        if (flags and OpenFlags.O_DIRECT == 0) return super.open(path, flags, mode)
                        val fd = super.open(path, flags and OpenFlags.O_DIRECT.inv(), mode)
                        if (fd < 0) return fd
                        close(fd)
                        return -Errno.EINVAL
                    }
                }
            withBackend(libc = libc) {
                refusal(path(), Flag.WRITE, Flag.CREATE, Flag.DIRECT).message shouldContain
                    "does not support O_DIRECT"
                refusal(path(), Flag.WRITE, Flag.CREATE_NEW, Flag.DIRECT)
                path().exists() shouldBe false
                put(content(10))
                refusal(path(), Flag.WRITE, Flag.CREATE, Flag.TRUNCATE, Flag.DIRECT)
                path().fileSize() shouldBe 10
                refusal(path(), Flag.WRITE, Flag.CREATE_NEW, Flag.DIRECT).errnoName() shouldBe
                    "EEXIST"
                path().fileSize() shouldBe 10
            }
        }

        test("O_DIRECT that statx refuses: the same") {
            val libc =
                object : LibCSpy() {
                    override fun open(path: String, flags: Int, mode: Int): Int =
                        super.open(path, flags and OpenFlags.O_DIRECT.inv(), mode)

                    override fun statx(fd: Int, mask: Int, statx: Long): Int {
                        val result = super.statx(fd, mask, statx)
                        // stx_mask says that the alignment is there; the alignment says 0.
                        val memory = com.sun.jna.Pointer(statx)
                        memory.setInt(0, memory.getInt(0) or StatX.STATX_DIOALIGN)
                        memory.setLong(152, 0)
                        return result
                    }
                }
            withBackend(libc = libc) {
                refusal(path(), Flag.WRITE, Flag.CREATE, Flag.DIRECT).message shouldContain
                    "does not support O_DIRECT"
                path().exists() shouldBe false
            }
        }

        test("O_DIRECT on /proc names it") {
            withBackend {
                refusal(Path.of("/proc/version"), Flag.READ, Flag.DIRECT).message shouldBe
                    "EINVAL: proc does not support O_DIRECT here; open the file without it"
            }
        }

        test("O_DIRECT creates and cuts where it works") {
            withBackend {
                put(content(10))
                val flags = arrayOf(Flag.WRITE, Flag.CREATE, Flag.TRUNCATE, Flag.DIRECT)
                val open = backend.start(path(), *flags)
                val file = runCatching { open.await() }.getOrNull() ?: return@withBackend
                file.closed()
                path().fileSize() shouldBe 0
                backend.opened(path("new"), *flags).closed()
                path("new").exists() shouldBe true
            }
        }

        test("O_DIRECT through a symbolic link to what is not there yet creates that") {
            withBackend {
                Files.createSymbolicLink(path("link"), path("target"))
                val open = backend.start(path("link"), Flag.WRITE, Flag.CREATE, Flag.DIRECT)
                val file = runCatching { open.await() }.getOrNull() ?: return@withBackend
                file.closed()
                path("target").exists() shouldBe true
            }
        }

        test("an unknown alignment counts as a page") {
            val libc =
                object : LibCSpy() {
                    override fun open(path: String, flags: Int, mode: Int): Int =
                        super.open(path, flags and OpenFlags.O_DIRECT.inv(), mode)

                    override fun statx(fd: Int, mask: Int, statx: Long): Int =
                        super.statx(fd, mask and StatX.STATX_DIOALIGN.inv(), statx)
                }
            withBackend(libc = libc) {
                put(content(10))
                backend.opened(path(), Flag.READ, Flag.DIRECT).use {
                    it.alignment().offset() shouldBe 4096
                    it.alignment().memory() shouldBe 4096
                }
            }
        }

        test("whatever fails after open(2), the descriptor is closed") {
            val opened = AtomicInteger()
            val failing =
                listOf(
                    object : LibCSpy() {
                        override fun statx(fd: Int, mask: Int, statx: Long) = -Errno.EIO
                    },
                    object : LibCSpy() {
                        override fun fcntl(fd: Int, command: Int, argument: Int) = -Errno.EIO
                    },
                    object : LibCSpy() {
                        override fun lseek(fd: Int, position: Long, whence: Int): Long =
                            throw AssertionError("for the test").also { opened.incrementAndGet() }
                    },
                )
            for (libc in failing) withBackend(libc = libc) {
                put(content(10))
                backend.start(path(), Flag.READ).awaitFailure()
            }
            opened.get() shouldBe 1
        }

        test("1,000 files open at once, and closed") {
            withBackend {
                put(content(10))
                val files = List(1000) { backend.start(path(), Flag.READ) }.map { it.await() }
                files.forEach { it.read(0, 10) shouldBe content(10) }
                files.forEach { it.closed() }
            }
        }

        test("an open that was cancelled in the queue opens nothing") {
            withBackend(workers = 1) {
                val opens =
                    List(200) { TestOpen(path("$it"), setOf(Flag.WRITE, Flag.CREATE), null) }
                opens.forEach { backend.open(it) }
                opens.reversed().forEach { backend.cancel(it) }
                opens.forEach { open -> runCatching { open.await().closed() } }
                opens.filterNot { it.isOver }.shouldBeEmpty()
            }
        }
    })
