package io.aiofile.jna.engine;

/**
 * Tokens and results that {@link KernelQueue#await} copied out of the kernel's ring, so that
 * completing them runs with the ring already free. Used by one thread, again and again.
 */
public final class EventBatch {

  /** As they were given to {@code prepare…}. */
  public final long[] tokens;

  /** Bytes transferred, 0, or {@code -errno}. */
  public final long[] results;

  /**
   * An empty one.
   *
   * @param capacity events at most in one batch, at least 1
   */
  public EventBatch(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity: " + capacity);
    }
    tokens = new long[capacity];
    results = new long[capacity];
  }

  public int capacity() {
    return tokens.length;
  }
}
