package io.aiofile;

import io.aiofile.spi.BackendFile;
import java.nio.ByteBuffer;

/**
 * Direct buffers at aligned addresses, which O_DIRECT transfers need to go without a copy.
 *
 * <p>Not a pool: a buffer is garbage-collected as any other.
 */
public final class AlignedBuffers {

  private static final int PAGE_BYTES = 4096;

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
    if (capacity > Integer.MAX_VALUE - (alignment - 1)) {
      throw new IllegalArgumentException("capacity and alignment exceed 2 GiB: " + capacity);
    }
    return aligned(ByteBuffer.allocateDirect(capacity + alignment - 1), alignment, capacity);
  }

  private static ByteBuffer aligned(ByteBuffer block, int alignment, int capacity) {
    int first = (alignment - block.alignmentOffset(0, alignment)) & (alignment - 1);
    return block.slice(first, capacity);
  }

  /**
   * A direct buffer for many transfers of a file, best cut into the buffers of several with {@link
   * ByteBuffer#slice(int, int)}: aligned for it, and where that makes them faster in larger pages,
   * of which a device transfers more in one piece. That is so for a file that is open with
   * O_DIRECT, by the backends of aiofile-jna on kernels that have such pages: reads of 128 KiB went
   * twice as fast on a virtio disk.
   *
   * @param file open
   * @param capacity in bytes, 0 or more. From half a large page on, 1 MiB, it is worth some, and
   *     then takes up to 4 MiB more of {@code -XX:MaxDirectMemorySize}, and once it is used up to 2
   *     MiB more memory
   * @return a buffer with position 0 and limit {@code capacity}, big-endian as any new one
   * @throws IllegalArgumentException if {@code capacity} is out of its bounds
   */
  public static ByteBuffer allocateFor(AsyncFile file, int capacity) {
    int alignment = Math.max(PAGE_BYTES, file.memoryAlignment());
    BackendFile backend = file.handle().backend();
    int page = backend.largePageBytes();
    if (page > 0 && capacity >= page / 2 && capacity <= LARGE_BYTES_MAX) {
      int whole = (capacity + page - 1) / page * page;
      ByteBuffer block;
      try {
        block = ByteBuffer.allocateDirect(whole + page);
      } catch (OutOfMemoryError e) {
        return allocate(capacity, alignment);
      }
      backend.putLargePagesUnder(block);
      return aligned(block, page, capacity);
    }
    return allocate(capacity, alignment);
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
