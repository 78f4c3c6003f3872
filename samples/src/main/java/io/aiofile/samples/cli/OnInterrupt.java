package io.aiofile.samples.cli;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** What is to be done if the program is interrupted (Ctrl-C, SIGTERM) in a certain part of it. */
final class OnInterrupt {

  /** That part. */
  interface Work {
    void run() throws IOException;
  }

  private OnInterrupt() {}

  /**
   * Works.
   *
   * @param action for an interrupt while the work is going on. Runs on a thread of its own, beside
   *     those at work, which are not stopped; the program ends when it returns
   */
  static void run(Runnable action, Work work) throws IOException {
    Thread hook = new Thread(action, "on-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      work.run();
    } finally {
      forget(hook);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs. What became of the work is of no interest any more: the end comes from there.
      while (true) {
        LockSupport.park(hook);
      }
    }
  }
}
