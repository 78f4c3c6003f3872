package io.aiofile;

import io.aiofile.spi.LaneThread;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Repeats an asynchronous step until it says that it is enough: without growing the stack when
 * steps are done inline, and with no more than one slice of that on the caller's thread, or one
 * turn in a task of the executor.
 *
 * @param <T> of a step
 * @param <R> of the whole
 */
abstract class AsyncLoop<T extends @Nullable Object, R extends @Nullable Object>
    implements Promise.Request {

  private final Promise<R> promise;
  private final long sliceBytes;
  private final long turnBytes;
  private volatile @Nullable AioFuture<T> current;

  AsyncLoop(CompletionExecutor executor, long sliceBytes) {
    this.promise = new Promise<>(executor, this);
    this.sliceBytes = sliceBytes;
    this.turnBytes = executor.turnBytes(sliceBytes);
  }

  /** Starts the next step. */
  abstract AioFuture<T> step() throws Exception;

  /** Takes a step's value in; true for another step. */
  abstract boolean take(T value) throws Exception;

  /** What a step's value cost of a slice, in bytes, after it was taken in. */
  abstract long cost(T value);

  /**
   * Whether taking a value in has no place on a thread that completes operations: it takes long, or
   * runs users' code.
   */
  boolean isForExecutor(T value) {
    return false;
  }

  /** The result, after the last step. */
  abstract @Nullable R result() throws Exception;

  /** Begins on the caller's thread. */
  AioFuture<R> start() {
    promise.hide();
    run(sliceBytes);
    return promise.show();
  }

  /** Begins on the executor. */
  AioFuture<R> startElsewhere() {
    promise.executor().execute(this::runTurn);
    return promise;
  }

  @Override
  public void giveUp() {
    AioFuture<T> running = current;
    if (running != null) {
      running.cancel(false);
    }
  }

  private void runTurn() {
    run(turnBytes);
  }

  private void run(long budgetBytes) {
    long budget = budgetBytes;
    while (true) {
      Arrival arrival = new Arrival();
      try {
        if (promise.isAsked()) {
          end(null, null);
          return;
        }
        AioFuture<T> started = step();
        current = started;
        if (promise.isAsked()) {
          started.cancel(false);
        }
        started.onRelease(arrival::come);
      } catch (Throwable e) {
        end(null, e);
        return;
      }
      if (!arrival.isHere()) {
        return; // its release goes on from here
      }
      if (arrival.isForExecutor()) {
        promise.executor().offThisStack().execute(() -> arrival.goOn(turnBytes));
        return;
      }
      if (!isGoingOn(arrival.value, arrival.failure)) {
        return;
      }
      budget -= arrival.cost();
      if (budget <= 0) {
        promise.executor().offThisStack().execute(this::runTurn);
        return;
      }
    }
  }

  private boolean isGoingOn(@Nullable T value, @Nullable Throwable failure) {
    if (failure != null) {
      end(null, failure);
      return false;
    }
    try {
      if (takeNullable(value)) {
        return true;
      }
      end(result(), null);
    } catch (Throwable e) {
      end(null, e);
    }
    return false;
  }

  @SuppressWarnings("NullAway") // a null value stands for itself where T is nullable
  private boolean takeNullable(@Nullable T value) throws Exception {
    return take(value);
  }

  /** The loop failed or was given up, and its result, if there is one, goes to nobody. */
  void abandoned() {}

  private void end(@Nullable R value, @Nullable Throwable failure) {
    // First: what waits for the end of this loop may need what is given back.
    if (failure != null || !promise.commit()) {
      abandoned();
    }
    promise.settle(value, failure);
  }

  /** Where a step's release and the loop meet: whoever comes second goes on. */
  private final class Arrival {
    private final AtomicInteger meeting = new AtomicInteger();
    private @Nullable T value;
    private @Nullable Throwable failure;

    void come(@Nullable T arrived, @Nullable Throwable thrown) {
      value = arrived;
      failure = thrown;
      if (meeting.getAndIncrement() == 1) {
        if (isForExecutor()) {
          promise.executor().execute(() -> goOn(turnBytes));
        } else {
          goOn(sliceBytes);
        }
      }
    }

    boolean isHere() {
      return meeting.getAndIncrement() == 1;
    }

    void goOn(long budgetBytes) {
      if (isGoingOn(value, failure)) {
        run(budgetBytes);
      }
    }

    @SuppressWarnings("NullAway") // a null value stands for itself where T is nullable
    long cost() {
      return AsyncLoop.this.cost(value);
    }

    @SuppressWarnings("NullAway") // a null value stands for itself where T is nullable
    boolean isForExecutor() {
      return failure == null && LaneThread.isCurrent() && AsyncLoop.this.isForExecutor(value);
    }
  }
}
