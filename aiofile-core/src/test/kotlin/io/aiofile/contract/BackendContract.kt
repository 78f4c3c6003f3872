package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.kotest.core.spec.style.FunSpec

/**
 * What every backend has to do, as one suite that each of them runs unchanged: a subclass says
 * which backend, and how a context on it is opened.
 *
 * One context serves all the tests that don't need limits of their own, so that what one of them
 * breaks another one finds.
 */
abstract class BackendContract(subject: Subject) : FunSpec() {
    constructor(
        backend: String,
        contextFactory: (AioOptions) -> AioContext,
    ) : this(Subject(backend, RealDisk(), opener = contextFactory))

    init {
        beforeSpec { subject.context }
        afterSpec { subject.close() }
        afterTest { subject.disk.clear() }

        include("open: ", openContract(subject))
        include("read: ", readsContract(subject))
        include("write: ", writesContract(subject))
        include("ranges: ", rangesContract(subject))
        include("append: ", appendContract(subject))
        include("sync: ", syncContract(subject))
        include("close: ", closeContract(subject))
        include("cancel: ", cancelContract(subject))
        include("futures: ", futuresContract(subject))
        include("storm: ", stormContract(subject))
        include("limits: ", limitsContract(subject))
        include("context: ", contextContract(subject))
        include("O_DIRECT: ", directContract(subject))
        include("wrap: ", wrapContract(subject))
        include("arena: ", arenaContract(subject))
        include("binary: ", binaryFileContract(subject))
        include("streams: ", streamsContract(subject))
        include("write-behind: ", writeBehindContract(subject))
        include("text: ", textFileContract(subject))
        include("lines: ", linesContract(subject))
        include("fifo: ", fifoContract(subject))
        include("special files: ", specialFilesContract(subject))
        include("security: ", securityContract(subject))
        include("bad input: ", badInputContract(subject))
        include("model: ", modelContract(subject))
    }
}
