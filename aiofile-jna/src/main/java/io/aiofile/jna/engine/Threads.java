package io.aiofile.jna.engine;

import java.util.concurrent.TimeUnit;

/** Waiting for a lane's threads at its close. */
final class Threads {

  /**
   * How long a close waits for one thread. Nothing is in flight then, so a thread that takes longer
   * is stuck in somebody's code or in a system call, and there is nothing to be gained from waiting
   * on.
   */
  private static final long JOIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /**
   * Waits for the thread's end through interrupts, which are restored; false if it did not come.
   */
  static boolean join(Thread thread) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + JOIN_NANOS;
    try {
      while (thread.isAlive()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        try {
          TimeUnit.NANOSECONDS.timedJoin(thread, left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Threads() {}
}
