package io.aiofile

/** What a test may know of a context and its users need not. */
class ContextView(private val context: AioContext) {
    /** What the names of its threads begin with. */
    val threadPrefix: String
        get() = context.engine().name() + "-"

    /** Whether its last file is closed. */
    val isClosed: Boolean
        get() = context.engine().isClosed
}
