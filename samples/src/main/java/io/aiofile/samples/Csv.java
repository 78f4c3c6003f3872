package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.LineOptions;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Reads the records of a CSV file with a header as maps: {@code Csv PATH}. */
public final class Csv {

  private Csv() {}

  // snippet: csv-java
  /** Gives each record to a consumer, as a map from the names in the first one to its fields. */
  public static AioFuture<Long> forEachAsync(
      AioContext context, Path path, Consumer<Map<String, String>> consumer) {
    CsvMaps csv = new CsvMaps();
    AtomicLong records = new AtomicLong();
    Consumer<Map<String, String>> counted = consumer.andThen(map -> records.incrementAndGet());
    // With their separators: a quoted field may span lines, and keeps those between them.
    LineOptions whole = LineOptions.defaults().withSeparatorKept();
    return Scoped.use(
        context.openFileAsync(path, OpenMode.READ),
        file ->
            file.lineReader(whole)
                .forEachAsync(line -> csv.addLine(line).forEach(counted))
                .thenAccept(lines -> csv.end().forEach(counted))
                .thenApply(done -> records.get()));
  }

  // end

  public static void main(String[] args) throws IOException {
    long records = forEachAsync(AioContext.shared(), Path.of(args[0]), System.out::println).await();
    System.out.println(records + " records");
  }
}
