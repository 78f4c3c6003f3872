package io.aiofile;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The calls of a file's cursor, in their order, of which the last is the close. */
final class CursorCalls {

  private final AsyncFile file;
  private final CallQueue queue;
  private final AtomicBoolean refusing = new AtomicBoolean();

  CursorCalls(AsyncFile file) {
    this.file = file;
    this.queue = new CallQueue(file.handle());
  }

  CompletionExecutor executor() {
    return queue.executor();
  }

  /** {@link CallQueue#call(Supplier, Function, Consumer)}, unless the cursor is closed. */
  <T extends @Nullable Object, R extends @Nullable Object> AioFuture<R> call(
      Supplier<AioFuture<T>> step, Function<T, R> effect, Consumer<T> refused) {
    return refusing.get()
        ? AioFuture.failed(executor(), new ClosedChannelException())
        : queue.call(step, effect, refused);
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

  /**
   * Moves the cursor in the calls' order.
   *
   * @throws IllegalArgumentException if the target is negative
   * @throws IllegalStateException if the file is not seekable
   * @throws java.util.concurrent.RejectedExecutionException if it has to wait, and there is no
   *     place to
   */
  void seek(long target, Runnable move) {
    if (target < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + target);
    }
    if (!file.isSeekable()) {
      throw new IllegalStateException(file.path() + " is not seekable");
    }
    queue.move(move);
  }

  /** Does something in the calls' order, also when the cursor is closed, or the queue is full. */
  void then(Runnable effect) {
    var unused =
        queue.callAlways(
            () -> {
              effect.run();
              return AioFuture.<@Nullable Void>done(executor(), null);
            });
  }

  /** Refuses further calls. */
  void refuse() {
    refusing.set(true);
  }

  /** Closes the file after the calls before; one that is not seekable at once, as they may wait. */
  AioFuture<@Nullable Void> close() {
    return file.isSeekable() ? queue.callAlways(file::closeAsync) : file.closeAsync();
  }
}
