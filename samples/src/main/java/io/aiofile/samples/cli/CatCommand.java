package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.samples.Cat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "cat",
    description = "Writes files to the standard output; also FIFOs, devices and files of /proc.")
final class CatCommand extends Subcommand {

  @Parameters(
      paramLabel = "FILE",
      description = "What to write; the standard input for -, or none.")
  private List<Path> files = List.of(Path.of("-"));

  @Override
  public Integer call() throws IOException {
    try (AioContext context = aio().openContext()) {
      for (Path file : files) {
        Cat.cat(context, input(file), aio().out());
      }
    }
    return 0;
  }
}
