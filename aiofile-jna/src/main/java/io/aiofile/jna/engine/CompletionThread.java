package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.spi.LaneThread;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that waits for a kernel queue's events: copies them out, then has them completed.
 * Sleeps without a timeout, so an idle context never wakes up.
 */
final class CompletionThread {

  private final KernelQueue queue;
  private final KernelLane lane;
  private final LaneThread thread;

  CompletionThread(KernelQueue queue, KernelLane lane, String name) {
    this.queue = queue;
    this.lane = lane;
    this.thread = LaneThread.shielded(name, this::run);
  }

  void start() {
    thread.start();
  }

  /** Waits for its end; false if that does not come. */
  boolean join() {
    return Threads.join(thread);
  }

  private void run() {
    try {
      // One more than the slots, lest a queue that counts its wake-up as an event needs two calls.
      EventBatch events = new EventBatch(queue.capacity() + 1);
      @Nullable Request[] finished = new Request[events.capacity()];
      while (lane.isRunning()) {
        int count = queue.await(events);
        if (count >= 0) {
          lane.deliver(events, count, finished);
        } else if (count != -Errno.EINTR) {
          throw new IllegalStateException(
              "waiting for events of " + queue.name() + ": " + Errno.describe(-count));
        }
      }
    } catch (Throwable thrown) {
      lane.completionDied(thrown);
    }
  }
}
