package io.aiofile.samples

import io.aiofile.AioContext
import io.kotest.core.spec.Spec
import io.kotest.engine.spec.tempdir
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import java.util.SplittableRandom

/**
 * A context that has to be idle after each test of a spec, and is closed after the last one, which
 * waits for what is in flight.
 */
fun Spec.context(): Lazy<AioContext> {
    val context = lazy { AioContext.open() }
    afterTest { if (context.isInitialized()) eventually { isIdle(context.value) } }
    afterSpec { if (context.isInitialized()) context.value.close() }
    return context
}

private fun isIdle(context: AioContext): Boolean {
    val now = context.metrics()
    return now.openFiles() == 0 &&
        now.inFlight() == 0 &&
        now.queued() == 0 &&
        now.pooledBytes() == 0L
}

/** An empty directory, removed after the last test of a spec. */
fun Spec.directory(): Path = tempdir().toPath().toRealPath()

/** The same bytes each time. */
fun randomBytes(count: Int): ByteArray = ByteArray(count).also(SplittableRandom(42)::nextBytes)

fun Path.withBytes(bytes: ByteArray): Path = Files.write(this, bytes)

fun Path.withText(text: String): Path = Files.writeString(this, text)

/** What a main program prints. */
fun printed(main: () -> Unit): String {
    val before = System.out
    val bytes = ByteArrayOutputStream()
    System.setOut(PrintStream(bytes, true, Charsets.UTF_8))
    try {
        main()
    } finally {
        System.setOut(before)
    }
    return bytes.toString(Charsets.UTF_8)
}

/** A new FIFO; null where the system has none. */
fun Path.asFifo(): Path? {
    val made = runCatching { ProcessBuilder("mkfifo", toString()).start().waitFor() == 0 }
    return if (made.getOrDefault(false)) this else null
}

val hasProc: Boolean = Files.exists(Path.of("/proc/filesystems"))

/** Waits, for a minute at most. */
fun eventually(condition: () -> Boolean) {
    val start = System.nanoTime()
    while (!condition()) {
        check(System.nanoTime() - start < 60_000_000_000L) { "it did not happen within a minute" }
        Thread.sleep(10)
    }
}
