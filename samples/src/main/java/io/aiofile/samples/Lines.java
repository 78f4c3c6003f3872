package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.LineOptions;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Finds the lines with a text in them: {@code Lines TEXT PATH}. */
public final class Lines {

  private Lines() {}

  // snippet: lines-java
  /** Gives the lines with a text in them to a consumer, in their order, and counts all lines. */
  public static AioFuture<Long> grepAsync(
      AioContext context, Path path, String text, Consumer<String> found) {
    LineOptions options =
        LineOptions.defaults()
            .withCharset(StandardCharsets.UTF_8)
            .withMalformedInput(CodingErrorAction.REPLACE)
            .withLineBytesMax(1 << 20);
    return Scoped.use(
        context.openFileAsync(path, OpenMode.READ),
        file ->
            file.lineReader(options)
                .forEachAsync(
                    line -> {
                      if (line.contains(text)) {
                        found.accept(line);
                      }
                    }));
  }

  // end

  public static void main(String[] args) throws IOException {
    long lines =
        grepAsync(AioContext.shared(), Path.of(args[1]), args[0], System.out::println).await();
    System.out.println("in " + lines + " lines");
  }
}
