package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.LineOptions;
import io.aiofile.LineReader;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "lines",
    description = "Writes the lines of a text to the standard output, as UTF-8.")
final class LinesCommand extends Subcommand {

  /** Asked for at once: some hundred lines are written together. */
  private static final int BATCH_LINES = 256;

  @Parameters(paramLabel = "FILE", description = "The text; the standard input for -.")
  private Path file = Path.of("-");

  @Option(
      names = {"-n", "--number"},
      description = "Puts its number before each line.")
  private boolean numbered;

  @Option(
      names = "--charset",
      paramLabel = "NAME",
      description = "What the text is in. Default: ${DEFAULT-VALUE}.")
  private Charset charset = StandardCharsets.UTF_8;

  @Option(
      names = "--replace",
      description = "Replaces what is not of that charset by U+FFFD; without, it is an error.")
  private boolean replacing;

  @Override
  public Integer call() throws IOException {
    LineOptions options =
        LineOptions.defaults()
            .withCharset(charset)
            .withMalformedInput(replacing ? CodingErrorAction.REPLACE : CodingErrorAction.REPORT);
    try (AioContext context = aio().openContext();
        AsyncFile text = context.openFileAsync(input(file), OpenMode.READ).await();
        LineReader lines = text.lineReader(options)) {
      long number = 0;
      List<String> batch = lines.readLinesAsync(BATCH_LINES).await();
      while (!batch.isEmpty()) {
        StringBuilder page = new StringBuilder();
        for (String line : batch) {
          number++;
          page.append(numbered ? "%6d  ".formatted(number) : "").append(line).append('\n');
        }
        aio().out().write(page.toString().getBytes(StandardCharsets.UTF_8));
        batch = lines.readLinesAsync(BATCH_LINES).await();
      }
    }
    return 0;
  }
}
