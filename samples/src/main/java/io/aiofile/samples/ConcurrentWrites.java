package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Writes ten records at once, each at its own position: {@code ConcurrentWrites PATH}. */
public final class ConcurrentWrites {

  private static final int WRITES = 10;
  private static final int RECORD_BYTES = 16;

  private ConcurrentWrites() {}

  // snippet: writes-java
  public static AioFuture<Void> writeAsync(AioContext context, Path path) {
    return Scoped.use(
        context.openFileAsync(path, OpenMode.WRITE),
        file ->
            CompletableFuture.allOf(
                IntStream.range(0, WRITES)
                    .mapToObj(number -> writeRecordAsync(file, number))
                    .toArray(CompletableFuture<?>[]::new)));
  }

  private static AioFuture<Integer> writeRecordAsync(AsyncFile file, int number) {
    // Two operations on one file are unordered: positions are what keeps them apart.
    return file.writeStringAsync("record %8d\n".formatted(number), (long) number * RECORD_BYTES);
  }

  // end

  public static void main(String[] args) throws IOException {
    writeAsync(AioContext.shared(), Path.of(args[0])).await();
  }
}
