package io.aiofile;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file chunk by chunk, in order, fetching some chunks ahead of the one that is asked for.
 *
 * <p>Calls are served in their order. A cancelled call takes no chunk away from the next one. At
 * most {@link ChunkOptions#readAhead} chunks, and the one asked for, are in memory.
 *
 * <p>Threads: all methods may be called from any thread; none blocks.
 *
 * <p>Does not close the file. Does not follow a file that grows: the end that was seen is the end.
 *
 * @see DirectChunkReader the same without a copy into an array
 */
public final class ChunkReader implements AutoCloseable {

  private final ChunkStream<byte[]> chunks;

  /**
   * A reader.
   *
   * @param file open for reading; stays the caller's to close
   * @param options chunk size, read-ahead, range
   */
  public ChunkReader(AsyncFile file, ChunkOptions options) {
    this.chunks = new Arrays(file, options);
  }

  private static final class Arrays extends ChunkStream<byte[]> {
    Arrays(AsyncFile file, ChunkOptions options) {
      super(file, options);
    }

    @Override
    AioFuture<byte[]> fill(long from, int length, byte @Nullable [] room, Batch batch) {
      return Reads.bytes(file.handle(), from, length, room, batch);
    }

    @Override
    AioFuture<byte[]> arrive() {
      return Reads.sequential(file.handle(), options.chunkBytes());
    }

    @Override
    byte[] bytes(byte[] arrived) {
      return arrived;
    }

    @Override
    byte[] none() {
      return new byte[0];
    }

    @Override
    int length(byte[] chunk) {
      return chunk.length;
    }

    @Override
    boolean isReused() {
      return options.arraysReused();
    }
  }

  /**
   * Reads the next chunk. Cancel ends the call at once.
   *
   * @return the chunk: of {@link ChunkOptions#chunkBytes}, fewer only at the end, or, from a file
   *     that is not seekable, what has arrived; null at the end. Fails as {@link
   *     AsyncFile#readBytesAsync}, and the next call tries the same chunk again
   */
  public AioFuture<byte @Nullable []> readChunkAsync() {
    return chunks.next();
  }

  /**
   * Gives each chunk to a consumer, one at a time and in order.
   *
   * @param consumer must not block; what it throws fails the future, its chunk being taken
   * @return the bytes read
   */
  public AioFuture<Long> forEachAsync(Consumer<byte[]> consumer) {
    return chunks.forEach(consumer);
  }

  /**
   * {@return where the next chunk starts, in bytes; for a file not seekable, the bytes read so far}
   */
  public long position() {
    return chunks.position();
  }

  /** Drops what was fetched ahead. The file stays open. Closing again changes nothing. */
  @Override
  public void close() {
    chunks.close();
  }
}
