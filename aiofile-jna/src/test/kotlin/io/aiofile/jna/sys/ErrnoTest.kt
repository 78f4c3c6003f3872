package io.aiofile.jna.sys

import com.sun.jna.Function
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

class ErrnoTest :
    FunSpec({
        test("names and texts") {
            Errno.name(Errno.EINVAL) shouldBe "EINVAL"
            Errno.message(Errno.EINVAL) shouldBe "Invalid argument"
            Errno.describe(Errno.ENOSPC) shouldBe "ENOSPC: No space left on device"
            Errno.name(133) shouldBe "EHWPOISON"
            Errno.name(1) shouldBe "EPERM"
        }

        test("an unknown number is told as it is") {
            for (unknown in listOf(0, 41, 58, 134, 4711, -1, Int.MIN_VALUE)) {
                Errno.name(unknown) shouldBe "errno $unknown"
                Errno.message(unknown) shouldBe "Unknown error $unknown"
            }
        }

        test("every constant has the name it has in C") {
            for (field in Errno::class.java.fields) {
                Errno.name(field.getInt(null)) shouldBe field.name
            }
        }

        test("texts are those of strerror") {
            val strerror = Function.getFunction("c", "strerror")
            // musl words some of them differently.
            if (strerror.invokeString(arrayOf(Errno.EINVAL), false) == "Invalid argument") {
                for (errno in (1..133) - listOf(41, 58)) {
                    Errno.message(errno) shouldBe strerror.invokeString(arrayOf(errno), false)
                }
            }
        }

        test("the exception carries number and name") {
            val exception = Errno.exception(Errno.EDQUOT)
            exception.errno() shouldBe 122
            exception.errnoName() shouldBe "EDQUOT"
            exception.message shouldBe "EDQUOT: Disk quota exceeded"
        }
    })
