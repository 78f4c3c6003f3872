package io.aiofile.jna.engine

import java.util.concurrent.CopyOnWriteArrayList
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger

/** What the engine says to the log while a block runs; nothing of it gets to the console. */
object Logs {
    // Held here: the log manager holds loggers weakly.
    private val logger = Logger.getLogger("io.aiofile.jna.engine")

    fun during(block: () -> Unit): List<String> {
        val records = CopyOnWriteArrayList<String>()
        val handler =
            object : Handler() {
                override fun publish(record: LogRecord) {
                    records += record.message
                }

                override fun flush() = Unit

                override fun close() = Unit
            }
        logger.addHandler(handler)
        logger.useParentHandlers = false
        try {
            block()
        } finally {
            logger.useParentHandlers = true
            logger.removeHandler(handler)
        }
        return records
    }
}
