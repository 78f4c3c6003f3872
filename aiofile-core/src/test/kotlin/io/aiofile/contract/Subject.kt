package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.AsyncFile
import java.nio.file.Path

/**
 * The backend that a run of the suite is about: how to get a context on it, and the disk that it
 * sees.
 *
 * @param backend the name that the context has to answer with
 * @param wholeTransfers whether small transfers are never cut short, as on any real local file
 */
class Subject(
    val backend: String,
    val disk: Disk,
    val wholeTransfers: Boolean = true,
    private val opener: (AioOptions) -> AioContext,
) : AutoCloseable {
    private var shared: AioContext? = null

    /** One context for all tests that don't need one of their own. */
    val context: AioContext
        get() = shared ?: LeakCheck.watchForLong(opener(AioOptions.defaults())).also { shared = it }

    /** Files of the operating system, for what is about them whatever the backend is. */
    val realDisk: RealDisk = disk as? RealDisk ?: RealDisk()

    /** A context that nobody watches: for tests that drop it. */
    fun openUnwatched(options: AioOptions = AioOptions.defaults()): AioContext = opener(options)

    /** A context of the test's own, to be closed by it. */
    fun open(options: AioOptions = AioOptions.defaults()): AioContext =
        LeakCheck.watch(opener(options))

    fun <T> withContext(
        options: AioOptions = AioOptions.defaults(),
        body: (AioContext) -> T,
    ): T = open(options).use(body)

    fun <T> withFile(
        path: Path,
        mode: String,
        on: AioContext = context,
        body: (AsyncFile) -> T,
    ): T = on.openFileAsync(path, mode).got().use(body)

    fun put(bytes: ByteArray, name: String = "data.bin"): Path = disk.put(disk.fresh(name), bytes)

    fun putText(text: String, name: String = "text.txt"): Path = put(text.toByteArray(), name)

    override fun close() {
        shared?.close()
        shared = null
        realDisk.delete()
    }
}
