package io.aiofile.benchmarks.jmh;

import java.nio.channels.CompletionHandler;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for one result at a time without allocating anything, so that all that is counted is
 * theirs.
 */
final class Waiter
    implements BiConsumer<@Nullable Integer, @Nullable Throwable>,
        CompletionHandler<Integer, @Nullable Void> {

  private static final int FAILED = -2;
  private static final int NONE = -3;

  private @Nullable Thread waiting;
  private volatile int result = NONE;

  /** Before the operation starts, on the thread that will wait. */
  void expect() {
    waiting = Thread.currentThread();
    result = NONE;
  }

  int await() {
    int seen;
    while ((seen = result) == NONE) {
      LockSupport.park(this);
    }
    if (seen == FAILED) {
      throw new IllegalStateException("the read failed");
    }
    return seen;
  }

  @Override
  public void accept(@Nullable Integer count, @Nullable Throwable failure) {
    Thread thread = waiting;
    result = failure != null || count == null ? FAILED : count;
    LockSupport.unpark(thread);
  }

  @Override
  public void completed(Integer count, @Nullable Void nothing) {
    accept(count, null);
  }

  @Override
  public void failed(Throwable failure, @Nullable Void nothing) {
    accept(null, failure);
  }
}
