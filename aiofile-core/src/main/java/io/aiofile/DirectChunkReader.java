package io.aiofile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file chunk by chunk, in order, in direct buffers that are lent: the kernel writes into
 * them, and nothing is copied after that. For scans, checksums, and bytes that go to a channel.
 *
 * <p>Memory: {@link ChunkOptions#readAhead} chunks and one, aligned for O_DIRECT, native, the
 * reader's own and used again; not of the context's pool, so a consumer may wait for operations
 * that need that. Over O_DIRECT, if they are 1 MiB or more, in whole {@link
 * AlignedBuffers#allocateFor larger pages}. Given back by the garbage collector, with the reader.
 *
 * <p>Threads: all methods may be called from any thread; none blocks.
 *
 * <p>Does not close the file. Does not follow a file that grows: the end that was seen is the end.
 *
 * @see ChunkReader the same with an array for each chunk, which may be kept
 */
public final class DirectChunkReader implements AutoCloseable {

  private final ChunkStream<ByteBuffer> chunks;
  private final CompletionExecutor executor;
  private final AtomicBoolean lending = new AtomicBoolean();

  /**
   * A reader.
   *
   * @param file open for reading; stays the caller's to close
   * @param options chunk size, read-ahead, range; buffers are used again in any case
   */
  public DirectChunkReader(AsyncFile file, ChunkOptions options) {
    this(file, file, options);
  }

  /** A reader whose chunks go on to another file; the buffers suit that one's transfers. */
  DirectChunkReader(AsyncFile file, AsyncFile memoryFor, ChunkOptions options) {
    this.chunks = new Buffers(file, memoryFor, options);
    this.executor = file.handle().executor();
  }

  private static final class Buffers extends ChunkStream<ByteBuffer> {
    private final StreamBuffers buffers;

    Buffers(AsyncFile file, AsyncFile memoryFor, ChunkOptions options) {
      super(file, options);
      buffers = new StreamBuffers(memoryFor, options.chunkBytes(), 1 + options.readAhead());
    }

    @Override
    AioFuture<ByteBuffer> fill(long from, int length, @Nullable ByteBuffer room, Batch batch) {
      ByteBuffer target = room == null ? memory(length) : room;
      // As new: the consumer may have changed all of that.
      target.clear().limit(length).order(ByteOrder.BIG_ENDIAN);
      return Reads.lent(file.handle(), from, target, batch);
    }

    /** The part of a chunk that a range may end with is used but once. */
    private ByteBuffer memory(int length) {
      return length == options.chunkBytes() ? buffers.next() : BufferPool.allocate(length);
    }

    @Override
    AioFuture<ByteBuffer> arrive() {
      AioFuture<byte[]> read = Reads.sequential(file.handle(), options.chunkBytes());
      Promise<ByteBuffer> chunk = new Promise<>(file.handle().executor(), () -> read.cancel(false));
      chunk.hide();
      read.onRelease(
          (arrived, failure) -> {
            if (arrived == null || chunk.commit()) {
              chunk.settle(arrived == null ? null : ByteBuffer.wrap(arrived), failure);
            } else {
              // Before the next call can start, which is to find them.
              file.handle().file().unread(arrived);
              chunk.settle(null, null);
            }
          });
      return chunk.show();
    }

    @Override
    byte[] bytes(ByteBuffer arrived) {
      byte[] bytes = new byte[arrived.limit()];
      arrived.get(0, bytes);
      return bytes;
    }

    @Override
    ByteBuffer none() {
      return ByteBuffer.allocate(0);
    }

    @Override
    int length(ByteBuffer chunk) {
      return chunk.limit();
    }

    @Override
    boolean isReused() {
      return true;
    }
  }

  /**
   * Reads the next chunk. Cancel ends the call at once, and the next call gets that chunk.
   *
   * @return the chunk from position 0 to the limit, both the caller's to move: {@link
   *     ChunkOptions#chunkBytes}, fewer only at the end; out of a file that is not seekable, what
   *     has arrived, and on the heap; null at the end. The buffer is the caller's until the next
   *     call of this reader, and shows other bytes after that. Fails as {@link
   *     AsyncFile#readAsync}, and the next call tries the same chunk again; with {@link
   *     IllegalStateException} while {@link #forEachAsync} lends one
   */
  public AioFuture<@Nullable ByteBuffer> readChunkAsync() {
    return lending.get() ? refused() : chunks.next();
  }

  private <T extends @Nullable Object> AioFuture<T> refused() {
    return AioFuture.failed(
        executor, new IllegalStateException("forEachAsync lends this reader's buffers"));
  }

  /**
   * Lends each chunk to a consumer, one at a time and in order.
   *
   * @param consumer gets each chunk as {@link #readChunkAsync} gives it, until it returns. Must not
   *     block; what it throws fails the future, its chunk being taken
   * @return the bytes read. Fails as {@link #readChunkAsync} does
   */
  public AioFuture<Long> forEachAsync(Consumer<ByteBuffer> consumer) {
    if (!lending.compareAndSet(false, true)) {
      return refused();
    }
    AioFuture<Long> all = chunks.forEach(consumer);
    all.onRelease((bytes, failure) -> lending.set(false));
    return all;
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
