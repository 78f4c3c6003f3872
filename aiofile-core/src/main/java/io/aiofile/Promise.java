package io.aiofile;

import io.aiofile.spi.LaneThread;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An operation's own future. What others do to it only asks; the operation {@linkplain #settle
 * settles} it.
 *
 * <pre>
 *   PENDING ──ask──▶ ASKED ──settle──▶ SETTLED ──(hop to the executor)──▶ done
 *      └──────────────settle───────────▲
 * </pre>
 *
 * <p>The first outcome asked for wins over the operation's own. Settled means that the kernel has
 * let go, and that slot, permit and buffer are free again: release hooks run, then the future
 * completes.
 */
final class Promise<T extends @Nullable Object> extends AioFuture<T> {

  /** What an outcome that is asked for is put to. */
  interface Request {

    /**
     * Someone lost interest. Called at most once, on the asker's thread and without a lock; settles
     * the promise before it returns where nothing touches the caller's memory any more.
     */
    void giveUp();
  }

  /** Set before the promise is shown to anyone, and not changed after. */
  private @Nullable Request request;

  // All guarded by this.
  private boolean asked;
  private boolean committed;
  private boolean settled;
  private @Nullable T value;
  private @Nullable Throwable failure;
  private @Nullable BiConsumer<? super @Nullable T, ? super @Nullable Throwable> hook;
  private @Nullable Thread canceller;
  private @Nullable Thread hiddenBy;

  Promise(CompletionExecutor executor) {
    super(executor);
  }

  Promise(CompletionExecutor executor, Request request) {
    super(executor);
    this.request = request;
  }

  void request(Request whatAsks) {
    this.request = whatAsks;
  }

  /**
   * The operation is over. Called once.
   *
   * @return whether its value was taken; if not, a value that is a resource is the caller's to
   *     close
   */
  boolean settle(@Nullable T ownValue, @Nullable Throwable ownFailure) {
    if (!decide(ownValue, ownFailure)) {
      throw new IllegalStateException("settled twice");
    }
    return release(ownFailure);
  }

  /**
   * {@link #settle} for an operation that settles when it is given up, and ends later: the first
   * call counts, and later ones do nothing.
   *
   * @return whether this call's value was taken
   */
  boolean settleOnce(@Nullable T ownValue, @Nullable Throwable ownFailure) {
    return decide(ownValue, ownFailure) && release(ownFailure);
  }

  /** Fixes the outcome; false if it was before. */
  private synchronized boolean decide(@Nullable T ownValue, @Nullable Throwable ownFailure) {
    if (settled) {
      return false;
    }
    settled = true;
    if (!asked) {
      value = ownValue;
      failure = ownFailure;
    } else if (failure != null && ownFailure != null && ownFailure != failure) {
      failure.addSuppressed(ownFailure);
    }
    return true;
  }

  /** Runs the hooks, and completes the future; whether that is with the operation's own value. */
  private boolean release(@Nullable Throwable ownFailure) {
    boolean taken;
    boolean here;
    BiConsumer<? super @Nullable T, ? super @Nullable Throwable> hookNow;
    synchronized (this) {
      taken = !asked && ownFailure == null;
      hookNow = hook;
      hook = null;
      here = canceller == Thread.currentThread() || hiddenBy == Thread.currentThread();
    }
    if (hookNow != null) {
      Hooks.run(hookNow, value, failure);
      // Without dependents completing runs nobody's code, so a bridge costs no hop.
      here |= getNumberOfDependents() == 0;
    }
    if (here) {
      completeNow(value, failure);
    } else {
      executor().execute(() -> completeNow(value, failure));
    }
    return taken;
  }

  /**
   * Until {@link #show} nobody else has this promise: what settles it on this thread completes it
   * there and then, so that work done inline returns a finished future.
   */
  synchronized void hide() {
    hiddenBy = Thread.currentThread();
  }

  /** Ends what {@link #hide} began; the promise is handed out. */
  synchronized Promise<T> show() {
    hiddenBy = null;
    return this;
  }

  /**
   * Decides between the operation and those who ask: from here on nobody can ask any more.
   *
   * @return whether nobody asked before, so that the operation's effects count
   */
  synchronized boolean commit() {
    if (asked) {
      return false;
    }
    committed = true;
    return true;
  }

  /** Whether an outcome was asked for that the operation did not settle yet. */
  synchronized boolean isAsked() {
    return asked;
  }

  private boolean ask(
      @Nullable T wantedValue, @Nullable Throwable wantedFailure, boolean completeHere) {
    Request toAsk;
    synchronized (this) {
      if (settled || asked || committed) {
        return false;
      }
      asked = true;
      value = wantedValue;
      failure = wantedFailure;
      // Never on a lane's thread: the callbacks are not ours.
      canceller = completeHere && !LaneThread.isCurrent() ? Thread.currentThread() : null;
      toAsk = request;
    }
    try {
      if (toAsk != null) {
        toAsk.giveUp();
      }
    } finally {
      synchronized (this) {
        canceller = null;
      }
    }
    return true;
  }

  /**
   * A promise that settles as this one does, for one more caller: what is asked of it is its own
   * affair.
   */
  Promise<T> another() {
    Promise<T> own = new Promise<>(executor());
    own.hide();
    onRelease(own::settle);
    return own.show();
  }

  /**
   * Asks for the operation to be given up.
   *
   * @return {@link #isCancelled()}: false while the kernel holds the caller's buffer
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    ask(null, new CancellationException(), true);
    return isCancelled();
  }

  /**
   * Asks for the operation to be given up in favour of a value.
   *
   * @return whether this call finished the future
   */
  @Override
  public boolean complete(T wanted) {
    return ask(wanted, null, false) && isDone();
  }

  /**
   * Asks for the operation to be given up in favour of a failure.
   *
   * @return whether this call finished the future
   */
  @Override
  public boolean completeExceptionally(Throwable wanted) {
    return ask(null, wanted, false) && isDone();
  }

  @Override
  public void onRelease(BiConsumer<? super @Nullable T, ? super @Nullable Throwable> added) {
    synchronized (this) {
      if (!settled) {
        hook = Hooks.both(hook, added);
        return;
      }
    }
    Hooks.run(added, value, failure);
  }
}
