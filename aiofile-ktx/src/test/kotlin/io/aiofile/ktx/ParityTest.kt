package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioFuture
import io.aiofile.AsyncFile
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.lang.reflect.ParameterizedType
import java.lang.reflect.Type
import java.lang.reflect.WildcardType
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.function.Consumer
import kotlin.coroutines.Continuation

/** The classes of a package that are public, from the directory or jar where [sample] is. */
private fun publicClasses(sample: Class<*>): List<Class<*>> {
    val root = Path.of(sample.protectionDomain.codeSource.location.toURI())
    val folder = sample.packageName.replace('.', '/')
    fun namesIn(directory: Path) =
        Files.list(directory).use { files ->
            files.map { it.fileName.toString() }.filter { it.endsWith(".class") }.toList()
        }
    val names =
        if (Files.isDirectory(root)) {
            namesIn(root.resolve(folder))
        } else {
            FileSystems.newFileSystem(root).use { namesIn(it.getPath(folder)) }
        }
    return names
        .map { Class.forName(sample.packageName + "." + it.removeSuffix(".class")) }
        .filter { Modifier.isPublic(it.modifiers) }
}

/** Java methods that return futures: all public ones, those of the futures themselves apart. */
private fun asyncMethods(): List<Method> =
    publicClasses(AioContext::class.java)
        .filterNot { CompletionStage::class.java.isAssignableFrom(it) }
        .flatMap { it.declaredMethods.toList() }
        .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }
        .filter { CompletableFuture::class.java.isAssignableFrom(it.returnType) }

private val suspendFunctions: List<Method> =
    publicClasses(FutureCancelledException::class.java)
        .filter { it.simpleName.endsWith("Kt") }
        .flatMap { it.declaredMethods.toList() }
        .filter { Modifier.isPublic(it.modifiers) && Modifier.isStatic(it.modifiers) }
        .filter { it.parameterTypes.lastOrNull() == Continuation::class.java }

/** The name that the suspend function has to have. */
private fun twinName(method: Method): String =
    when {
        method.declaringClass == AsyncFile::class.java && method.name == "openAsync" -> "openFile"
        // Members win over extensions, and close() is one that blocks.
        method.name == "closeAsync" -> "closeAndAwait"
        else -> method.name.removeSuffix("Async")
    }

private fun twinParameters(method: Method): List<Class<*>> {
    val receiver =
        if (Modifier.isStatic(method.modifiers)) listOf() else listOf(method.declaringClass)
    // A consumer of Java's runs on some thread; a block of Kotlin's in the coroutine.
    val parameters =
        method.parameterTypes.map {
            if (it == Consumer::class.java) Function1::class.java else it
        }
    return receiver + parameters + Continuation::class.java
}

private fun resultOf(future: Type): Type = (future as ParameterizedType).actualTypeArguments[0]

/** What Java code sees of the result type of a suspend function. */
private fun resultOf(twin: Method): Type {
    val continuation = twin.genericParameterTypes.last() as ParameterizedType
    return (continuation.actualTypeArguments[0] as WildcardType).lowerBounds[0]
}

private fun sameResult(java: Type, kotlin: Type): Boolean =
    if (java == Void::class.java) kotlin == Unit::class.java else java.typeName == kotlin.typeName

class ParityTest :
    FunSpec({
        test("the Java types are found by reflection") {
            asyncMethods()
                .map { it.declaringClass.simpleName }
                .toSet()
                .shouldContainAll(
                    "AioContext",
                    "AioFiles",
                    "AsyncFile",
                    "BinaryFile",
                    "ChunkReader",
                    "DirectChunkReader",
                    "LineReader",
                    "SequentialWriter",
                    "TextFile",
                )
        }

        test("every Java method that returns a future says so in its name, and returns AioFuture") {
            asyncMethods()
                .filterNot {
                    it.name.endsWith("Async") && it.returnType == AioFuture::class.java
                }
                .shouldBeEmpty()
        }

        for (method in asyncMethods()) {
            val parameters = method.parameterTypes.joinToString { it.simpleName }
            test("${method.declaringClass.simpleName}.${method.name}($parameters) has a twin") {
                val twins = suspendFunctions.filter {
                    it.name == twinName(method) &&
                        it.parameterTypes.toList() == twinParameters(method)
                }
                withClue("${twinName(method)}, of ${twinParameters(method)}") {
                    twins.size shouldBe 1
                }
                val java = resultOf(method.genericReturnType)
                val kotlin = resultOf(twins.single())
                withClue("$java, $kotlin") { sameResult(java, kotlin) shouldBe true }
            }
        }
    })
