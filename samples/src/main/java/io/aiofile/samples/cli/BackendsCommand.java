package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import java.io.IOException;
import picocli.CommandLine.Command;

@Command(
    name = "backends",
    description = "Says which backend is in use, which others there are, and why not those.")
final class BackendsCommand extends Subcommand {

  @Override
  public Integer call() throws IOException {
    try (AioContext context = aio().openContext()) {
      aio().out().line(context.describe());
    }
    return 0;
  }
}
