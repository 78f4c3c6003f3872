package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.ChunkReader;
import io.aiofile.OpenMode;
import io.aiofile.SequentialWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Turns a file's letters from a to z into capitals, in a new one: {@code ReaderWriter SOURCE
 * TARGET}.
 */
public final class ReaderWriter {

  private static final int CHUNK_BYTES = 1 << 16;

  private ReaderWriter() {}

  // snippet: reader-writer-java
  public static AioFuture<Long> capitalsAsync(AioContext context, Path source, Path target) {
    return Scoped.use(
        context.openFileAsync(source, OpenMode.READ),
        from ->
            Scoped.use(
                context.openFileAsync(target, OpenMode.WRITE),
                to -> nextChunkAsync(from.chunkReader(CHUNK_BYTES), new SequentialWriter(to, 0))));
  }

  /** The next chunk is fetched while this one is written: the reader reads ahead. */
  private static CompletableFuture<Long> nextChunkAsync(ChunkReader from, SequentialWriter to) {
    return from.readChunkAsync()
        .thenCompose(
            chunk ->
                chunk == null
                    ? CompletableFuture.completedFuture(to.position())
                    : to.writeAsync(capitals(chunk))
                        .thenCompose(bytes -> nextChunkAsync(from, to)));
  }

  // end

  private static byte[] capitals(byte[] letters) {
    for (int i = 0; i < letters.length; i++) {
      if (letters[i] >= 'a' && letters[i] <= 'z') {
        letters[i] = (byte) Character.toUpperCase(letters[i]);
      }
    }
    return letters;
  }

  public static void main(String[] args) throws IOException {
    long bytes = capitalsAsync(AioContext.shared(), Path.of(args[0]), Path.of(args[1])).await();
    System.out.println(bytes + " bytes");
  }
}
