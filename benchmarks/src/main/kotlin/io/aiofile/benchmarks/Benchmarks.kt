package io.aiofile.benchmarks

import io.aiofile.benchmarks.data.TestFiles
import io.aiofile.benchmarks.players.Host
import io.aiofile.benchmarks.rows.Row
import io.aiofile.benchmarks.rows.Scale
import io.aiofile.benchmarks.rows.allRows
import io.aiofile.benchmarks.soak.SoakCommand
import java.io.PrintWriter
import java.nio.file.Files
import java.nio.file.Path
import java.time.LocalDateTime
import java.time.format.DateTimeFormatter
import java.util.concurrent.Callable
import kotlin.system.exitProcess
import picocli.CommandLine
import picocli.CommandLine.Command
import picocli.CommandLine.Model.CommandSpec
import picocli.CommandLine.Option
import picocli.CommandLine.ParameterException
import picocli.CommandLine.Spec

/** The command line of the benchmarks. */
@Command(
    name = "benchmarks/run",
    mixinStandardHelpOptions = true,
    subcommands = [SoakCommand::class],
    description =
        [
            "Measures this library side by side with its peers and the system's own limit.",
            "Figures say something only on a machine that does nothing else.",
        ],
)
internal class Benchmarks : Callable<Int> {
    @Spec private lateinit var spec: CommandSpec

    @Option(names = ["--quick"], description = ["Small files and few rounds: minutes."])
    private var quick = false

    @Option(
        names = ["--row"],
        paramLabel = "N",
        description = ["Only this row of the table; may be given again. See --list."],
    )
    private var numbers: List<Int> = emptyList()

    @Option(names = ["--list"], description = ["Say what there is to measure, and end."])
    private var list = false

    @Option(
        names = ["--output"],
        paramLabel = "DIR",
        description = ["Where CSV files, plots and report.md go (default: \${DEFAULT-VALUE})."],
    )
    private var output: Path = defaultOutput()

    @Option(
        names = ["--directory"],
        paramLabel = "DIR",
        description =
            [
                "Where the test files are made, some GiB, removed afterwards: on the file system" +
                    " to measure (default: \${DEFAULT-VALUE})."
            ],
    )
    private var directory: Path = Path.of(System.getProperty("java.io.tmpdir"))

    @Option(
        names = ["--python"],
        paramLabel = "COMMAND",
        description = ["The Python that has aiofile (default: \${DEFAULT-VALUE})."],
    )
    private var python = "python3"

    override fun call(): Int {
        val scale = if (quick) Scale.QUICK else Scale.FULL
        val rows = chosen(allRows(scale))
        if (list) {
            list(rows)
            return 0
        }
        val needed = NEEDED_FILES * scale.fileBytes
        if (Files.getFileStore(directory).usableSpace < needed) {
            throw ParameterException(
                spec.commandLine(),
                "$directory has less than ${needed shr 20} MiB free; see --directory",
            )
        }
        return inTemporaryDirectory(directory, "aiofile-benchmarks-") { place ->
            run(scale, rows, place)
        }
    }

    private fun run(scale: Scale, rows: List<Row>, place: Path): Int {
        val logs = Files.createDirectories(output.resolve("logs"))
        val host = Host(python, logs.toAbsolutePath(), place)
        val files = TestFiles(place, scale.fileBytes, scale.lines)
        val right = Run(scale, rows, host, files, output, spec.commandLine().out).play()
        return if (right) 0 else 1
    }

    private fun chosen(all: List<Row>): List<Row> {
        val unknown = numbers.filter { number -> all.none { it.number == number } }
        if (unknown.isNotEmpty()) {
            val there = all.joinToString { it.number.toString() }
            throw ParameterException(
                spec.commandLine(),
                "there is no row ${unknown.joinToString()}; there are $there",
            )
        }
        return all.filter { numbers.isEmpty() || it.number in numbers }
    }

    private fun list(rows: List<Row>) {
        val out: PrintWriter = spec.commandLine().out
        for (row in rows) {
            out.println("${row.number}: ${row.title}")
            row.cells.forEach { out.println("    cell  ${it.name} [${it.cache.label}]") }
            out.println("    with  ${row.contestants.joinToString { it.name }}")
            row.absent.forEach { (name, reason) -> out.println("    not   $name: $reason") }
            row.goals.forEach { out.println("    goal  ${it.text}") }
        }
        out.flush()
    }

    private companion object {
        /** Pattern, scratch, a copy, and the small ones. */
        const val NEEDED_FILES = 4L

        fun defaultOutput(): Path =
            Path.of("benchmarks", "results")
                .resolve(LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")))
    }
}

/** Gives an action a directory of its own below another one, and removes it, also on Ctrl-C. */
internal fun <T> inTemporaryDirectory(below: Path, prefix: String, action: (Path) -> T): T {
    val place = Files.createTempDirectory(below, prefix).toAbsolutePath()
    val removal = Thread { place.toFile().deleteRecursively() }
    Runtime.getRuntime().addShutdownHook(removal)
    try {
        return action(place)
    } finally {
        place.toFile().deleteRecursively()
        Runtime.getRuntime().removeShutdownHook(removal)
    }
}

internal fun main(arguments: Array<String>) {
    exitProcess(CommandLine(Benchmarks()).execute(*arguments))
}
