package io.aiofile.jna.libaio

import io.aiofile.jna.sys.libc
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.extensions.system.withSystemProperty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.io.IOException

class AioBindingTest :
    FunSpec({
        test("the first that works is taken, and the ones before it say why not") {
            val first = bindings.entries.first { it.value.isSuccess }.key
            val bound = AioBinding.bindFirst(libc)
            bound.binding() shouldBe first
            bound.refused() shouldHaveSize first.ordinal
            for (refused in bound.refused()) {
                refused shouldContain Regex("^libaio.so.1(t64)?: UnsatisfiedLinkError: libaio.so.1")
            }
        }

        for ((binding, bound) in bindings) {
            val skipped = bound.exceptionOrNull()?.let { " (skipped: ${it.message})" } ?: ""
            test("the property forces ${binding.title()}$skipped").config(
                enabled = bound.isSuccess
            ) {
                withSystemProperty(AioBinding.PROPERTY, binding.title()) {
                    AioBinding.bindFirst(libc).binding() shouldBe binding
                }
            }
        }

        test("a property that names none is an error that names them all") {
            withSystemProperty(AioBinding.PROPERTY, "libaio.so.2") {
                val message = shouldThrow<IOException> { AioBinding.bindFirst(libc) }.message!!
                message shouldStartWith "aiofile.libaio.binding=libaio.so.2: "
                for (binding in AioBinding.entries) message shouldContain binding.title()
            }
        }
    })
