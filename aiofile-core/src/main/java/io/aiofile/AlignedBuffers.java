package io.aiofile;

import java.nio.ByteBuffer;

/**
 * Direct buffers at aligned addresses, which O_DIRECT transfers need to go without a copy.
 *
 * <p>Not a pool: a buffer is garbage-collected as any other.
 */
public final class AlignedBuffers {

  private static final int PAGE_BYTES = 4096;

  /** Of x86-64, and of aarch64 with small pages of 4 KiB. */
  private static final int LARGE_PAGE_BYTES = 2 << 20;

  /** What half fills a large page. */
  private static final int LARGE_BYTES = 1 << 20;

  private static final int LARGE_BYTES_MAX = 1 << 30;

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
    return aligned(ByteBuffer.allocateDirect(slack), alignment, capacity);
  }

  private static ByteBuffer aligned(ByteBuffer block, int alignment, int capacity) {
    int first = (alignment - block.alignmentOffset(0, alignment)) & (alignment - 1);
    return block.slice(first, capacity);
  }

  /**
   * A direct buffer for many transfers of a file, best cut into the buffers of several with {@link
   * ByteBuffer#slice(int, int)}: aligned for it, and if it is large, open with O_DIRECT, and
   * another backend than {@code java} does it, in larger pages, of which devices transfer more in
   * one piece: O_DIRECT reads of 128 KiB went twice as fast on a virtio disk.
   *
   * @param file open
   * @param capacity in bytes, 0 or more; from 1 MiB on it is worth larger pages, and then takes up
   *     to 4 MiB more of {@code -XX:MaxDirectMemorySize}, and up to 2 MiB more memory once used
   * @return a buffer with position 0 and limit {@code capacity}, big-endian as any new one
   * @throws IllegalArgumentException if {@code capacity} is out of its bounds
   */
  public static ByteBuffer allocateFor(AsyncFile file, int capacity) {
    int alignment = Math.max(PAGE_BYTES, file.memoryAlignment());
    if (capacity < LARGE_BYTES || capacity > LARGE_BYTES_MAX || file.offsetAlignment() == 1) {
      return allocate(capacity, alignment);
    }
    int whole = (capacity + LARGE_PAGE_BYTES - 1) & -LARGE_PAGE_BYTES;
    ByteBuffer block;
    try {
      block = ByteBuffer.allocateDirect(whole + LARGE_PAGE_BYTES);
    } catch (OutOfMemoryError e) {
      return allocate(capacity, alignment);
    }
    file.handle().backend().prepare(block);
    return aligned(block, LARGE_PAGE_BYTES, capacity);
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
