package io.aiofile.jna.faults

import kotlin.system.exitProcess

/** What a JVM of its own goes through, and says [PASSED] if nothing went wrong. */
internal object Scenario {
    const val PASSED = "passed"

    private val all: Map<String, (List<String>) -> Unit> =
        mapOf(
            "full" to FullDisk::run,
            "file-size" to FullDisk::runLimited,
            "power" to PowerCut::run,
            "descriptors" to { (directory) -> runOutOfDescriptors(directory) },
            "queues-refused" to { (directory, errno) -> refuseQueues(directory, errno.toInt()) },
            "submissions-refused" to { (directory) -> refuseSubmissions(directory) },
            "noexec" to { (directory) -> startWithoutStub(directory) },
            "attached" to { (directory) -> runWhileAttached(directory) },
        )

    @JvmStatic
    fun main(arguments: Array<String>) {
        try {
            all.getValue(arguments[0])(arguments.drop(1))
            println(PASSED)
        } catch (failure: Throwable) {
            failure.printStackTrace()
            exitProcess(1)
        }
    }
}
