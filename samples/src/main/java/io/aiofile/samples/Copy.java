package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AlignedBuffers;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;

/**
 * Copies a file with a progress bar: {@code Copy SOURCE TARGET}. Without one, {@code
 * context.files().copyAsync(source, target)} is all it takes.
 */
public final class Copy {

  private static final int PIECES_AT_ONCE = 4;
  private static final int PIECE_BYTES = 1 << 20;

  private final AsyncFile source;
  private final AsyncFile target;
  private final long size;
  private final LongConsumer copied;
  private final AtomicLong nextPosition = new AtomicLong();

  /**
   * A copy to be made.
   *
   * @param size of the source, in bytes
   * @param copied told after each piece how many bytes it had, from several threads
   */
  public Copy(AsyncFile source, AsyncFile target, long size, LongConsumer copied) {
    this.source = source;
    this.target = target;
    this.size = size;
    this.copied = copied;
  }

  // snippet: copy-java
  /** Copies with some pieces in flight, each of which reads, writes, and takes on the next one. */
  public CompletableFuture<Void> runAsync() {
    return CompletableFuture.allOf(
        Stream.generate(() -> AlignedBuffers.allocate(PIECE_BYTES, 4096))
            .limit(PIECES_AT_ONCE)
            .map(this::copyPiecesAsync)
            .toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<Void> copyPiecesAsync(ByteBuffer buffer) {
    long position = nextPosition.getAndAdd(PIECE_BYTES);
    if (position >= size) {
      return CompletableFuture.completedFuture(null);
    }
    buffer.clear().limit((int) Math.min(PIECE_BYTES, size - position));
    return source
        .readFullyAsync(buffer, position)
        .thenCompose(bytes -> target.writeAsync(buffer.flip(), position))
        .whenComplete(
            (bytes, failure) -> nextPosition.addAndGet(failure == null ? 0 : size)) // all stop
        .thenAccept(copied::accept)
        .thenCompose(done -> copyPiecesAsync(buffer));
  }

  // end

  public static void main(String[] args) throws IOException {
    AioContext context = AioContext.shared();
    try (AsyncFile source = context.openFileAsync(Path.of(args[0]), OpenMode.READ).await();
        AsyncFile target = context.openFileAsync(Path.of(args[1]), OpenMode.WRITE).await()) {
      long size = source.sizeAsync().await();
      try (ProgressBar bar = new ProgressBar(args[0], size)) {
        new Copy(source, target, size, bar::stepBy).runAsync().join();
      }
    }
  }
}
