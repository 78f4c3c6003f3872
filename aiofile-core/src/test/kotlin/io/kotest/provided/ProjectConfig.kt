package io.kotest.provided

import io.aiofile.contract.LeakCheck
import io.aiofile.contract.scaled
import io.kotest.core.config.AbstractProjectConfig
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes

/**
 * Found by Kotest under this name, in every module that has this test-jar: every test is checked.
 */
object ProjectConfig : AbstractProjectConfig() {
    override val extensions = listOf(LeakCheck)

    // Kotest's own is 10 minutes, which a random test that was asked to run for longer exceeds.
    override val timeout: Duration = 10.minutes * scaled(1)
    override val invocationTimeout: Duration = timeout
}
