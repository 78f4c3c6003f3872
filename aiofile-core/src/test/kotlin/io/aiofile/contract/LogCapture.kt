package io.aiofile.contract

import java.util.concurrent.ConcurrentLinkedQueue
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger

/** What the library logs while this is open; kept from the console. */
class LogCapture : AutoCloseable {
    private val records = ConcurrentLinkedQueue<LogRecord>()
    // Held here: java.util.logging forgets a logger that nobody holds, with its handlers.
    private val logger = Logger.getLogger("io.aiofile")
    private val handler =
        object : Handler() {
            override fun publish(record: LogRecord) {
                records += record
            }

            override fun flush() = Unit

            override fun close() = Unit
        }

    init {
        logger.addHandler(handler)
        logger.useParentHandlers = false
    }

    /** Messages that contain [part], parameters filled in. */
    fun messages(part: String): List<LogRecord> = records.filter { part in text(it) }

    fun count(part: String) = messages(part).size

    fun text(record: LogRecord): String =
        record.parameters?.let { java.text.MessageFormat.format(record.message, *it) }
            ?: record.message.orEmpty()

    override fun close() {
        logger.removeHandler(handler)
        logger.useParentHandlers = true
    }
}
