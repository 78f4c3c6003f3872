package io.aiofile.jna.engine;

import org.jspecify.annotations.Nullable;

/**
 * The kernel lane's slots: which request each one holds while the kernel may touch its buffer.
 *
 * <p>An event names its slot and the slot's generation. The generation changes with each release,
 * so an event that comes twice, or late, or from nowhere, finds nothing.
 *
 * <p>Not thread-safe: the lane's lock guards it.
 */
final class SlotTable {

  private static final long SLOT_MASK = 0xFFFF_FFFFL;

  private final @Nullable Request[] requests;
  private final int[] generations;
  private final int[] free;
  private int freeCount;

  SlotTable(int capacity) {
    requests = new Request[capacity];
    generations = new int[capacity];
    free = new int[capacity];
    for (int slot = 0; slot < capacity; slot++) {
      // Not 0: an event of zeros must not mean anything.
      generations[slot] = 1;
      free[slot] = capacity - 1 - slot;
    }
    freeCount = capacity;
  }

  boolean hasFree() {
    return freeCount > 0;
  }

  int used() {
    return requests.length - freeCount;
  }

  /** Pins a request to a free slot. */
  int take(Request request) {
    if (freeCount == 0) {
      throw new IllegalStateException("no free slot");
    }
    int slot = free[--freeCount];
    requests[slot] = request;
    return slot;
  }

  /** What the kernel is to give back with the slot's event. */
  long token(int slot) {
    return ((long) generations[slot] << Integer.SIZE) | slot;
  }

  boolean isTaken(int slot) {
    return requests[slot] != null;
  }

  /** What a taken slot holds. */
  Request request(int slot) {
    Request request = requests[slot];
    if (request == null) {
      throw new IllegalStateException("slot " + slot + " is free");
    }
    return request;
  }

  /** Lets go of a taken slot's request. */
  Request release(int slot) {
    Request request = request(slot);
    requests[slot] = null;
    generations[slot]++;
    free[freeCount++] = slot;
    return request;
  }

  /**
   * As {@link #release(int)}, for the slot that an event names; null if it does not hold that any
   * more.
   */
  @Nullable Request releaseByToken(long token) {
    long slot = token & SLOT_MASK;
    if (slot >= requests.length || requests[(int) slot] == null || token((int) slot) != token) {
      return null;
    }
    return release((int) slot);
  }
}
