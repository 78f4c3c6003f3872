package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.spi.BackendProvider
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.ServiceLoader
import kotlin.io.path.deleteExisting

/** Surefire puts everything on the class path; here the published jars are modules. */
class ModulePathTest :
    FunSpec({
        test("every backend that works on the class path works on the module path") {
            val found = ServiceLoader.load(BackendProvider::class.java)
            val expected = found.filter { it.availability().available }.map { "${it.name()} works" }

            val process =
                ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path",
                        MODULES.joinToString(File.pathSeparator, transform = ::pathOf),
                        "--add-modules",
                        "io.aiofile.ktx,io.aiofile.jna",
                        "--enable-native-access=com.sun.jna",
                        "--class-path",
                        pathOf(ModulePathProbe::class.java.name),
                        ModulePathProbe::class.java.name,
                    )
                    .redirectErrorStream(true)
                    .start()
            val lines = process.inputReader().readLines()

            withClue(lines.joinToString("\n")) {
                process.waitFor() shouldBe 0
                lines shouldContainExactlyInAnyOrder expected
            }
        }
    })

/**
 * One class of each module that is no part of the JDK: where it comes from is the module's path.
 */
private val MODULES =
    listOf(
        "io.aiofile.AioContext",
        "io.aiofile.jna.LibaioProvider",
        "io.aiofile.ktx.FlowsKt",
        "com.sun.jna.Native",
        "kotlin.Unit",
        "kotlinx.coroutines.Job",
    )

private fun pathOf(className: String): String {
    val source = Class.forName(className).protectionDomain.codeSource
    return Path.of(source.location.toURI()).toString()
}

/** Writes and reads a file with each backend, in a JVM that has them as modules. */
object ModulePathProbe {
    @JvmStatic
    fun main(args: Array<String>) {
        check(AioContext::class.java.module.name == "io.aiofile.core")
        check(ModuleLayer.boot().findModule("io.aiofile.ktx").isPresent)
        ServiceLoader.load(BackendProvider::class.java)
            .filter { it.availability().available }
            .forEach {
                check(it.javaClass.module.isNamed) { "${it.name()} is on the class path" }
                roundTrip(it.name())
                println("${it.name()} works")
            }
    }

    private fun roundTrip(backend: String) {
        val path = Files.createTempFile("module-path", ".txt")
        AioContext.open(AioOptions.defaults().withBackend(backend)).use { context ->
            context.openFileAsync(path, "w+").await().use { file ->
                file.writeStringAsync("hello", 0).await()
                check(file.readStringAsync().await() == "hello")
            }
        }
        path.deleteExisting()
    }
}
