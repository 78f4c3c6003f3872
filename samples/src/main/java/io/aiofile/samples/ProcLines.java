package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.LineReader;
import io.aiofile.OpenMode;
import io.aiofile.SequentialWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** Copies a file of /proc, whose size says 0, line by line: {@code ProcLines SOURCE TARGET}. */
public final class ProcLines {

  private ProcLines() {}

  // snippet: proc-java
  public static AioFuture<Long> copyLinesAsync(AioContext context, Path source, Path target) {
    return Scoped.use(
        context.openFileAsync(source, OpenMode.READ),
        from ->
            Scoped.use(
                context.openFileAsync(target, OpenMode.WRITE),
                to -> nextLineAsync(from.lineReader(), new SequentialWriter(to, 0), 0)));
  }

  private static CompletableFuture<Long> nextLineAsync(
      LineReader lines, SequentialWriter writer, long count) {
    return lines
        .readLineAsync()
        .thenCompose(
            line ->
                line == null
                    ? CompletableFuture.completedFuture(count)
                    : writer
                        .writeAsync((line + "\n").getBytes(StandardCharsets.UTF_8))
                        .thenCompose(bytes -> nextLineAsync(lines, writer, count + 1)));
  }

  // end

  public static void main(String[] args) throws IOException {
    long lines = copyLinesAsync(AioContext.shared(), Path.of(args[0]), Path.of(args[1])).await();
    System.out.println(lines + " lines");
  }
}
