package io.aiofile;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a chain of callbacks on finished futures from growing the stack without end.
 *
 * <p>A callback attached to a finished future runs inside the call that attaches it. A copy loop
 * written with {@code thenCompose} over cached reads, each finished when it is returned, so nests
 * one level an iteration, and overflowed the stack at 64 MiB in steps of 64 KiB.
 */
final class Nesting {

  /** Callbacks that may run inside one another before the next one goes to the executor. */
  static final int CALLBACKS_MAX = 32;

  private static final ThreadLocal<int[]> DEPTH = ThreadLocal.withInitial(() -> new int[1]);

  private Nesting() {}

  /**
   * Attaches a callback on this stack, or, when that is deep already and the future is done,
   * through the executor.
   *
   * @param attach given null: attach here; given an executor: attach to run there
   */
  static <U extends @Nullable Object> CompletableFuture<U> attach(
      AioFuture<?> future, Function<@Nullable Executor, CompletableFuture<U>> attach) {
    int[] depth = DEPTH.get();
    if (depth[0] >= CALLBACKS_MAX && future.isDone()) {
      return attach.apply(future.executor().offThisStack());
    }
    depth[0]++;
    try {
      return attach.apply(null);
    } finally {
      depth[0]--;
    }
  }

  /** Runs a task that starts a stack of its own: what an executor hands to its thread. */
  static void onFreshStack(Runnable task) {
    int[] depth = DEPTH.get();
    int before = depth[0];
    depth[0] = 0;
    try {
      task.run();
    } finally {
      depth[0] = before;
    }
  }
}
