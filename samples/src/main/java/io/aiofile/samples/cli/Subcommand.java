package io.aiofile.samples.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** A command behind {@code aio}. It answers with its exit code. */
@Command(mixinStandardHelpOptions = true)
abstract class Subcommand implements Callable<Integer> {

  @ParentCommand private @Nullable Aio aio;

  final Aio aio() {
    return Objects.requireNonNull(aio);
  }

  /** The file that is meant, where "-" is the standard input. */
  static Path input(Path named) {
    return named.toString().equals("-") ? Path.of("/dev/stdin") : named;
  }
}
