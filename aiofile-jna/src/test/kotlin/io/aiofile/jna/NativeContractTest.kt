package io.aiofile.jna

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.contract.BackendContract
import io.aiofile.jna.libaio.AioBinding
import io.aiofile.jna.libaio.bindings
import io.kotest.core.annotation.Condition
import io.kotest.core.annotation.EnabledIf
import io.kotest.core.spec.Spec
import io.kotest.core.spec.style.FunSpec
import io.kotest.extensions.system.withSystemProperty
import io.kotest.matchers.string.shouldContain
import kotlin.reflect.KClass

/**
 * The contract suite over the native backends: the one without a kernel queue, and each binding.
 */
class PosixContractTest : BackendContract("posix", { AioContext.open(it.withBackend("posix")) })

class SystemCallsContractTest :
    BackendContract("libaio", { openBoundTo(AioBinding.SYSTEM_CALLS, it) })

@EnabledIf(So1IsThere::class)
class LibaioSo1ContractTest : BackendContract("libaio", { openBoundTo(AioBinding.LIBAIO, it) })

/** Where only libaio.so.1 is installed, a copy of it under the other name is taken. */
@EnabledIf(So1t64IsThere::class)
class LibaioSo1t64ContractTest :
    BackendContract("libaio", { openBoundTo(AioBinding.LIBAIO_T64, it) })

/** The package is not installed everywhere; without it the same suite runs on system calls. */
open class BindingIsThere(private val binding: AioBinding) : Condition {
    override fun evaluate(kclass: KClass<out Spec>): Boolean = bindings.getValue(binding).isSuccess
}

class So1IsThere : BindingIsThere(AioBinding.LIBAIO)

class So1t64IsThere : BindingIsThere(AioBinding.LIBAIO_T64)

/** A suite that a condition leaves out says nothing: this does. */
class LibaioPackageTest :
    FunSpec({
        for (binding in listOf(AioBinding.LIBAIO, AioBinding.LIBAIO_T64)) {
            val bound = bindings.getValue(binding)
            val skipped = bound.exceptionOrNull()?.let { " (skipped: ${it.message})" } ?: ""
            test("the contract suite runs over ${binding.title()}$skipped").config(
                enabled = bound.isSuccess
            ) {
                openBoundTo(binding, AioOptions.defaults()).use {
                    it.describe() shouldContain binding.title()
                }
            }
        }
    })

private fun openBoundTo(binding: AioBinding, options: AioOptions): AioContext {
    // What JNA has found once it finds again.
    bindings.getValue(binding).getOrThrow()
    return withSystemProperty(AioBinding.PROPERTY, binding.title()) {
        AioContext.open(options.withBackend("libaio"))
    }
}
