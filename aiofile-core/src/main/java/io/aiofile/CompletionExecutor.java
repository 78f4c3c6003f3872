package io.aiofile;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where futures complete: the executor that the options name, or the library's own pool, and what
 * is done when it refuses.
 *
 * <p>Not a pool of ours: the options' executor is never shut down here.
 */
final class CompletionExecutor implements Executor {

  private static final System.Logger LOG = System.getLogger("io.aiofile");

  private static final int SLICES_PER_TURN = 4;

  private final @Nullable Executor chosen;
  private final AtomicBoolean rejectionLogged = new AtomicBoolean();

  CompletionExecutor(@Nullable Executor chosen) {
    this.chosen = chosen;
  }

  /**
   * The library's own pool, process-wide, made at its first use.
   *
   * <p>A ForkJoinPool, since there a callback that joins another operation is compensated for by a
   * spare thread; in a fixed pool of two, eight such callbacks dead-lock. In asynchronous mode
   * (first in, first out), daemon, and its threads end when idle for two seconds, as those of
   * backends do; all else is as in the constructor that leaves it out.
   */
  private static final class Pool {
    /** The most that a ForkJoinPool can have: spare threads stand in for those that wait. */
    private static final int THREADS_MAX = 0x7FFF;

    private static final AtomicInteger COUNT = new AtomicInteger();
    static final ForkJoinPool INSTANCE =
        new ForkJoinPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Pool::thread,
            null,
            true,
            0,
            THREADS_MAX,
            1,
            null,
            2,
            TimeUnit.SECONDS);

    private static ForkJoinWorkerThread thread(ForkJoinPool pool) {
      ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
      thread.setName("aiofile-callback-" + COUNT.incrementAndGet());
      return thread;
    }
  }

  @Override
  public void execute(Runnable task) {
    Executor target = chosen == null ? Pool.INSTANCE : chosen;
    try {
      target.execute(task);
    } catch (RejectedExecutionException e) {
      // The operation is over, and its future must say so: better here than never.
      if (rejectionLogged.compareAndSet(false, true)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "the completion executor rejects tasks; futures complete on the completing thread",
            e);
      }
      task.run();
    }
  }

  /**
   * How much of a loop one task may do here, given a slice: in the library's own pool several,
   * since each hop costs some 20 µs; of an executor that was chosen no more than on a caller's
   * thread, as it may be an event loop.
   */
  long turnBytes(long sliceBytes) {
    boolean isSlice = sliceBytes <= Long.MAX_VALUE / SLICES_PER_TURN; // and not "no limit"
    return chosen == null && isSlice ? SLICES_PER_TURN * sliceBytes : sliceBytes;
  }

  /** An executor whose tasks never run on the stack of the thread that submits them. */
  Executor offThisStack() {
    if (chosen == null) {
      return task -> Pool.INSTANCE.execute(() -> Nesting.onFreshStack(task));
    }
    return task -> {
      OffStack hop = new OffStack(task);
      execute(hop);
      if (hop.leave()) {
        // Runnable::run, or a pool whose policy is that the caller runs.
        Pool.INSTANCE.execute(() -> Nesting.onFreshStack(task));
      }
    };
  }

  /** Declines to run while its submitter is still inside {@code execute} on the same thread. */
  private static final class OffStack implements Runnable {
    private final Runnable task;
    private final Thread submitter = Thread.currentThread();
    // Both are touched by the submitter's thread alone, or after leave().
    private boolean left;
    private boolean declined;

    OffStack(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      if (Thread.currentThread() == submitter && !left) {
        declined = true;
      } else {
        Nesting.onFreshStack(task);
      }
    }

    boolean leave() {
      left = true;
      return declined;
    }
  }
}
