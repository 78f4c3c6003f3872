package io.kotest.provided

import io.aiofile.contract.LeakCheck
import io.kotest.core.config.AbstractProjectConfig

/**
 * Found by Kotest under this name, in every module that has this test-jar: every test is checked.
 */
object ProjectConfig : AbstractProjectConfig() {
    override val extensions = listOf(LeakCheck)
}
