package io.aiofile.benchmarks.worker

import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executor
import java.util.concurrent.locks.LockSupport

/** One thread on which results are awaited. */
internal interface Loop : Executor, AutoCloseable {
    fun isCurrent(): Boolean
}

/** A plain queue of tasks and the thread that takes them; it parks when there are none. */
internal class QueueLoop : Loop {
    private val tasks = ConcurrentLinkedQueue<Runnable>()

    @Volatile private var parked = false

    @Volatile private var closed = false

    private val thread = Thread(::run, "loop").apply { isDaemon = true }

    init {
        thread.start()
    }

    override fun isCurrent() = Thread.currentThread() === thread

    override fun execute(task: Runnable) {
        tasks.add(task)
        // Volatile, read after the add as it is written before the last look: no task is missed.
        if (parked) {
            LockSupport.unpark(thread)
        }
    }

    private fun run() {
        while (!closed) {
            val task = tasks.poll()
            if (task != null) {
                task.run()
                continue
            }
            parked = true
            if (tasks.isEmpty() && !closed) {
                LockSupport.park(this)
            }
            parked = false
        }
    }

    override fun close() {
        closed = true
        LockSupport.unpark(thread)
    }
}
