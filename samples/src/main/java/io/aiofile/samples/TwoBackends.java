package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.AioOptions;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * The same reads on two contexts with different backends, side by side: {@code TwoBackends PATH}.
 */
public final class TwoBackends {

  private static final int READS = 1000;
  private static final int READ_BYTES = 4096;

  private TwoBackends() {}

  // snippet: two-backends-java
  /** Reads through both at the same time, and says whether they saw the same bytes. */
  public static boolean sameBytes(Path path, String oneBackend, String otherBackend)
      throws IOException {
    try (AioContext one = AioContext.open(AioOptions.defaults().withBackend(oneBackend));
        AioContext other = AioContext.open(AioOptions.defaults().withBackend(otherBackend));
        AsyncFile oneFile = one.openFileAsync(path, OpenMode.READ).await();
        AsyncFile otherFile = other.openFileAsync(path, OpenMode.READ).await()) {
      CompletableFuture<Integer> oneSum = checksumAsync(oneFile);
      CompletableFuture<Integer> otherSum = checksumAsync(otherFile);
      return oneSum.thenCombine(otherSum, Integer::equals).join();
    }
  }

  // end

  /** Of many pieces, which are in flight at once. */
  private static CompletableFuture<Integer> checksumAsync(AsyncFile file) {
    return file.sizeAsync()
        .thenCompose(
            size ->
                IntStream.range(0, READS)
                    .mapToObj(i -> pieceAsync(file, size / READS * i))
                    .reduce((sums, sum) -> sums.thenCombine(sum, (a, b) -> 31 * a + b))
                    .orElseThrow());
  }

  private static AioFuture<Integer> pieceAsync(AsyncFile file, long position) {
    return file.readBytesAsync(position, READ_BYTES).thenApply(Arrays::hashCode);
  }

  public static void main(String[] args) throws IOException {
    System.out.println(sameBytes(Path.of(args[0]), AioContext.shared().backend(), "java"));
  }
}
