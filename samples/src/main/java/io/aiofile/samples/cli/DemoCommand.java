package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    description =
        "Tours the samples in a temporary directory, says what each did and how fast, and leaves"
            + " nothing behind.")
final class DemoCommand extends Subcommand {

  private static final int CLOSE_SECONDS = 10;

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      description = "Where to make that directory. Default: where the system has them.")
  private @Nullable Path parent;

  @Override
  public Integer call() throws IOException {
    try (TemporaryDirectory directory = TemporaryDirectory.in(parent);
        AioContext context = aio().openContext()) {
      OnInterrupt.run(
          () -> interrupted(context, directory),
          () -> Tour.run(context, directory.path(), aio().out()));
    }
    return 0;
  }

  /** Stops what is being written, so that it can be removed. */
  private void interrupted(AioContext context, TemporaryDirectory directory) {
    try {
      context.closeAsync().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      aio().err().println("\naio: " + Faults.describe(e));
    }
    try {
      directory.close();
      aio().err().println("\naio: interrupted; " + directory.path() + " is removed");
    } catch (IOException e) {
      aio().err().println("\naio: interrupted; " + Faults.describe(e));
    }
  }
}
