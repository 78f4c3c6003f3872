package io.aiofile.jna.sys

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.File

/** Prints the reason; started in a JVM of its own, since the answer stays the same in each. */
object Probe {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val loaded = NativeLibC.loadOrReason()
        println(loaded.reason() ?: "loaded")
    }
}

class NativeAccessTest :
    FunSpec({
        fun probe(vararg options: String, without: String = "no such entry"): String {
            val classPath =
                System.getProperty("java.class.path")
                    .split(File.pathSeparator)
                    .filterNot { without in it }
                    .joinToString(File.pathSeparator)
            val java = File(System.getProperty("java.home"), "bin/java").path
            val process =
                ProcessBuilder(java, "-cp", classPath, *options, Probe::class.java.name)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
            val said = process.inputReader().readText().trim()
            process.waitFor() shouldBe 0
            return said
        }

        test("loads here") { probe() shouldBe "loaded" }

        test("without JNA there is a reason, not an error") {
            probe(without = "net/java/dev/jna") shouldContain "add net.java.dev.jna:jna"
        }

        test("without JNA's stub there is a reason") {
            probe("-Djna.nounpack=true", "-Djna.nosys=true") shouldContain "UnsatisfiedLinkError"
        }

        test("on another system or processor there is a reason") {
            probe("-Dos.arch=riscv64") shouldBe "needs x86-64 or aarch64, this is riscv64"
            probe("-Dos.name=Plan 9") shouldBe "needs Linux, this is Plan 9"
        }

        val denial = Runtime.version().feature() >= 24
        test("denied native access is a reason" + if (denial) "" else " (skipped: needs JDK 24)")
            .config(enabled = denial) {
                probe("--illegal-native-access=deny") shouldContain "--enable-native-access"
            }

        test("the dynamic linker's words come through") {
            val jna =
                UnsatisfiedLinkError(
                    "Unable to load library 'x':\nx: cannot open shared object file\ny"
                )
            NativeAccess.reason(jna) shouldBe
                "UnsatisfiedLinkError: x: cannot open shared object file"
            NativeAccess.reason(UnsatisfiedLinkError("Unable to load library 'x':")) shouldContain
                "'x'"
            NativeAccess.reason(UnsatisfiedLinkError()) shouldContain "UnsatisfiedLinkError"
            val noexec = UnsatisfiedLinkError("jna.tmp: failed to map segment from shared object")
            NativeAccess.reason(ExceptionInInitializerError(noexec)) shouldContain "jna.tmpdir"
        }

        test("a virtual machine in trouble is not a reason") {
            shouldThrow<OutOfMemoryError> { NativeAccess.reason(OutOfMemoryError()) }
        }

        test("processors by the JDK's names") {
            Architecture.of("amd64") shouldBe Architecture.X86_64
            Architecture.of("x86_64") shouldBe Architecture.X86_64
            Architecture.of("aarch64") shouldBe Architecture.AARCH64
            Architecture.of("x86") shouldBe null
        }
    })
