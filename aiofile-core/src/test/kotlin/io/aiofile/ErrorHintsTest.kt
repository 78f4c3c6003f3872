package io.aiofile

import io.aiofile.contract.fails
import io.aiofile.contract.pattern
import io.aiofile.fake.Failures
import io.aiofile.fake.Fault
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

/** What an error says to do about it is about what has failed. */
class ErrorHintsTest :
    FunSpec({
        test("EINVAL: O_DIRECT is named where a transfer of such a file failed, and only there") {
            withFakeFile(pattern(100), OpenMode.READ_WRITE.withDirect()) { file ->
                faults.next(Opcode.READ, Fault.Fail(Failures.EINVAL))
                file.readBytesAsync(0, 10).fails<FileIoException>("EINVAL", "O_DIRECT")
                faults.next(Opcode.DATA_SYNC, Fault.Fail(Failures.EINVAL))
                file.dataSyncAsync().fails<FileIoException>("EINVAL").hint() shouldBe null
            }
            withFakeFile(pattern(100)) { file ->
                faults.next(Opcode.READ, Fault.Fail(Failures.EINVAL))
                file.readBytesAsync(0, 10).fails<FileIoException>("EINVAL").hint() shouldBe null
                faults.next(Opcode.OPEN, Fault.Fail(Failures.EINVAL))
                file
                    .context()
                    .openFileAsync(file.path(), OpenMode.READ)
                    .fails<FileIoException>("EINVAL")
                    .hint() shouldBe null
                faults.next(Opcode.OPEN, Fault.Fail(Failures.EINVAL))
                file
                    .context()
                    .openFileAsync(file.path(), OpenMode.READ.withDirect())
                    .fails<FileIoException>("EINVAL", "O_DIRECT")
            }
        }
    })
