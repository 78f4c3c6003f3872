package io.aiofile;

import org.jspecify.annotations.Nullable;

/**
 * The operations of one call that has many: at most so many are under way, and they start in
 * batches, the next one when half of them are over.
 *
 * <p>Half and not one: of operations that start one by one each would be a system call. At most one
 * slice of bytes is moved on the thread that starts them, and the rest goes on elsewhere.
 *
 * <p>Their handle was entered for each of them, which leaves it on its own, and once more for the
 * call: so a close waits for those that have not started, and for their futures.
 */
abstract class Windowed {

  final FileHandle handle;
  private final int count;
  private final int inFlightMax;

  // Guarded by this.
  private int next;
  private int left;
  private int inFlight;
  private boolean starting;

  // The starter's, one at a time: what is beyond the first batch was promised a place.
  private boolean accepted;

  Windowed(FileHandle handle, int count, int inFlightMax) {
    this.handle = handle;
    this.count = count;
    this.left = count;
    this.inFlightMax = inFlightMax;
  }

  /**
   * Starts one: inline, or into the batch. {@link #ended} has to be called once when it is over,
   * during this call or later.
   *
   * @return the bytes moved on this thread
   */
  abstract long start(int index, Batch batch);

  /** Starts the first ones. */
  final void begin() {
    if (count == 0) {
      handle.exit();
      return;
    }
    synchronized (this) {
      starting = true;
    }
    startSome();
  }

  /** One is over: with it perhaps half of those that were under way. */
  final void ended() {
    boolean last;
    boolean isStarter;
    synchronized (this) {
      inFlight--;
      last = --left == 0;
      isStarter = !starting && isDue();
      starting |= isStarter;
    }
    if (last) {
      handle.exit();
    } else if (isStarter) {
      startSome();
    }
  }

  private boolean isDue() {
    return next < count && inFlight <= inFlightMax / 2;
  }

  /**
   * As the starter; there is one at a time, and a loop, so that many failures are no deep stack.
   */
  private void startSome() {
    long budget = handle.context().options().sliceBytes();
    do {
      Batch batch = new Batch(handle);
      for (int index = claim(); index >= 0; index = claim()) {
        budget -= start(index, batch);
        if (budget <= 0) {
          break;
        }
      }
      batch.send(accepted);
      accepted = true;
      if (budget <= 0) {
        handle.executor().offThisStack().execute(this::startSome);
        return;
      }
    } while (isGoingOn());
  }

  private synchronized int claim() {
    if (next == count || inFlight >= inFlightMax) {
      return -1;
    }
    inFlight++;
    return next++;
  }

  private synchronized boolean isGoingOn() {
    starting = isDue();
    return starting;
  }

  /** The bytes that a finished operation has moved on this thread. */
  static long inlineBytes(@Nullable AioFuture<?> operation, long bytes) {
    return operation != null && operation.isDone() ? bytes : 0;
  }
}
