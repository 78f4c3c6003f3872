package io.aiofile.jna.load

import io.aiofile.jna.faults.ChildJvm
import java.io.File
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.reflect.KClass

/** How a JVM of its own ended, and what it said. */
class ChildResult(val exitCode: Int, val said: String) {
    /** The number behind a word in what it said. */
    fun number(word: String): Long =
        checkNotNull(Regex("$word (-?\\d+)").find(said)) { "no $word in: $said" }
            .groupValues[1]
            .toLong()
}

private const val PATIENCE_SECONDS = 300L

/**
 * Runs a main class of these tests in a JVM of its own, and waits for its end: for what is about a
 * small heap, about a whole process, or about its end.
 */
fun runChild(
    main: KClass<*>,
    arguments: List<String>,
    jvmOptions: List<String> = listOf("-Xmx64m"),
): ChildResult {
    val log = File.createTempFile("aiofile-child", ".log")
    try {
        val child =
            ChildJvm.start(ChildJvm.command(main, arguments, jvmOptions)) {
                redirectErrorStream(true).redirectOutput(log)
            }
        if (!child.waitFor(PATIENCE_SECONDS, SECONDS)) {
            child.destroyForcibly().waitFor()
            throw AssertionError("$main did not end: ${log.readText()}")
        }
        return ChildResult(child.exitValue(), log.readText())
    } finally {
        log.delete()
    }
}
