package io.aiofile.contract

import io.kotest.assertions.withClue
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.TimeoutException
import kotlin.reflect.KClass

/** How long a test waits for what must come: far beyond what a busy machine takes. */
const val PATIENCE_SECONDS = 240L

/** The result, or the failure as itself; a future that is not done in [PATIENCE_SECONDS] is one. */
fun <T> CompletableFuture<T>.got(): T =
    try {
        get(PATIENCE_SECONDS, SECONDS)
    } catch (failure: ExecutionException) {
        throw failure.cause ?: failure
    } catch (late: TimeoutException) {
        throw AssertionError("still unfinished after $PATIENCE_SECONDS s: $this", late)
    }

/** Waits for the end of the future, whatever it is. */
fun CompletableFuture<*>.ended() {
    runCatching { got() }.exceptionOrNull()?.let { if (it is AssertionError) throw it }
}

/** The failure of the future; its message has to say all of [parts]. */
inline fun <reified E : Throwable> CompletableFuture<*>.fails(vararg parts: String): E =
    failing(E::class, parts) { got() }

/** The failure of the call itself, which is to say all of [parts]. */
inline fun <reified E : Throwable> refuses(vararg parts: String, noinline call: () -> Any?): E =
    failing(E::class, parts, call)

@PublishedApi
internal fun <E : Throwable> failing(
    type: KClass<E>,
    parts: Array<out String>,
    call: () -> Any?,
): E {
    val failure = runCatching(call).exceptionOrNull()
    if (!type.isInstance(failure)) {
        throw AssertionError("expected ${type.simpleName}, but got $failure", failure)
    }
    parts.forEach { withClue(failure.toString()) { failure?.message.orEmpty() shouldContain it } }
    @Suppress("UNCHECKED_CAST")
    return failure as E
}

/** Waits until [condition] holds. */
fun eventually(what: String, condition: () -> Boolean) {
    val deadline = System.nanoTime() + SECONDS.toNanos(PATIENCE_SECONDS)
    while (!condition()) {
        check(System.nanoTime() < deadline) { "not in $PATIENCE_SECONDS s: $what" }
        Thread.sleep(1)
    }
}

/** Bytes that say where they belong: no two pages are alike, nor shifted copies of each other. */
fun pattern(length: Int, seed: Int = 1): ByteArray =
    ByteArray(length) { ((it * 31 + (it ushr 8) * 17 + (it ushr 16) * 7) xor seed).toByte() }

fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).put(bytes).flip()

/** The remaining bytes, without moving the position. */
fun ByteBuffer.remainingBytes(): ByteArray = ByteArray(remaining()).also { duplicate().get(it) }

/** Compares without printing megabytes. */
infix fun ByteArray.shouldEqual(expected: ByteArray) {
    size shouldBe expected.size
    java.util.Arrays.mismatch(this, expected) shouldBe -1
}

val onLinux = System.getProperty("os.name") == "Linux"

/**
 * The seed of a random test: `-Daiofile.seed=…` or a new one; said once, so that it can be asked
 * for.
 */
fun seed(test: String): Long {
    val seed = System.getProperty("aiofile.seed")?.toLong() ?: System.nanoTime()
    println("$test: -Daiofile.seed=$seed")
    return seed
}

/**
 * How often a random test repeats something: as often as given, or `-Daiofile.scale=…` times that.
 * Random tests are short by default, and as long as one likes by this.
 */
fun scaled(times: Int): Int = Math.multiplyExact(times, Integer.getInteger("aiofile.scale", 1))
