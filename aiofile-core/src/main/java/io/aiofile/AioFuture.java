package io.aiofile;

import io.aiofile.spi.LaneThread;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The result of a file operation, and of stages derived from one.
 *
 * <p>A {@link CompletableFuture} under the one rule of this package: as long as it is unfinished
 * the kernel may touch the operation's buffer. {@link #cancel}, {@link #complete}, {@link
 * #completeExceptionally} and the timeouts built on them <em>ask</em>, where the buffer is the
 * caller's or the file is changed: the future takes the outcome that was asked for once the kernel
 * has let go, and a failure of the operation itself is added to it as suppressed.
 *
 * <p>Not to be forced: {@code obtrudeValue}, {@code obtrudeException} and {@code completeAsync}
 * throw {@link UnsupportedOperationException}, since they would end an operation under the kernel's
 * hands. Stages derived from it finish at once on their own cancel or timeout.
 *
 * <p>Threads: callbacks run on the context's completion executor, or, when the operation was
 * finished before they were attached, on the caller's thread. In the latter case the stack is
 * bounded: beyond a small number of nested callbacks the next one runs on the executor. On a thread
 * that completes operations (with {@code Runnable::run} as the executor, or in {@link #onRelease}),
 * {@code get}, {@code join} and {@link #await} of an unfinished future throw {@link
 * IllegalStateException} in place of dead-locking; for {@code allOf}, {@code anyOf} and futures of
 * other libraries that can't be promised.
 *
 * @param <T> of the result
 */
public class AioFuture<T extends @Nullable Object> extends CompletableFuture<T> {

  private final CompletionExecutor executor;

  AioFuture(CompletionExecutor executor) {
    this.executor = executor;
  }

  /** A future that has its value already: what an operation done inline returns. */
  static <T extends @Nullable Object> AioFuture<T> done(
      CompletionExecutor executor, @Nullable T value) {
    AioFuture<T> future = new AioFuture<>(executor);
    future.completeNow(value, null);
    return future;
  }

  /** A future that has failed already. */
  static <T extends @Nullable Object> AioFuture<T> failed(
      CompletionExecutor executor, Throwable failure) {
    AioFuture<T> future = new AioFuture<>(executor);
    future.completeNow(null, failure);
    return future;
  }

  /** Ends this future whatever {@link #complete} means in a subclass. */
  @SuppressWarnings("NullAway") // a null value stands for itself where T is nullable
  final void completeNow(@Nullable T value, @Nullable Throwable failure) {
    if (failure != null) {
      super.completeExceptionally(failure);
    } else {
      super.complete(value);
    }
  }

  final CompletionExecutor executor() {
    return executor;
  }

  /**
   * Waits for the result.
   *
   * @return the result
   * @throws IOException the operation's own, unwrapped; {@link InterruptedIOException} if the
   *     thread is interrupted, whose flag stays set, while the operation goes on
   * @throws java.util.concurrent.CancellationException if it was cancelled
   * @throws IllegalStateException if called, unfinished, on a thread that completes operations
   */
  public final T await() throws IOException {
    try {
      return get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while waiting; the operation goes on");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      Throwable cause = unwrapped(e);
      if (cause instanceof IOException failure) {
        throw failure;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IOException(cause);
    }
  }

  /** The cause below the wrappers that CompletableFuture puts around it. */
  static Throwable unwrapped(Throwable wrapped) {
    Throwable cause = wrapped;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /**
   * Registers a hook for the moment when the operation is over and the kernel has let go: it runs
   * on the completing thread, before the hop to the completion executor, or at once on the calling
   * thread if that moment has passed. On a derived stage it runs when the stage finishes.
   *
   * <p>For bridges to other asynchronous worlds. The hook must be quick and must not block; what it
   * throws is logged. It gets the value or, not wrapped, the failure; the other is null.
   *
   * @param hook called once
   */
  public void onRelease(BiConsumer<? super @Nullable T, ? super @Nullable Throwable> hook) {
    // The stage that this makes has nothing to tell: what a hook throws is logged.
    var unused =
        super.whenComplete(
            (value, failure) ->
                Hooks.run(hook, value, failure == null ? null : unwrapped(failure)));
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new AioFuture<>(executor);
  }

  /** {@return the context's completion executor: what the {@code …Async} methods use by default} */
  @Override
  public Executor defaultExecutor() {
    return executor;
  }

  // ---- waiting: refused where it would wait for itself

  private void refuseOnLaneThread() {
    if (!isDone() && LaneThread.isCurrent()) {
      throw new IllegalStateException(
          "waiting on "
              + Thread.currentThread().getName()
              + ", which completes operations, would wait for itself: attach a callback, or use a"
              + " completion executor other than Runnable::run");
    }
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    refuseOnLaneThread();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    refuseOnLaneThread();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    refuseOnLaneThread();
    return super.join();
  }

  // ---- callbacks: the caller's stack is bounded, see Nesting

  private <U extends @Nullable Object> AioFuture<U> nested(
      Function<@Nullable Executor, CompletableFuture<U>> attach) {
    // newIncompleteFuture makes every derived stage an AioFuture.
    return (AioFuture<U>) Nesting.attach(this, attach);
  }

  @Override
  public <U extends @Nullable Object> AioFuture<U> thenApply(Function<? super T, ? extends U> fn) {
    return nested(on -> on == null ? super.thenApply(fn) : super.thenApplyAsync(fn, on));
  }

  @Override
  public AioFuture<Void> thenAccept(Consumer<? super T> action) {
    return nested(on -> on == null ? super.thenAccept(action) : super.thenAcceptAsync(action, on));
  }

  @Override
  public AioFuture<Void> thenRun(Runnable action) {
    return nested(on -> on == null ? super.thenRun(action) : super.thenRunAsync(action, on));
  }

  @Override
  public <U extends @Nullable Object, V extends @Nullable Object> AioFuture<V> thenCombine(
      CompletionStage<? extends U> other, BiFunction<? super T, ? super U, ? extends V> fn) {
    return nested(
        on -> on == null ? super.thenCombine(other, fn) : super.thenCombineAsync(other, fn, on));
  }

  @Override
  public <U extends @Nullable Object> AioFuture<Void> thenAcceptBoth(
      CompletionStage<? extends U> other, BiConsumer<? super T, ? super U> action) {
    return nested(
        on ->
            on == null
                ? super.thenAcceptBoth(other, action)
                : super.thenAcceptBothAsync(other, action, on));
  }

  @Override
  public AioFuture<Void> runAfterBoth(CompletionStage<?> other, Runnable action) {
    return nested(
        on ->
            on == null
                ? super.runAfterBoth(other, action)
                : super.runAfterBothAsync(other, action, on));
  }

  @Override
  public <U extends @Nullable Object> AioFuture<U> applyToEither(
      CompletionStage<? extends T> other, Function<? super T, U> fn) {
    return nested(
        on ->
            on == null ? super.applyToEither(other, fn) : super.applyToEitherAsync(other, fn, on));
  }

  @Override
  public AioFuture<Void> acceptEither(
      CompletionStage<? extends T> other, Consumer<? super T> action) {
    return nested(
        on ->
            on == null
                ? super.acceptEither(other, action)
                : super.acceptEitherAsync(other, action, on));
  }

  @Override
  public AioFuture<Void> runAfterEither(CompletionStage<?> other, Runnable action) {
    return nested(
        on ->
            on == null
                ? super.runAfterEither(other, action)
                : super.runAfterEitherAsync(other, action, on));
  }

  @Override
  public <U extends @Nullable Object> AioFuture<U> thenCompose(
      Function<? super T, ? extends CompletionStage<U>> fn) {
    return nested(on -> on == null ? super.thenCompose(fn) : super.thenComposeAsync(fn, on));
  }

  @Override
  public AioFuture<T> whenComplete(
      BiConsumer<? super @Nullable T, ? super @Nullable Throwable> action) {
    return nested(
        on -> on == null ? super.whenComplete(action) : super.whenCompleteAsync(action, on));
  }

  @Override
  public <U extends @Nullable Object> AioFuture<U> handle(
      BiFunction<? super @Nullable T, @Nullable Throwable, ? extends U> fn) {
    return nested(on -> on == null ? super.handle(fn) : super.handleAsync(fn, on));
  }

  @Override
  public AioFuture<T> exceptionally(Function<Throwable, ? extends T> fn) {
    return nested(on -> on == null ? super.exceptionally(fn) : super.exceptionallyAsync(fn, on));
  }

  @Override
  public AioFuture<T> exceptionallyCompose(Function<Throwable, ? extends CompletionStage<T>> fn) {
    return nested(
        on ->
            on == null ? super.exceptionallyCompose(fn) : super.exceptionallyComposeAsync(fn, on));
  }

  @Override
  public AioFuture<T> orTimeout(long timeout, TimeUnit unit) {
    super.orTimeout(timeout, unit);
    return this;
  }

  @Override
  public AioFuture<T> completeOnTimeout(T value, long timeout, TimeUnit unit) {
    super.completeOnTimeout(value, timeout, unit);
    return this;
  }

  // ---- forcing: refused

  /** Refused: the kernel may still touch the operation's buffer. */
  @Override
  public final void obtrudeValue(T forced) {
    throw forced();
  }

  /** Refused: the kernel may still touch the operation's buffer. */
  @Override
  public final void obtrudeException(Throwable forced) {
    throw forced();
  }

  /** Refused, since it would by-pass {@link #complete}. */
  @Override
  public final AioFuture<T> completeAsync(Supplier<? extends T> supplier, Executor on) {
    throw forced();
  }

  /** Refused, since it would by-pass {@link #complete}. */
  @Override
  public final AioFuture<T> completeAsync(Supplier<? extends T> supplier) {
    throw forced();
  }

  private static UnsupportedOperationException forced() {
    return new UnsupportedOperationException(
        "the kernel may still touch the operation's buffer: use cancel, complete or a timeout,"
            + " which wait for it to let go");
  }
}
