package io.aiofile.jna.engine

import io.aiofile.jna.sys.Errno
import io.aiofile.jna.sys.FileSystemType
import io.aiofile.spi.Alignment
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

class GuardsTest :
    FunSpec({
        test("a stall keeps writes away for as long as it was bad, and no longer") {
            val pauses =
                mapOf(
                    StallGuard.STALL_NANOS to 0,
                    StallGuard.STALL_NANOS + 1 to 50_000_050,
                    2_000_000L to 100_000_000,
                    4_999_999L to 249_999_950,
                    5_000_000L to 1_000_000_000,
                    Long.MAX_VALUE / 2 to 1_000_000_000,
                )
            for (now in listOf(0L, Long.MAX_VALUE - 10, -5L)) {
                for ((took, pause) in pauses) {
                    val guard = StallGuard(now)
                    guard.isOpen(now) shouldBe true
                    val end = now + took
                    guard.measured(now, end)
                    guard.isOpen(end) shouldBe (pause == 0)
                    guard.isOpen(end + maxOf(pause - 1, 0)) shouldBe (pause == 0)
                    guard.isOpen(end + pause) shouldBe true
                }
            }
        }

        test("NOWAIT: a device that refuses the first try is never asked again") {
            val support = NowaitSupport()
            support.isWorthTrying shouldBe true
            support.refused() shouldBe true
            support.isWorthTrying shouldBe false
            // A read that was under way meanwhile.
            support.worked()
            support.isWorthTrying shouldBe false
        }

        test("NOWAIT: one odd file does not turn it off for a device where it works") {
            val support = NowaitSupport()
            val traits = FileTraits(FileKind.LOCAL, Alignment.NONE, emptySet())
            val odd = Descriptor(-1, traits, support, 0)
            val other = Descriptor(-1, traits, support, 0)
            other.readNowWorked()
            odd.readNowRefused()
            odd.isReadNowWorthTrying shouldBe false
            other.isReadNowWorthTrying shouldBe true
        }

        test("the known size follows what was done, and only what was done") {
            val file = descriptor(size = 1000)
            fun write(position: Long, length: Long) =
                TestOperation(Opcode.WRITE).over(null, position, length)
            file.growsWith(write(0, 1000)) shouldBe false
            file.growsWith(write(1, 1000)) shouldBe true
            file.growsWith(plain(Opcode.READ, 5000, 10)) shouldBe false
            // A short write grows it by what was transferred.
            file.done(write(1000, 500), 100)
            file.growsWith(write(1000, 100)) shouldBe false
            file.growsWith(write(1000, 101)) shouldBe true
            file.done(write(0, 10), 10)
            file.growsWith(write(1000, 100)) shouldBe false
            file.growsWith(Operation.SEQUENTIAL, 1) shouldBe true
            file.wrote(Operation.SEQUENTIAL, 5000)
            file.wrote(1100, 1)
            file.growsWith(1100, 1) shouldBe false
            file.growsWith(1100, 2) shouldBe true
            file.done(plain(Opcode.TRUNCATE, length = 50), 0)
            file.growsWith(write(0, 51)) shouldBe true
            file.done(plain(Opcode.ALLOCATE, position = 100, length = 100), 0)
            file.growsWith(write(0, 200)) shouldBe false
            file.growsWith(write(0, 201)) shouldBe true
        }

        test("a descriptor's number is given up once") {
            val file = descriptor(fd = 77)
            file.fd() shouldBe 77
            file.release() shouldBe 77
            file.release() shouldBe -1
            file.fd() shouldBe -1
        }

        test("what an errno of a submission means") {
            ErrnoVerdict.ofSubmission(Errno.EINTR) shouldBe ErrnoVerdict.RETRY
            ErrnoVerdict.ofSubmission(Errno.EAGAIN) shouldBe ErrnoVerdict.LATER
            ErrnoVerdict.ofSubmission(0) shouldBe ErrnoVerdict.LATER
            for (errno in listOf(Errno.EINVAL, Errno.EBADF, Errno.EFAULT, Errno.ENOSYS, 4711)) {
                ErrnoVerdict.ofSubmission(errno) shouldBe ErrnoVerdict.WORKER
            }
        }

        test("what an errno of an event means: one that is not listed is delivered") {
            val opcodes = listOf(Opcode.READ, Opcode.WRITE, Opcode.SYNC, Opcode.DATA_SYNC)
            val listed =
                setOf(Errno.EAGAIN, Errno.EOPNOTSUPP, Errno.ENOSYS, Errno.EINTR, Errno.EINVAL)
            for (opcode in opcodes) for (errno in 1..200) {
                val worker = errno in listed && !(errno == Errno.EINVAL && opcode == Opcode.WRITE)
                ErrnoVerdict.ofEvent(opcode, errno) shouldBe
                    if (worker) ErrnoVerdict.WORKER else ErrnoVerdict.DELIVER
            }
        }

        test("kinds of regular files: what is not known counts as somebody else's") {
            val kinds =
                mapOf(
                    FileSystemType.EXT to FileKind.LOCAL,
                    FileSystemType.XFS to FileKind.LOCAL,
                    FileSystemType.BTRFS to FileKind.LOCAL,
                    FileSystemType.OVERLAY to FileKind.LOCAL,
                    FileSystemType.TMPFS to FileKind.MEMORY,
                    FileSystemType.RAMFS to FileKind.MEMORY,
                    FileSystemType.PROC to FileKind.SPECIAL,
                    FileSystemType.SYSFS to FileKind.SPECIAL,
                    FileSystemType.NFS to FileKind.FOREIGN,
                    FileSystemType.FUSE to FileKind.FOREIGN,
                    0xDEADL to FileKind.FOREIGN,
                )
            kinds.mapValues { FileInspector.kindOf(it.key) } shouldBe kinds
        }
    })
