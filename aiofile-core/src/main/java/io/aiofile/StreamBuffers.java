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
  private boolean memoryIsShort; // for a block; so there is no second try

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
    this.buffersPerBlock = Math.max(1, Math.min(count, BLOCK_BYTES_MAX / stride));
  }

  /**
   * One more.
   *
   * @throws OutOfMemoryError if there is no native memory for it
   */
  ByteBuffer next() {
    ByteBuffer from = block;
    if (from == null && isBlockWorthIt()) {
      from = newBlock();
    }
    if (from == null) {
      return AlignedBuffers.allocate(bufferBytes, ALIGNMENT);
    }
    ByteBuffer buffer = from.slice(from.position(), bufferBytes);
    int next = from.position() + stride;
    block = next < from.limit() ? from.position(next) : null;
    return buffer;
  }

  /** Keeps no memory of its own any more. */
  void drop() {
    block = null;
  }

  private boolean isBlockWorthIt() {
    return file.handle().backend().largePageBytes() > 0 && !memoryIsShort;
  }

  private @Nullable ByteBuffer newBlock() {
    try {
      return AlignedBuffers.allocateFor(file, buffersPerBlock * stride);
    } catch (OutOfMemoryError e) {
      if (buffersPerBlock == 1) {
        throw e; // a single buffer was what could not be had
      }
      memoryIsShort = true;
      return null;
    }
  }
}
