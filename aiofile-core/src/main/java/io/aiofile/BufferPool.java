package io.aiofile;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Native memory for transfers whose own memory can't be given to the kernel: the heap's, an
 * arena's, unaligned memory. Direct buffers at page boundaries, in sizes of powers of two, reused,
 * and limited in sum.
 *
 * <p>Buffers come back dirty: whoever hands bytes on hands on only those that were transferred.
 */
final class BufferPool {

  /** The smallest limit that serves every file: some passes of {@link #BUFFER_MIN}. */
  static final long LIMIT_MIN = 64 << 10;

  private static final int BUFFER_MIN = 4 << 10;

  /**
   * The largest buffer, and so the longest pass through pooled memory. Very large O_DIRECT requests
   * hang some kernels (glommio #633).
   */
  private static final int BUFFER_MAX = 1 << 20;

  /** Of the page size, which serves O_DIRECT on every device so far. */
  private static final int ALIGNMENT = 4096;

  private final long limitBytes;
  private final int bufferMax;
  private final IntFunction<ByteBuffer> allocator;

  // All guarded by this.
  private final ArrayDeque<ByteBuffer>[] idle;
  private long idleBytes;
  private long usedBytes;

  BufferPool(long limitBytes) {
    this(limitBytes, BufferPool::allocate);
  }

  /** For tests: where native memory is short. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  BufferPool(long limitBytes, IntFunction<ByteBuffer> allocator) {
    this.limitBytes = limitBytes;
    this.allocator = allocator;
    // At least two passes must fit, or one reader would hold up every other.
    this.bufferMax = (int) Math.min(BUFFER_MAX, Long.highestOneBit(limitBytes / 2));
    this.idle = new ArrayDeque[sizeClass(bufferMax) + 1];
    for (int i = 0; i < idle.length; i++) {
      idle[i] = new ArrayDeque<>();
    }
  }

  /** A buffer as those of a pool are, but in none. */
  static ByteBuffer allocate(int capacity) {
    return AlignedBuffers.allocate(capacity, ALIGNMENT);
  }

  private static int sizeClass(int capacity) {
    return Integer.numberOfTrailingZeros(capacity / BUFFER_MIN);
  }

  /** The capacity of the buffer that is handed out for a transfer of so many bytes. */
  int capacityFor(long bytes) {
    if (bytes >= bufferMax) {
      return bufferMax;
    }
    int wanted = Math.max(BUFFER_MIN, (int) bytes);
    return Integer.bitCount(wanted) == 1 ? wanted : Integer.highestOneBit(wanted) << 1;
  }

  /**
   * A buffer for so many bytes, or for the longest pass if they are more; null if there is none
   * now.
   */
  @Nullable ByteBuffer tryAcquire(long bytes) {
    try {
      return acquire(bytes);
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  /**
   * As {@link #tryAcquire}, but null only while others use buffers, whose release is worth waiting
   * for.
   *
   * @throws OutOfMemoryError if nobody does, and there is no native memory for one
   */
  @Nullable ByteBuffer acquire(long bytes) {
    int capacity = capacityFor(bytes);
    synchronized (this) {
      if (usedBytes + capacity > limitBytes) {
        return null;
      }
      usedBytes += capacity;
      ByteBuffer reused = takeIdle(capacity);
      if (reused != null) {
        return reused;
      }
      evictIdle(limitBytes);
    }
    // -XX:MaxDirectMemorySize may be used up: by buffers of other sizes that lie idle here, by
    // those in use, which come back, or by somebody else.
    try {
      return allocator.apply(capacity);
    } catch (OutOfMemoryError e) {
      synchronized (this) {
        ByteBuffer reused = takeIdle(capacity);
        if (reused != null) {
          return reused;
        }
        evictIdle(0);
      }
    }
    try {
      return allocator.apply(capacity);
    } catch (OutOfMemoryError e) {
      synchronized (this) {
        ByteBuffer reused = takeIdle(capacity);
        if (reused != null) {
          return reused;
        }
        usedBytes -= capacity;
        if (usedBytes > 0) {
          return null;
        }
      }
      throw e;
    }
  }

  private @Nullable ByteBuffer takeIdle(int capacity) {
    ByteBuffer reused = idle[sizeClass(capacity)].pollLast();
    if (reused != null) {
      idleBytes -= capacity;
    }
    return reused;
  }

  /** Forgets idle buffers, the largest first, until all there are have so many bytes at most. */
  private void evictIdle(long bytesMax) {
    for (int i = idle.length - 1; i >= 0 && usedBytes + idleBytes > bytesMax; i--) {
      while (usedBytes + idleBytes > bytesMax && idle[i].pollFirst() != null) {
        idleBytes -= (long) BUFFER_MIN << i;
      }
    }
  }

  /** Takes a buffer back that the kernel no longer touches. */
  synchronized void release(ByteBuffer buffer) {
    int capacity = buffer.capacity();
    buffer.clear();
    usedBytes -= capacity;
    idleBytes += capacity;
    idle[sizeClass(capacity)].addLast(buffer);
  }

  /** Gives up a buffer that the kernel may touch for ever: others get its share of the limit. */
  synchronized void writeOff(ByteBuffer buffer) {
    usedBytes -= buffer.capacity();
  }

  synchronized long usedBytes() {
    return usedBytes;
  }
}
