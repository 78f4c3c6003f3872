package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.LineOptions;
import io.aiofile.LineReader;
import io.aiofile.OpenMode;
import io.aiofile.samples.CsvMaps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "csv",
    description = "Writes each record of a CSV file that has a header as a line of JSON.")
final class CsvCommand extends Subcommand {

  private static final int BATCH_LINES = 256;

  @Parameters(paramLabel = "FILE", description = "The CSV file; the standard input for -.")
  private Path file = Path.of("-");

  @Override
  public Integer call() throws IOException {
    CsvMaps csv = new CsvMaps();
    try (AioContext context = aio().openContext();
        AsyncFile text = context.openFileAsync(input(file), OpenMode.READ).await();
        LineReader lines = text.lineReader(LineOptions.defaults().withSeparatorKept())) {
      List<String> batch = lines.readLinesAsync(BATCH_LINES).await();
      while (!batch.isEmpty()) {
        for (String line : batch) {
          print(csv.addLine(line));
        }
        batch = lines.readLinesAsync(BATCH_LINES).await();
      }
      print(csv.end());
    }
    return 0;
  }

  private void print(List<Map<String, String>> records) throws IOException {
    for (Map<String, String> record : records) {
      StringJoiner members = new StringJoiner(", ", "{", "}");
      record.forEach((name, value) -> members.add(json(name) + ": " + json(value)));
      aio().out().line(members.toString());
    }
  }

  private static String json(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      switch (letter) {
        case '"', '\\' -> quoted.append('\\').append(letter);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> quoted.append(letter < ' ' ? "\\u%04x".formatted((int) letter) : letter);
      }
    }
    return quoted.append('"').toString();
  }
}
