package io.aiofile

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.MemoryDisk
import io.aiofile.contract.got
import io.aiofile.fake.FakeProvider
import io.aiofile.fake.FakeSetup

/** Opens a file of these bytes on a fake, to which the test can tell what to do with it. */
fun withFakeFile(
    bytes: ByteArray,
    mode: OpenMode = OpenMode.READ_WRITE,
    options: AioOptions = AioOptions.defaults(),
    body: FakeSetup.(AsyncFile) -> Unit,
) {
    val disk = MemoryDisk()
    val setup = FakeSetup(disk.disk)
    val path = disk.put(disk.fresh(), bytes)
    LeakCheck.watch(FakeProvider.open(options, setup)).use { context ->
        context.openFileAsync(path, mode).got().use { setup.body(it) }
    }
}
