package io.aiofile.fake

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.spi.Availability
import io.aiofile.spi.Backend
import io.aiofile.spi.BackendConfig
import io.aiofile.spi.BackendProvider

/** Offers the fake under the name "fake", to those who ask for it by name. */
class FakeProvider : BackendProvider {
    override fun name() = NAME

    override fun preference() = Int.MIN_VALUE

    override fun availability(): Availability = Availability.yes("in memory")

    override fun start(config: BackendConfig): Backend = FakeBackend(config, next ?: FakeSetup())

    companion object {
        const val NAME = "fake"

        // Only set within open(), under its lock.
        private var next: FakeSetup? = null

        /** Opens a context on a fake that is set up so. */
        @Synchronized
        fun open(options: AioOptions, setup: FakeSetup): AioContext {
            next = setup
            try {
                return AioContext.open(options.withBackend(NAME))
            } finally {
                next = null
            }
        }
    }
}
