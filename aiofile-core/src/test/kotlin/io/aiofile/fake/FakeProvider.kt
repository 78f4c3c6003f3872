package io.aiofile.fake

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.spi.Availability
import io.aiofile.spi.Backend
import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendProvider

/**
 * Offers the fake, or whatever a test has built, under the name "fake", to those who ask for it.
 */
class FakeProvider : BackendProvider {
    override fun name() = NAME

    override fun preference() = Int.MIN_VALUE

    override fun availability(): Availability = Availability.yes("in memory")

    override fun start(config: BackendConfig): Backend =
        next?.invoke(config) ?: FakeBackend(config, FakeSetup())

    companion object {
        const val NAME = "fake"

        // Only set within open(), under its lock.
        private var next: ((BackendConfig) -> Backend)? = null

        /** Opens a context on a fake that is set up so. */
        fun open(options: AioOptions, setup: FakeSetup): AioContext =
            open(options) { FakeBackend(it, setup) }

        /**
         * Opens a context on a backend of the test's own making, which answers with its own name.
         */
        @Synchronized
        fun open(options: AioOptions, start: (BackendConfig) -> Backend): AioContext {
            next = start
            try {
                return AioContext.open(options.withBackend(NAME))
            } finally {
                next = null
            }
        }
    }
}
