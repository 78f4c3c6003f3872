package io.aiofile;

import java.nio.ByteBuffer;

/**
 * Direct buffers at aligned addresses, which O_DIRECT transfers need to go without a copy.
 *
 * <p>Not a pool: a buffer is garbage-collected as any other.
 */
public final class AlignedBuffers {

  private AlignedBuffers() {}

  /**
   * A direct buffer whose first byte stands at a multiple of an alignment.
   *
   * @param capacity in bytes, 0 or more
   * @param alignment in bytes, a power of two: {@link AsyncFile#memoryAlignment()}, or 4096, which
   *     suits every device so far
   * @return a buffer with position 0 and limit {@code capacity}, big-endian as any new one
   * @throws IllegalArgumentException if an argument is out of its bounds
   */
  public static ByteBuffer allocate(int capacity, int alignment) {
    if (capacity < 0) {
      throw new IllegalArgumentException("capacity must be 0 or more: " + capacity);
    }
    if (Integer.bitCount(alignment) != 1) {
      throw new IllegalArgumentException("alignment must be a power of two: " + alignment);
    }
    int slack = Math.addExact(capacity, alignment - 1);
    ByteBuffer block = ByteBuffer.allocateDirect(slack);
    int first = (alignment - block.alignmentOffset(0, alignment)) & (alignment - 1);
    return block.slice(first, capacity);
  }

  /**
   * Says whether a buffer's remaining bytes start at a multiple of an alignment.
   *
   * @param buffer direct
   * @param alignment in bytes, a power of two
   * @return whether they do; false for a buffer on the heap
   */
  public static boolean isAligned(ByteBuffer buffer, int alignment) {
    return buffer.isDirect() && buffer.alignmentOffset(buffer.position(), alignment) == 0;
  }
}
