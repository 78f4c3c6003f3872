package io.aiofile.benchmarks.worker

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put

/** How a file is opened. */
internal enum class Access {
    BUFFERED,
    DIRECT,
}

/** What one operation is. A write with sync is over when the device has it (fdatasync). */
internal enum class Operation {
    READ,
    WRITE,
    WRITE_AND_SYNC,
}

/** What is noted of each operation: always how long it took; for rows about the caller more. */
internal enum class Watch {
    LATENCY,
    /** Also how long the call held the thread that made it. */
    CALLER,
}

/** What a worker is asked to do, as it goes over the wire: the words are the script's too. */
internal sealed interface Work {
    val kind: String

    fun describe(into: JsonObjectBuilder)

    fun toJson(): JsonObject = buildJsonObject {
        put("kind", kind)
        describe(this)
    }

    companion object {
        fun of(json: JsonObject): Work =
            when (val kind = json.text("kind")) {
                AwaitedWork.KIND -> AwaitedWork.of(json)
                ScanWork.KIND -> ScanWork.of(json)
                LinesWork.KIND -> LinesWork
                CopyWork.KIND -> CopyWork(json.text("durable").toBooleanStrict())
                IdleWork.KIND -> IdleWork(json.long("settleMillis"), json.long("observeMillis"))
                CostWork.KIND -> CostWork.of(json)
                ManyFilesWork.KIND -> ManyFilesWork(json.int("files"), json.int("requests"))
                else -> throw IllegalArgumentException("unknown work $kind")
            }
    }
}

/**
 * Operations from one event-loop thread: so many in flight, each re-issued when its result has come
 * back to that thread.
 */
internal data class AwaitedWork(
    val operation: Operation,
    val blockBytes: Int,
    val inFlight: Int,
    val access: Access,
    val watch: Watch = Watch.LATENCY,
) : Work {
    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) {
        into.put("operation", operation.name)
        into.put("blockBytes", blockBytes)
        into.put("inFlight", inFlight)
        into.put("access", access.name)
        into.put("watch", watch.name)
    }

    companion object {
        const val KIND = "awaited"

        fun of(json: JsonObject) =
            AwaitedWork(
                Operation.valueOf(json.text("operation")),
                json.int("blockBytes"),
                json.int("inFlight"),
                Access.valueOf(json.text("access")),
                Watch.valueOf(json.text("watch")),
            )
    }
}

/** A file read from its start to its end, chunk by chunk. */
internal data class ScanWork(val chunkBytes: Int, val readAhead: Int, val access: Access) : Work {
    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) {
        into.put("chunkBytes", chunkBytes)
        into.put("readAhead", readAhead)
        into.put("access", access.name)
    }

    companion object {
        const val KIND = "scan"

        fun of(json: JsonObject) =
            ScanWork(
                json.int("chunkBytes"),
                json.int("readAhead"),
                Access.valueOf(json.text("access")),
            )
    }
}

/** A text read from its start to its end, line by line, each a String. */
internal data object LinesWork : Work {
    const val KIND = "lines"

    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) = Unit
}

/** A file copied; durable when the device has it before the copy is over. */
internal data class CopyWork(val durable: Boolean) : Work {
    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) {
        into.put("durable", durable.toString())
    }

    companion object {
        const val KIND = "copy"
    }
}

/** Nothing at all, after a little work: who wakes up meanwhile? */
internal data class IdleWork(val settleMillis: Long, val observeMillis: Long) : Work {
    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) {
        into.put("settleMillis", settleMillis)
        into.put("observeMillis", observeMillis)
    }

    companion object {
        const val KIND = "idle"
    }
}

/** One operation at a time, over and over, for its cost in memory and time. */
internal data class CostWork(val millis: Int, val access: Access) : Work {
    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) {
        into.put("millis", millis)
        into.put("access", access.name)
    }

    companion object {
        const val KIND = "cost"

        fun of(json: JsonObject) = CostWork(json.int("millis"), Access.valueOf(json.text("access")))
    }
}

/** Many files open, and many requests submitted at once, wave after wave. */
internal data class ManyFilesWork(val files: Int, val requests: Int) : Work {
    override val kind
        get() = KIND

    override fun describe(into: JsonObjectBuilder) {
        into.put("files", files)
        into.put("requests", requests)
    }

    companion object {
        const val KIND = "many files"
    }
}

internal fun JsonObject.text(key: String): String =
    requireNotNull(this[key]) { "no $key in $this" }.jsonPrimitive.content

internal fun JsonObject.int(key: String): Int =
    requireNotNull(this[key]) { "no $key in $this" }.jsonPrimitive.int

internal fun JsonObject.long(key: String): Long =
    requireNotNull(this[key]) { "no $key in $this" }.jsonPrimitive.long
