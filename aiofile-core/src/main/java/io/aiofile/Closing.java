package io.aiofile;

import io.aiofile.spi.LaneThread;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The blocking close, for try-with-resources. */
final class Closing {

  private Closing() {}

  /**
   * Waits for a close that was started, for so long at most, whatever interrupts come; restores the
   * flag.
   *
   * <p>Waits for the release and not for the future, which may need the very executor thread that
   * waits here. On a thread that completes operations it does not wait at all.
   */
  static void await(AioFuture<@Nullable Void> close, String what, Duration timeout)
      throws IOException {
    CountDownLatch released = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    close.onRelease(
        (done, thrown) -> {
          failure.set(thrown);
          released.countDown();
        });
    if (LaneThread.isCurrent()) {
      return;
    }
    if (!awaitUninterruptibly(released, timeout.toNanos())) {
      throw new IOException("close of " + what + " goes on: it did not end within " + timeout);
    }
    Throwable thrown = failure.get();
    if (thrown instanceof IOException e) {
      throw e;
    }
    if (thrown != null) {
      throw new IOException("close of " + what, thrown);
    }
  }

  private static boolean awaitUninterruptibly(CountDownLatch latch, long timeoutNanos) {
    long end = System.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return latch.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
