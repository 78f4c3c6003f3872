package io.aiofile;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers of one size for a stream that uses several at once, aligned as pooled ones are.
 * Those for O_DIRECT are cut from blocks, which are {@link AlignedBuffers#allocateFor worth larger
 * pages}.
 *
 * <p>Not thread-safe.
 */
final class StreamBuffers {

  /** More in one piece has no use: four large pages. */
  private static final int BLOCK_BYTES_MAX = 8 << 20;

  /** Of the page size, which serves O_DIRECT on every device so far. */
  private static final int ALIGNMENT = 4096;

  private final AsyncFile file;
  private final int bufferBytes;
  private final int stride;
  private final int buffersPerBlock;
  private @Nullable ByteBuffer block; // from its position on nobody's yet

  /**
   * None yet.
   *
   * @param file whose transfers they are for
   * @param bufferBytes of each, 1 or more
   * @param count that are used at once
   */
  StreamBuffers(AsyncFile file, int bufferBytes, int count) {
    this.file = file;
    this.bufferBytes = bufferBytes;
    this.stride = (bufferBytes + ALIGNMENT - 1) & -ALIGNMENT;
    this.buffersPerBlock =
        file.offsetAlignment() == 1 ? 1 : Math.max(1, Math.min(count, BLOCK_BYTES_MAX / stride));
  }

  /**
   * One more.
   *
   * @throws OutOfMemoryError if there is no native memory for it
   */
  ByteBuffer next() {
    if (buffersPerBlock == 1) {
      return AlignedBuffers.allocateFor(file, bufferBytes);
    }
    ByteBuffer from = block;
    if (from == null || !from.hasRemaining()) {
      from = AlignedBuffers.allocateFor(file, buffersPerBlock * stride);
      block = from;
    }
    ByteBuffer buffer = from.slice(from.position(), bufferBytes);
    from.position(from.position() + stride);
    return buffer;
  }
}
