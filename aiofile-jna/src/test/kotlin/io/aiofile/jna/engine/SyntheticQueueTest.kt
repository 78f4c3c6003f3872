package io.aiofile.jna.engine

import io.aiofile.jna.sys.libc
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir

/** The stand-in for a kernel keeps what the real ones keep. */
class SyntheticQueueTest :
    FunSpec({
        include(kernelQueueContract(tempdir().toPath()) { SyntheticQueue(libc, it) })
    })
