package io.aiofile.samples;

import io.aiofile.AioFuture;
import io.aiofile.AsyncFile;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What try-with-resources is to blocking code: opens, works, and closes whatever came of that. */
public final class Scoped {

  private Scoped() {}

  /** {@link #use(AioFuture, Function, Function)} for an {@link AsyncFile}. */
  public static <T> AioFuture<T> use(
      AioFuture<AsyncFile> opening, Function<AsyncFile, CompletionStage<T>> work) {
    return use(opening, AsyncFile::closeAsync, work);
  }

  /**
   * Opens, works, closes.
   *
   * @return the work's result, once all is closed; fails as the work did, else as the close did
   */
  public static <F, T> AioFuture<T> use(
      AioFuture<F> opening,
      Function<F, ? extends CompletionStage<@Nullable Void>> close,
      Function<F, ? extends CompletionStage<T>> work) {
    return opening.thenCompose(
        resource ->
            started(work, resource)
                .handle((value, failure) -> closed(close.apply(resource), value, failure))
                .thenCompose(Function.identity()));
  }

  /** {@link #use(AioFuture, Function)} for a file that is open already. */
  public static <T> CompletionStage<T> use(
      AsyncFile file, Function<AsyncFile, CompletionStage<T>> work) {
    return started(work, file)
        .handle((value, failure) -> closed(file.closeAsync(), value, failure))
        .thenCompose(Function.identity());
  }

  /** Work that throws before there is a future has failed as well. */
  private static <F, T> CompletionStage<T> started(
      Function<F, ? extends CompletionStage<T>> work, F resource) {
    try {
      return work.apply(resource);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T> CompletionStage<T> closed(
      CompletionStage<@Nullable Void> closing, T value, @Nullable Throwable failure) {
    return closing.handle(
        (nothing, closeFailure) -> {
          if (failure == null && closeFailure == null) {
            return value;
          }
          Throwable thrown = failure != null ? failure : closeFailure;
          if (failure != null && closeFailure != null) {
            failure.addSuppressed(closeFailure);
          }
          throw thrown instanceof CompletionException known
              ? known
              : new CompletionException(thrown);
        });
  }
}
