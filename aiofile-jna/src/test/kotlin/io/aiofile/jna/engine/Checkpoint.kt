package io.aiofile.jna.engine

import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS

/** Where a test holds the thread that comes by. */
class Checkpoint {
    private val arrived = CountDownLatch(1)
    private val opened = CountDownLatch(1)

    /** For the code under test: waits until the test opens it. */
    fun pass() {
        arrived.countDown()
        check(opened.await(PATIENCE_SECONDS, SECONDS)) { "never opened" }
    }

    fun awaitArrival() = check(arrived.await(PATIENCE_SECONDS, SECONDS)) { "nobody came" }

    fun open() = opened.countDown()
}
