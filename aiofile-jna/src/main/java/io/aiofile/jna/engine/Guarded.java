package io.aiofile.jna.engine;

import io.aiofile.spi.Operation;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Moves of an {@link Operation} that may run its owner's code, with what that throws in the log: a
 * lane's thread serves others too. Nothing is thrown here, not even where the log itself has no
 * memory: a caller that took that for the move's failure might end an operation that its owner has
 * just handed to the kernel again. Never to be called under a lock, but where it says so.
 */
final class Guarded {

  private static final Logger LOG = System.getLogger(Guarded.class.getName());

  /** Hands it to the kernel, or to a system call; false if it was withdrawn: then drop it. */
  static boolean enterKernel(Operation operation) {
    try {
      return operation.enterKernel();
    } catch (IllegalStateException e) {
      // In the kernel already: it was submitted twice. Whoever put it there will end it.
      log("submitted twice:", operation, e);
      return false;
    }
  }

  /** Takes it back from the kernel; false if it is over by that: then drop it. */
  static boolean requeue(Operation operation) {
    try {
      return operation.requeue();
    } catch (Throwable thrown) {
      log("ending threw:", operation, thrown);
      return operation.state() == Operation.State.QUEUED;
    }
  }

  /**
   * The first half of {@link #requeue}, which runs no foreign code and may be called under a lock;
   * false if it was not in the kernel: whoever took it from there will end it.
   */
  static boolean takeBack(Operation operation) {
    try {
      operation.takeBack();
      return true;
    } catch (IllegalStateException e) {
      log("not in the kernel any more:", operation, e);
      return false;
    }
  }

  /** The second half of {@link #requeue}; true if it is over by that. */
  static boolean withdrawIfAsked(Operation operation) {
    try {
      return operation.withdrawIfAsked();
    } catch (Throwable thrown) {
      log("ending threw:", operation, thrown);
      return operation.state() == Operation.State.DONE;
    }
  }

  /** Reports what the kernel did. */
  static void complete(Operation operation, long result) {
    try {
      operation.complete(result);
    } catch (Throwable thrown) {
      log("ending threw:", operation, thrown);
    }
  }

  /** Reports that it failed in the kernel, or in a system call. */
  static void fail(Operation operation, Throwable cause) {
    try {
      operation.fail(cause);
    } catch (Throwable thrown) {
      log("ending threw:", operation, thrown);
    }
  }

  /** Reports that the kernel may keep it for good. */
  static void strand(Operation operation) {
    try {
      operation.strand();
    } catch (Throwable thrown) {
      log("giving up waiting threw:", operation, thrown);
    }
  }

  /** Reports that it failed while it was queued; nothing if it was withdrawn meanwhile. */
  static void failQueued(Operation operation, Throwable cause) {
    // By way of IN_KERNEL: a cancel that comes between would make a plain fail() an illegal move.
    if (enterKernel(operation)) {
      fail(operation, cause);
    }
  }

  /** Withdraws it if it is queued, else asks; whether this ended it. */
  static boolean cancel(Operation operation) {
    try {
      return operation.cancel();
    } catch (Throwable thrown) {
      log("ending threw:", operation, thrown);
      return operation.state() == Operation.State.DONE;
    }
  }

  /** Runs something of the lanes' own that is not expected to throw. */
  static void run(Runnable body) {
    try {
      body.run();
    } catch (Throwable thrown) {
      log("a lane's own code failed:", body, thrown);
    }
  }

  private static void log(String what, Object whose, Throwable thrown) {
    try {
      LOG.log(Level.ERROR, what + " " + whose, thrown);
    } catch (Throwable ignored) {
      // There is nowhere else to say it.
    }
  }

  private Guarded() {}
}
