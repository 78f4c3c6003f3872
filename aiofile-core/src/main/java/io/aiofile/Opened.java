package io.aiofile;

import java.util.function.Function;

/**
 * Makes a cursor of a file that is being opened, and closes the file if nobody takes the cursor.
 */
final class Opened {

  private Opened() {}

  static <T extends AutoCloseable> AioFuture<T> as(
      AioFuture<AsyncFile> opening, Function<AsyncFile, T> cursor) {
    Promise<T> promise = new Promise<>(opening.executor(), () -> opening.cancel(false));
    opening.onRelease(
        (file, failure) -> {
          if (file == null) {
            promise.settle(null, failure);
            return;
          }
          T made;
          try {
            made = cursor.apply(file);
          } catch (RuntimeException | Error e) {
            file.closeUnattended();
            promise.settle(null, e);
            return;
          }
          if (!promise.settle(made, null)) {
            file.closeUnattended();
          }
        });
    return promise;
  }
}
