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

    /** With its quick backends, as it names them. */
    val python = listOf("uring", "linux").map(::python)

    private val slowPython = listOf("thread", "python").map(::python)

    /** Why the others stay away: their rounds alone would take minutes. */
    val absentPython = slowPython.associate {
        it.name to "slow: in row 1 a sixth (thread) and a sixteenth (python) of its best"
    }

    /** Where none can take part. */
    fun absentPython(reason: String): Map<String, String> =
        (python + slowPython).associate { it.name to reason }

    private fun python(backend: String): Contestant {
        val name = "$PYTHON $backend"
        return Contestant(name) { it.python(name, backend) }
    }

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
