package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.fails
import io.aiofile.contract.got
import io.aiofile.contract.pattern
import io.aiofile.fake.Failures
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup
import io.aiofile.fake.Fault
import io.aiofile.spi.Opcode
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

/** What an error says to do about it is about what has failed. */
class ErrorHintsTest :
    FunSpec({
        fun withFile(
            mode: OpenMode = OpenMode.READ_WRITE,
            body: FakeSetup.(AsyncFile) -> Unit,
        ) {
            val disk = MemoryDisk()
            val setup = FakeSetup(disk.disk)
            val path = disk.put(disk.fresh(), pattern(100))
            LeakCheck.watch(FakeProvider.open(AioOptions.defaults(), setup)).use { context ->
                context.openFileAsync(path, mode).got().use { setup.body(it) }
            }
        }

        test("EINVAL: O_DIRECT is named where a transfer of such a file failed, and only there") {
            withFile(OpenMode.READ_WRITE.withDirect()) { file ->
                faults.next(Opcode.READ, Fault.Fail(Failures.EINVAL))
                file.readBytesAsync(0, 10).fails<FileIoException>("EINVAL", "O_DIRECT")
                faults.next(Opcode.DATA_SYNC, Fault.Fail(Failures.EINVAL))
                file.dataSyncAsync().fails<FileIoException>("EINVAL").hint() shouldBe null
            }
            withFile { file ->
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
