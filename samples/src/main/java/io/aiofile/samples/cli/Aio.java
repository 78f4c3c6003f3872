package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.AioOptions;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code aio}: what all its subcommands share. */
@Command(
    name = "aio",
    mixinStandardHelpOptions = true,
    version = "aiofile samples",
    description = "Files, read and written asynchronously.",
    subcommands = {
      CatCommand.class,
      CopyCommand.class,
      LinesCommand.class,
      HashCommand.class,
      CsvCommand.class,
      DownloadCommand.class,
      BackendsCommand.class,
      DemoCommand.class,
    },
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all went well",
      "1:something failed: said on one line, with -v in full",
      "2:the arguments are wrong",
      "130:interrupted by Ctrl-C",
      "141:nobody reads the output any more, as in: aio cat FILE | head",
    })
public final class Aio {

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description =
          "What does the work: see \"aio backends\". Default: what AIOFILE_BACKEND says, else the"
              + " best there is.")
  private @Nullable String backend;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Shows where in the program an error came from.")
  private boolean verbose;

  private final Output out;
  private final PrintStream err;

  /**
   * A command.
   *
   * @param out for results
   * @param err for all else
   */
  public Aio(OutputStream out, PrintStream err) {
    this.out = new Output(out);
    this.err = err;
  }

  /** Runs and exits. */
  public static void main(String[] args) {
    if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
      // The library's warnings: on one line, too.
      System.setProperty("java.util.logging.SimpleFormatter.format", "aio: %5$s%6$s%n");
    }
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    // Not System.out, which keeps write errors to itself.
    System.exit(new Aio(new FileOutputStream(FileDescriptor.out), err).run(args));
  }

  /** Runs; gives the exit code. */
  public int run(String... args) {
    Faults faults = new Faults(err, () -> verbose);
    return new CommandLine(this)
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(faults::ofArguments)
        .setExecutionExceptionHandler((failure, command, parsed) -> faults.exitCode(failure))
        .execute(args);
  }

  Output out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** A context as the options ask for it, to be closed. */
  AioContext openContext() {
    AioOptions options = AioOptions.defaults();
    return AioContext.open(backend == null ? options : options.withBackend(backend));
  }
}
