package io.aiofile

import io.aiofile.contract.BackendContract

class JavaBackendContractTest : BackendContract("java", { AioContext.open(it.withBackend("java")) })
