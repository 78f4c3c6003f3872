package io.aiofile.jna.libaio

import com.sun.jna.Structure.FieldOrder
import io.aiofile.jna.sys.CStruct
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.ByteOrder

@FieldOrder(
    "aio_data",
    "aio_key",
    "aio_rw_flags",
    "aio_lio_opcode",
    "aio_reqprio",
    "aio_fildes",
    "aio_buf",
    "aio_nbytes",
    "aio_offset",
    "aio_reserved2",
    "aio_flags",
    "aio_resfd",
)
class CIocb : CStruct() {
    @JvmField var aio_data: Long = 0
    @JvmField var aio_key: Int = 0
    @JvmField var aio_rw_flags: Int = 0
    @JvmField var aio_lio_opcode: Short = 0
    @JvmField var aio_reqprio: Short = 0
    @JvmField var aio_fildes: Int = 0
    @JvmField var aio_buf: Long = 0
    @JvmField var aio_nbytes: Long = 0
    @JvmField var aio_offset: Long = 0
    @JvmField var aio_reserved2: Long = 0
    @JvmField var aio_flags: Int = 0
    @JvmField var aio_resfd: Int = 0
}

@FieldOrder("data", "obj", "res", "res2")
class CIoEvent : CStruct() {
    @JvmField var data: Long = 0
    @JvmField var obj: Long = 0
    @JvmField var res: Long = 0
    @JvmField var res2: Long = 0
}

class LayoutTest :
    FunSpec({
        test("iocb") {
            val c = CIocb()
            Iocb.BYTES shouldBe c.size()
            Iocb.DATA shouldBe c.offsetOf("aio_data")
            Iocb.KEY shouldBe c.offsetOf("aio_key")
            Iocb.RW_FLAGS shouldBe c.offsetOf("aio_rw_flags")
            Iocb.OPCODE shouldBe c.offsetOf("aio_lio_opcode")
            Iocb.PRIORITY shouldBe c.offsetOf("aio_reqprio")
            Iocb.FD shouldBe c.offsetOf("aio_fildes")
            Iocb.BUFFER shouldBe c.offsetOf("aio_buf")
            Iocb.LENGTH shouldBe c.offsetOf("aio_nbytes")
            Iocb.POSITION shouldBe c.offsetOf("aio_offset")
            Iocb.RESERVED shouldBe c.offsetOf("aio_reserved2")
            Iocb.FLAGS shouldBe c.offsetOf("aio_flags")
            Iocb.RESULT_FD shouldBe c.offsetOf("aio_resfd")
        }

        test("io_event") {
            val c = CIoEvent()
            IoEvent.BYTES shouldBe c.size()
            IoEvent.DATA shouldBe c.offsetOf("data")
            IoEvent.OBJECT shouldBe c.offsetOf("obj")
            IoEvent.RESULT shouldBe c.offsetOf("res")
            IoEvent.RESULT2 shouldBe c.offsetOf("res2")
        }

        test("a request is started clean, and keeps to its 64 bytes") {
            val memory = ByteBuffer.allocateDirect(192).order(ByteOrder.nativeOrder())
            for (i in 0 until 192) memory.put(i, -1)
            Iocb.start(memory, 64, Iocb.IOCB_CMD_FDSYNC, 5)
            Iocb.data(memory, 64, 77)
            val c = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder())
            c.putLong(0, 77).putShort(16, 3).putInt(20, 5)
            memory.slice(64, 64) shouldBe c
            for (i in (0 until 64) + (128 until 192)) memory.get(i) shouldBe -1
        }
    })
