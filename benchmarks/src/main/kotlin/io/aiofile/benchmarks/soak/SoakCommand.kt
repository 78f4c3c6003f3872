package io.aiofile.benchmarks.soak

import io.aiofile.AioContext
import io.aiofile.AioOptions
import io.aiofile.benchmarks.inTemporaryDirectory
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.Callable
import picocli.CommandLine.Command
import picocli.CommandLine.Model.CommandSpec
import picocli.CommandLine.Option
import picocli.CommandLine.ParameterException
import picocli.CommandLine.Spec

/** The command line of the soak. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    description =
        [
            "Keeps every backend busy and prints a line of figures a minute. Fails if anything" +
                " goes wrong, or grows after the first minutes: heap, direct and resident memory," +
                " descriptors, threads.",
            "Use benchmarks/soak, which also gives the heap a fixed size.",
        ],
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = ["0:all went well", "1:something failed or grew, as said", "2:bad arguments"],
)
internal class SoakCommand : Callable<Int> {
    @Spec private lateinit var spec: CommandSpec

    @Option(
        names = ["--minutes"],
        paramLabel = "N",
        description = ["How long, 5 or more (default: \${DEFAULT-VALUE})."],
    )
    private var minutes = 10

    @Option(
        names = ["--backend"],
        paramLabel = "NAME",
        description = ["Only this one; may be given again. Default: all that there are."],
    )
    private var backends: List<String> = emptyList()

    @Option(
        names = ["--directory"],
        paramLabel = "DIR",
        description =
            [
                "Where the files are made, some MiB, removed afterwards: on what is to be tried" +
                    " (default: \${DEFAULT-VALUE})."
            ],
    )
    private var directory: Path = Path.of(System.getProperty("java.io.tmpdir"))

    @Option(
        names = ["--seed"],
        paramLabel = "N",
        description = ["What is done, as far as chance decides it. Default: another each time."],
    )
    private var seed = System.nanoTime()

    override fun call(): Int {
        if (minutes < Growth.LINES_MIN) {
            throw ParameterException(
                spec.commandLine(),
                "--minutes must be ${Growth.LINES_MIN} or more",
            )
        }
        val chosen = backends.ifEmpty { installed }.filter(::isAvailable)
        val out = spec.commandLine().out
        (backends.ifEmpty { installed } - chosen.toSet()).forEach { out.println("no $it here") }
        if (chosen.isEmpty()) {
            throw ParameterException(spec.commandLine(), "none of these backends is available")
        }
        val plan = SoakPlan(minutes, Duration.ofMinutes(1), chosen, seed)
        val wrong = inTemporaryDirectory(directory, "aiofile-soak-") { Soak(plan, it, out).run() }
        wrong.forEach { out.println("FAILED: $it") }
        if (wrong.isEmpty()) out.println("nothing grew, and nothing went wrong")
        out.flush()
        return if (wrong.isEmpty()) 0 else 1
    }

    private fun isAvailable(backend: String): Boolean = runCatching {
        AioContext.open(AioOptions.defaults().withBackend(backend)).close()
    }
        .isSuccess

    private companion object {
        val installed = listOf("libaio", "posix", "java")
    }
}
