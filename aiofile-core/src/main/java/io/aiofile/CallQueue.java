package io.aiofile;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts the calls of a cursor in order: each starts when the one before it is over, and its effect
 * on the cursor comes before its future completes and before the next call starts.
 *
 * <p>A call on an idle queue starts on the caller's thread, and if its step is done inline so is
 * the call. One that has to wait counts as queued, and is refused where {@link
 * AioOptions#maxQueued()} allows no more; what its step starts then takes its place.
 */
final class CallQueue {

  private final CompletionExecutor executor;
  private final RequestGate gate;

  // All guarded by this.
  private final ArrayDeque<Call<?, ?>> waiting = new ArrayDeque<>();
  private boolean busy;

  /** Of a cursor of its own in this file. */
  CallQueue(FileHandle handle) {
    this(handle.executor(), handle.context().gate());
  }

  /** For tests: without a file. */
  CallQueue(CompletionExecutor executor, RequestGate gate) {
    this.executor = executor;
    this.gate = gate;
  }

  CompletionExecutor executor() {
    return executor;
  }

  /**
   * Takes a call.
   *
   * @param step starts the work when it is this call's turn
   * @param effect what the result does to the cursor, and the call's own result; not run if the
   *     call was cancelled
   * @param refused what is done in place of the effect where the step worked and the call was
   *     cancelled meanwhile
   */
  <T extends @Nullable Object, R extends @Nullable Object> AioFuture<R> call(
      Supplier<AioFuture<T>> step, Function<T, R> effect, Consumer<T> refused) {
    try {
      return take(new Call<>(step, effect, refused, gate));
    } catch (RejectedExecutionException e) {
      return AioFuture.failed(executor, e);
    }
  }

  /**
   * {@link #call(Supplier)} that is not refused, nor counted: closing goes on where the queue is
   * full.
   */
  <T extends @Nullable Object> AioFuture<T> callAlways(Supplier<AioFuture<T>> step) {
    return take(new Call<>(step, Function.identity(), value -> {}, null));
  }

  /**
   * Moves the cursor in the calls' order.
   *
   * @throws RejectedExecutionException if it has to wait, and there is no place to
   */
  void move(Runnable effect) {
    var unused =
        take(
            new Call<@Nullable Void, @Nullable Void>(
                () -> AioFuture.done(executor, null), nothing -> ran(effect), nothing -> {}, gate));
  }

  private static @Nullable Void ran(Runnable effect) {
    effect.run();
    return null;
  }

  private <R extends @Nullable Object> AioFuture<R> take(Call<?, R> call) {
    synchronized (this) {
      if (busy) {
        call.await();
        return call.promise;
      }
      busy = true;
    }
    call.promise.hide();
    runFrom(call);
    return call.promise.show();
  }

  /** {@link #call(Supplier, Function, Consumer)} of which nothing is left when it is cancelled. */
  <T extends @Nullable Object, R extends @Nullable Object> AioFuture<R> call(
      Supplier<AioFuture<T>> step, Function<T, R> effect) {
    return call(step, effect, value -> {});
  }

  /** {@link #call(Supplier, Function)} whose result is that of its step. */
  <T extends @Nullable Object> AioFuture<T> call(Supplier<AioFuture<T>> step) {
    return call(step, Function.identity());
  }

  /** Runs calls as long as they are done inline: a loop, so that a long queue is no deep stack. */
  private void runFrom(@Nullable Call<?, ?> first) {
    Call<?, ?> call = first;
    while (call != null) {
      call = call.run();
    }
  }

  private synchronized @Nullable Call<?, ?> next() {
    Call<?, ?> next = waiting.pollFirst();
    busy = next != null;
    if (next != null) {
      next.turnCame();
    }
    return next;
  }

  private final class Call<T extends @Nullable Object, R extends @Nullable Object>
      implements Promise.Request {
    private final Supplier<AioFuture<T>> step;
    private final Function<T, R> effect;
    private final Consumer<T> refused;
    private final @Nullable RequestGate counting;
    private boolean waited;
    final Promise<R> promise = new Promise<>(executor, this);
    private volatile @Nullable AioFuture<T> inner;
    private @Nullable Call<?, ?> following;

    /**
     * A call.
     *
     * @param counting where it counts while it waits; null if it does not
     */
    Call(
        Supplier<AioFuture<T>> step,
        Function<T, R> effect,
        Consumer<T> refused,
        @Nullable RequestGate counting) {
      this.step = step;
      this.effect = effect;
      this.refused = refused;
      this.counting = counting;
    }

    /** Waits for its turn. Guarded by the queue. */
    void await() {
      waiting.addLast(this);
      try {
        if (counting != null) {
          counting.awaitTurn();
        }
      } catch (Throwable e) {
        waiting.removeLast(); // refused
        throw e;
      }
      waited = true;
    }

    /** Waits no more. Guarded by the queue. */
    void turnCame() {
      if (counting != null) {
        counting.turnCame();
      }
    }

    /** Starts; the call to go on with, or null if there is none, or a release will go on. */
    @Nullable Call<?, ?> run() {
      if (promise.isAsked()) {
        return over(null, null);
      }
      AioFuture<T> started;
      try {
        started = waited ? gate.asPromised(step) : step.get();
      } catch (Throwable e) {
        return over(null, e);
      }
      inner = started;
      if (promise.isAsked()) {
        started.cancel(false);
      }
      // 0: neither is here yet; whoever comes second goes on.
      AtomicInteger meeting = new AtomicInteger();
      started.onRelease(
          (value, failure) -> {
            following = finish(value, failure);
            if (meeting.getAndIncrement() == 1) {
              runFrom(following);
            }
          });
      return meeting.getAndIncrement() == 1 ? following : null;
    }

    @SuppressWarnings("NullAway") // a null value stands for itself where T is nullable
    private @Nullable Call<?, ?> finish(@Nullable T value, @Nullable Throwable failure) {
      R result = null;
      Throwable thrown = failure;
      if (failure == null) {
        try {
          if (promise.commit()) {
            result = effect.apply(value);
          } else {
            refused.accept(value);
          }
        } catch (Throwable e) {
          thrown = e;
        }
      }
      return over(result, thrown);
    }

    /**
     * Completes this call, after the queue has gone on: whoever awaited it finds the queue idle.
     */
    private @Nullable Call<?, ?> over(@Nullable R result, @Nullable Throwable thrown) {
      Call<?, ?> next = next();
      promise.settle(result, thrown);
      return next;
    }

    @Override
    public void giveUp() {
      boolean withdrawn;
      synchronized (CallQueue.this) {
        withdrawn = waiting.remove(this);
        if (withdrawn) {
          turnCame();
        }
      }
      AioFuture<T> started = inner;
      if (withdrawn) {
        promise.settle(null, null);
      } else if (started != null) {
        started.cancel(false);
      }
    }
  }
}
