package io.aiofile;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Runs code that isn't ours where nothing it throws may do harm. */
final class Hooks {

  private static final System.Logger LOG = System.getLogger("io.aiofile");

  private Hooks() {}

  static <T extends @Nullable Object> void run(
      BiConsumer<? super @Nullable T, ? super @Nullable Throwable> hook,
      @Nullable T value,
      @Nullable Throwable failure) {
    try {
      hook.accept(value, failure);
    } catch (Throwable thrown) {
      LOG.log(System.Logger.Level.ERROR, "a release hook threw", thrown);
    }
  }

  /** Both, the first one first; either may be absent. */
  static <T extends @Nullable Object>
      BiConsumer<? super @Nullable T, ? super @Nullable Throwable> both(
          @Nullable BiConsumer<? super @Nullable T, ? super @Nullable Throwable> first,
          BiConsumer<? super @Nullable T, ? super @Nullable Throwable> second) {
    if (first == null) {
      return second;
    }
    return (value, failure) -> {
      run(first, value, failure);
      run(second, value, failure);
    };
  }
}
