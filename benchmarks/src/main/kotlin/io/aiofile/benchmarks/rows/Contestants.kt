package io.aiofile.benchmarks.rows

import io.aiofile.AioContext
import io.aiofile.benchmarks.peers.AiofileKotlinPeer
import io.aiofile.benchmarks.peers.AiofilePeer
import io.aiofile.benchmarks.peers.AsynchronousFileChannelPeer
import io.aiofile.benchmarks.peers.BufferedReaderPeer
import io.aiofile.benchmarks.peers.FileChannelPeer
import io.aiofile.benchmarks.peers.FileInputStreamPeer
import io.aiofile.benchmarks.peers.FilesCopyPeer
import io.aiofile.benchmarks.peers.JasyncfioPeer
import io.aiofile.benchmarks.peers.OkioPeer
import io.aiofile.benchmarks.peers.VertxPeer
import io.aiofile.benchmarks.peers.backends
import io.aiofile.benchmarks.players.CpPlayer
import io.aiofile.benchmarks.players.FioPlayer

/** Everybody there is, by name. */
internal object Contestants {
    private const val PYTHON = "Python aiofile"

    private fun jvm(name: String) = Contestant(name) { it.jvm(name) }

    val ours: List<Contestant> = backends().map { jvm(AiofilePeer.nameOf(it)) }

    /** The same backends from Kotlin, by way of its flows. */
    val oursInKotlin: List<Contestant> = backends().map { jvm(AiofileKotlinPeer.nameOf(it)) }

    private val chosenBackend: String by lazy { AioContext.open().use { it.backend() } }

    /** The backend that users get who choose none: the goals are his. */
    val chosen: String by lazy { AiofilePeer.nameOf(chosenBackend) }

    val chosenInKotlin: String by lazy { AiofileKotlinPeer.nameOf(chosenBackend) }

    val asynchronousFileChannel = jvm(AsynchronousFileChannelPeer.NAME)
    val fileChannel = jvm(FileChannelPeer.NAME)
    val vertx = jvm(VertxPeer.NAME)
    val jasyncfio = jvm(JasyncfioPeer.NAME)
    val fileInputStream = jvm(FileInputStreamPeer.NAME)
    val bufferedReader = jvm(BufferedReaderPeer.NAME)
    val filesCopy = jvm(FilesCopyPeer.NAME)
    val okio = jvm(OkioPeer.NAME)

    /** Its backends, as it names them; the second half is slower in every row by far. */
    private val pythonBackends = listOf("uring", "linux", "thread", "python")

    /** Those that a quick run has time for, or all of them. */
    fun python(scale: Scale): List<Contestant> =
        pythonBackends.take(scale.pick(quick = 2, full = pythonBackends.size)).map { backend ->
            val name = pythonName(backend)
            Contestant(name) { it.python(name, backend) }
        }

    /** The rest of them, and why they are not there. */
    fun absentPython(scale: Scale): Map<String, String> =
        pythonBackends
            .map(::pythonName)
            .minus(python(scale).map { it.name }.toSet())
            .associateWith { "slow; in the full run only" }

    /** All of them, where none can take part. */
    fun absentPython(reason: String): Map<String, String> =
        pythonBackends.map(::pythonName).associateWith { reason }

    private fun pythonName(backend: String) = "$PYTHON $backend"

    fun fio(engine: String) = Contestant(FioPlayer.nameOf(engine)) { FioPlayer(engine) }

    val cp = Contestant(CpPlayer.NAME) { CpPlayer() }

    fun isOurs(name: String) = (ours + oursInKotlin).any { it.name == name }

    fun isPython(name: String) = name.startsWith(PYTHON)

    fun isLimit(name: String) = name.startsWith("fio ")

    /** What a part of the limit is a part of. */
    fun isYardstick(name: String) =
        isLimit(name) || name == FileInputStreamPeer.NAME || name == CpPlayer.NAME

    /** Neither ours nor the kernel's limit. */
    fun isPeer(name: String) = !isOurs(name) && !isLimit(name)
}
