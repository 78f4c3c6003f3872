package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.ContextView
import io.aiofile.fake.SpiRules
import io.kotest.core.listeners.AfterTestListener
import io.kotest.core.listeners.BeforeTestListener
import io.kotest.core.test.TestCase
import io.kotest.engine.test.TestResult
import java.io.IOException
import java.net.StandardProtocolFamily
import java.nio.channels.FileChannel
import java.nio.channels.ServerSocketChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.DELETE_ON_CLOSE
import java.util.concurrent.TimeUnit.SECONDS

/**
 * Fails a test that leaves something behind: descriptors, threads of the library, an open context
 * or file, an operation, pooled memory; and one during which the fake saw a rule of the SPI broken.
 *
 * What ends on its own (a thread that was told to, a descriptor whose close is under way) gets a
 * bounded time for it. Tests run one at a time, so what is new belongs to the one that ran.
 */
object LeakCheck : BeforeTestListener, AfterTestListener {
    private const val CONVERGENCE_SECONDS = 20L

    init {
        // The first FileChannel of a process makes a socket for it to keep.
        val file = Files.createTempFile("aiofile", ".tmp")
        FileChannel.open(file, DELETE_ON_CLOSE).close()
        // And the first socket that is closed does so too, on JDK 25.
        try {
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).close()
        } catch (_: UnsupportedOperationException) {
            // No such sockets, hence no test that opens one.
        }
    }

    private val ownDescriptors = Path.of("/proc/self/fd")
    private val lasting = LinkedHashSet<AioContext>()
    private val brief = LinkedHashSet<AioContext>()
    private var descriptorsBefore = emptyMap<String, Int>()
    private var threadsBefore = emptySet<Thread>()

    init {
        // Opened by whichever test comes first, and never closed: no test's leak.
        lasting += AioContext.shared()
    }

    /** A context that the test has to close. */
    @Synchronized fun watch(context: AioContext) = context.also { brief += it }

    /** A context that outlives the test: it has to be idle after it. */
    @Synchronized fun watchForLong(context: AioContext) = context.also { lasting += it }

    override suspend fun beforeAny(testCase: TestCase) = start()

    override suspend fun afterAny(testCase: TestCase, result: TestResult) = finish()

    /** Notes what there is before a test. */
    @Synchronized
    fun start() {
        brief.clear()
        SpiRules.takeBroken()
        lasting.removeIf { isClosed(it) }
        descriptorsBefore = descriptors()
        threadsBefore = threads()
    }

    /** Compares; fails with all that is left over after so long. */
    @Synchronized
    fun finish(patienceSeconds: Long = CONVERGENCE_SECONDS) {
        val deadline = System.nanoTime() + SECONDS.toNanos(patienceSeconds)
        var left = leftOver()
        while (left.isNotEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(2)
            left = leftOver()
        }
        val problems = left + SpiRules.takeBroken()
        brief.filterNot { isClosed(it) }.forEach { it.closeAsync() }
        if (problems.isNotEmpty()) {
            throw AssertionError("left behind, or broken:\n" + problems.joinToString("\n"))
        }
    }

    private fun leftOver(): List<String> =
        brief.filterNot { isClosed(it) }.map { "open context: ${it.describe()}" } +
            // A closed one too: a permit that is lost keeps no file open.
            (brief.filter { isClosed(it) } + lasting).mapNotNull { busy(it) } +
            (threads() - threadsBefore).filterNot { isOfLasting(it) }.map { "thread: ${it.name}" } +
            descriptorsLeft()

    private fun busy(context: AioContext): String? {
        val now = context.metrics()
        val idle = now.inFlight() == 0 && now.queued() == 0 && now.pooledBytes() == 0L
        return if (idle && now.openFiles() == 0) null else "busy context: $now"
    }

    private fun isClosed(context: AioContext) = ContextView(context).isClosed

    // Of one context each; "aiofile-callback-1" and "aiofile-cleaner" are the whole library's.
    private fun threads(): Set<Thread> =
        Thread.getAllStackTraces().keys.filter { Regex("aiofile-\\d.*").matches(it.name) }.toSet()

    private fun isOfLasting(thread: Thread) = lasting.any {
        thread.name.startsWith(ContextView(it).threadPrefix)
    }

    private fun descriptorsLeft(): List<String> =
        descriptors().mapNotNull { (target, count) ->
            val more = count - (descriptorsBefore[target] ?: 0)
            if (more > 0) "descriptor: $target (+$more)" else null
        }

    /**
     * Where the open descriptors lead, and how many lead there; nothing where there is no /proc.
     */
    private fun descriptors(): Map<String, Int> {
        if (!Files.isDirectory(ownDescriptors)) return emptyMap()
        val targets = Files.list(ownDescriptors).use { list -> list.toList() }.mapNotNull(::target)
        return targets.filterNot(::isOfJvm).groupingBy { it }.eachCount()
    }

    // The descriptor of the listing itself is gone when it is looked at.
    private fun target(descriptor: Path): String? =
        try {
            Files.readSymbolicLink(descriptor).toString()
        } catch (_: IOException) {
            null
        }

    /** Whether the JVM opens such files when it feels like it, by what `/proc/self/fd` links to. */
    fun isOfJvm(target: String): Boolean =
        target.endsWith(".jar") ||
            // Lincheck's agent reads classes, and leaves closing the files to the collector.
            target.endsWith(".class") ||
            target.endsWith("/modules") ||
            // libffi, for JNA: its first closure maps an unlinked temporary file.
            Regex(".*/ffi\\w+ \\(deleted\\)").matches(target) ||
            target.startsWith("/dev/random") ||
            target.startsWith("/dev/urandom") ||
            target.startsWith("/sys/fs/cgroup") ||
            Regex("/proc/\\d+/fd").matches(target)
}
