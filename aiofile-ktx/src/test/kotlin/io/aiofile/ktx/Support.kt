package io.aiofile.ktx

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.contract.LeakCheck
import io.aiofile.contract.PATIENCE_SECONDS
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.delay
import kotlinx.coroutines.withTimeout

/** The backends that work here, of those that are on the class path. */
val backends: List<String> = listOf("libaio", "posix", "java").filter(::isAvailable)

private fun isAvailable(backend: String): Boolean = runCatching {
    AioContext.open(AioOptions.defaults().withBackend(backend)).close()
}
    .isSuccess

/** A context that the test closes. */
fun contextOn(backend: String): AioContext =
    LeakCheck.watch(AioContext.open(AioOptions.defaults().withBackend(backend)))

/** A context for the tests of a spec, which has to be idle after each. */
fun lastingContextOn(backend: String): AioContext =
    LeakCheck.watchForLong(AioContext.open(AioOptions.defaults().withBackend(backend)))

/**
 * Loads what stays for good, such as JNA's library and its descriptor, so that it isn't found left
 * behind by whichever test is the first. For each spec to call.
 */
fun loadWhatStays() {
    check("java" in backends)
    LeakCheck.watchForLong(AioContext.shared())
}

/** Runs on a thread of its own, and fails if that does not end: a hang must not hang the tests. */
fun <T> endsInTime(block: () -> T): T {
    val result = CompletableFuture<T>()
    val thread = Thread {
        try {
            result.complete(block())
        } catch (thrown: Throwable) {
            result.completeExceptionally(thrown)
        }
    }
    thread.isDaemon = true
    thread.start()
    try {
        return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS)
    } catch (hanging: TimeoutException) {
        hanging.stackTrace = thread.stackTrace
        throw hanging
    } catch (failed: java.util.concurrent.ExecutionException) {
        throw failed.cause ?: failed
    }
}

/** Waits for a condition that must come true, however slow the machine. */
suspend fun eventually(what: String, condition: () -> Boolean) {
    try {
        withTimeout(PATIENCE_SECONDS.seconds) {
            while (!condition()) {
                delay(1)
            }
        }
    } catch (late: kotlinx.coroutines.TimeoutCancellationException) {
        throw AssertionError("still not so: $what", late)
    }
}

/** Gives a block one thread to dispatch to, of that name. */
inline fun <T> onOneThread(name: String, block: (CoroutineDispatcher) -> T): T =
    Executors.newSingleThreadExecutor { task -> Thread(task, name).apply { isDaemon = true } }
        .asCoroutineDispatcher()
        .use(block)

/** Dispatches when the test says so. */
class ManualDispatcher : CoroutineDispatcher() {
    private val tasks = LinkedBlockingQueue<Runnable>()

    override fun dispatch(context: CoroutineContext, block: Runnable) {
        tasks.add(block)
    }

    val isEmpty: Boolean
        get() = tasks.isEmpty()

    fun runOne() {
        checkNotNull(tasks.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) { "nothing was dispatched" }
            .run()
    }

    fun runAll() {
        while (true) {
            (tasks.poll() ?: return).run()
        }
    }
}

/** Descriptors of this process on files below a directory; 0 where the system can't tell. */
fun descriptorsBelow(directory: Path): Int {
    val descriptors = Path.of("/proc/self/fd")
    if (!Files.isDirectory(descriptors)) {
        return 0
    }
    val root = directory.toRealPath()
    return Files.list(descriptors).use { all ->
        all.filter { link ->
                runCatching { Files.readSymbolicLink(link).startsWith(root) }.getOrDefault(false)
            }
            .count()
            .toInt()
    }
}

/** The default of line options, by name. */
val utf8: io.aiofile.LineOptions = io.aiofile.LineOptions.defaults()

/** What tests throw, to see it again. */
class Marker : RuntimeException()
