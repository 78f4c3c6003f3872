package io.aiofile;

import org.jspecify.annotations.Nullable;

/**
 * Text that was found, and the bytes it takes.
 *
 * @param value made of it
 * @param bytes from the reader's position on
 * @param after the state of a decoder behind it
 */
record TextPiece<T extends @Nullable Object>(@Nullable T value, int bytes, After after) {

  /** The state of a decoder between two pieces. */
  enum After {
    /** The initial one, as at the start of each line. */
    INITIAL,
    /** Whatever the text led to, in a charset with shift states. */
    ANY
  }
}
