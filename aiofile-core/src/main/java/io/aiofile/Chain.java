package io.aiofile;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One operation after another as one operation: {@code thenCompose} under the one rule. Asking the
 * whole to give up asks the part that is under way, and the whole is over when that is; parts
 * follow each other on the completing thread, without a hop.
 */
final class Chain<A extends @Nullable Object, B extends @Nullable Object>
    implements Promise.Request {

  private final Promise<B> promise;
  private final Function<A, AioFuture<B>> second;
  private volatile AioFuture<?> underWay;

  private Chain(AioFuture<A> first, Function<A, AioFuture<B>> second) {
    this.promise = new Promise<>(first.executor(), this);
    this.second = second;
    this.underWay = first;
  }

  /** Starts the second with the first one's value, if the first works. */
  static <A extends @Nullable Object, B extends @Nullable Object> AioFuture<B> then(
      AioFuture<A> first, Function<A, AioFuture<B>> second) {
    Chain<A, B> chain = new Chain<>(first, second);
    chain.promise.hide();
    first.onRelease(chain::goOn);
    return chain.promise.show();
  }

  @SuppressWarnings("NullAway") // a null value stands for itself where A is nullable
  private void goOn(@Nullable A value, @Nullable Throwable failure) {
    if (failure != null) {
      promise.settle(null, failure);
      return;
    }
    AioFuture<B> started;
    try {
      started = second.apply(value);
    } catch (Throwable e) {
      promise.settle(null, e);
      return;
    }
    underWay = started;
    if (promise.isAsked()) {
      started.cancel(false);
    }
    started.onRelease(promise::settle);
  }

  @Override
  public void giveUp() {
    underWay.cancel(false);
  }
}
