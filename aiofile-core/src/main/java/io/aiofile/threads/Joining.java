package io.aiofile.threads;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Waits for threads that have been told to end. */
final class Joining {

  private static final System.Logger LOG = System.getLogger("io.aiofile");

  /** Longest wait: what still runs then runs user code, or hangs in a file system. */
  static final long JOIN_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

  private Joining() {}

  /** Waits until all of them have ended, also when interrupted; the interrupt is kept for later. */
  static void joinAll(Collection<Thread> threads) {
    long deadline = System.nanoTime() + JOIN_NANOS_MAX;
    boolean interrupted = false;
    List<String> late = new ArrayList<>();
    for (Thread thread : threads) {
      if (thread == Thread.currentThread()) {
        continue;
      }
      while (thread.isAlive() && System.nanoTime() - deadline < 0) {
        try {
          TimeUnit.NANOSECONDS.timedJoin(thread, deadline - System.nanoTime());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (thread.isAlive()) {
        late.add(thread.getName());
      }
    }
    if (!late.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "threads that do not end: " + late);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
