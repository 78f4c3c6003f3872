package io.aiofile.jna.sys

import com.sun.jna.Structure.FieldOrder
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.ByteOrder

@FieldOrder("iov_base", "iov_len")
class CIoVec : CStruct() {
    @JvmField var iov_base: Long = 0
    @JvmField var iov_len: Long = 0
}

@FieldOrder("fd", "events", "revents")
class CPollFd : CStruct() {
    @JvmField var fd: Int = 0
    @JvmField var events: Short = 0
    @JvmField var revents: Short = 0
}

@FieldOrder("tv_sec", "tv_nsec", "reserved")
class CStatXTimestamp : CStruct() {
    @JvmField var tv_sec: Long = 0
    @JvmField var tv_nsec: Int = 0
    @JvmField var reserved: Int = 0
}

@FieldOrder(
    "mask",
    "blksize",
    "attributes",
    "nlink",
    "uid",
    "gid",
    "mode",
    "spare0",
    "ino",
    "size",
    "blocks",
    "attributes_mask",
    "atime",
    "btime",
    "ctime",
    "mtime",
    "rdev_major",
    "rdev_minor",
    "dev_major",
    "dev_minor",
    "mnt_id",
    "dio_mem_align",
    "dio_offset_align",
    "spare3",
)
class CStatX : CStruct() {
    @JvmField var mask: Int = 0
    @JvmField var blksize: Int = 0
    @JvmField var attributes: Long = 0
    @JvmField var nlink: Int = 0
    @JvmField var uid: Int = 0
    @JvmField var gid: Int = 0
    @JvmField var mode: Short = 0
    @JvmField var spare0: ShortArray = ShortArray(1)
    @JvmField var ino: Long = 0
    @JvmField var size: Long = 0
    @JvmField var blocks: Long = 0
    @JvmField var attributes_mask: Long = 0
    @JvmField var atime: CStatXTimestamp = CStatXTimestamp()
    @JvmField var btime: CStatXTimestamp = CStatXTimestamp()
    @JvmField var ctime: CStatXTimestamp = CStatXTimestamp()
    @JvmField var mtime: CStatXTimestamp = CStatXTimestamp()
    @JvmField var rdev_major: Int = 0
    @JvmField var rdev_minor: Int = 0
    @JvmField var dev_major: Int = 0
    @JvmField var dev_minor: Int = 0
    @JvmField var mnt_id: Long = 0
    @JvmField var dio_mem_align: Int = 0
    @JvmField var dio_offset_align: Int = 0
    @JvmField var spare3: LongArray = LongArray(12)
}

class LayoutTest :
    FunSpec({
        test("iovec") {
            val c = CIoVec()
            IoVec.BYTES shouldBe c.size()
            IoVec.BASE shouldBe c.offsetOf("iov_base")
            IoVec.LENGTH shouldBe c.offsetOf("iov_len")
        }

        test("pollfd") {
            val c = CPollFd()
            PollFd.BYTES shouldBe c.size()
            PollFd.FD shouldBe c.offsetOf("fd")
            PollFd.EVENTS shouldBe c.offsetOf("events")
            PollFd.RETURNED_EVENTS shouldBe c.offsetOf("revents")
        }

        test("statx") {
            val c = CStatX()
            StatX.BYTES shouldBe c.size()
            StatX.MASK shouldBe c.offsetOf("mask")
            StatX.BLOCK_BYTES shouldBe c.offsetOf("blksize")
            StatX.MODE shouldBe c.offsetOf("mode")
            StatX.INODE shouldBe c.offsetOf("ino")
            StatX.SIZE shouldBe c.offsetOf("size")
            StatX.BLOCKS shouldBe c.offsetOf("blocks")
            StatX.DEVICE_MAJOR shouldBe c.offsetOf("dev_major")
            StatX.DEVICE_MINOR shouldBe c.offsetOf("dev_minor")
            StatX.DIRECT_MEMORY_ALIGNMENT shouldBe c.offsetOf("dio_mem_align")
            StatX.DIRECT_POSITION_ALIGNMENT shouldBe c.offsetOf("dio_offset_align")
        }

        test("an array of iovecs and pollfds keeps to its elements") {
            val memory = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder())
            IoVec.set(memory, 16, 4096, 100)
            PollFd.set(memory, 40, 7, PollFd.POLLIN or PollFd.POLLOUT)
            IoVec.base(memory, 16) shouldBe 4096
            IoVec.length(memory, 16) shouldBe 100
            memory.getInt(40) shouldBe 7
            memory.getShort(44) shouldBe 5
            PollFd.returnedEvents(memory, 40) shouldBe 0
            memory.getLong(8) shouldBe 0
            memory.getLong(32) shouldBe 0
            memory.getLong(48) shouldBe 0
        }
    })
