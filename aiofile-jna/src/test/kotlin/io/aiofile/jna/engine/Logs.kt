package io.aiofile.jna.engine

import java.util.concurrent.CopyOnWriteArrayList
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger

/** What the engine says to the log while a block runs; nothing of it gets to the console. */
object Logs {
    // Held here: the log manager holds loggers weakly.
    private val logger = Logger.getLogger("io.aiofile.jna.engine")

    /** @param failing whether the log throws whatever it is told, as where there is no memory */
    fun during(failing: Boolean = false, block: () -> Unit): List<String> {
        val records = CopyOnWriteArrayList<String>()
        val handler =
            object : Handler() {
                override fun publish(record: LogRecord) {
                    records += record.message
                    if (failing) throw OutOfMemoryError("of the log, for the test")
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
