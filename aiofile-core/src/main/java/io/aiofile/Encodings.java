package io.aiofile;

import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * A charset as it was asked for, with a separator, and what it turns out to be at the start of a
 * file.
 */
final class Encodings {

  private final Charset charset;
  private final @Nullable String separator;
  private final ByteOrderMarks marks;
  private final Encoding unmarked;
  private final @Nullable Encoding otherOrder;
  private final boolean markWritten;

  private Encodings(Charset charset, @Nullable String separator) {
    this.charset = charset;
    this.separator = separator;
    this.marks = ByteOrderMarks.of(charset);
    this.unmarked = Encoding.of(marks.unmarked(), separator);
    Charset other = marks.otherOrder();
    this.otherOrder = other == null ? null : Encoding.of(other, separator);
    this.markWritten = "a".getBytes(charset).length > "a".getBytes(unmarked.charset()).length;
  }

  /**
   * A charset with a separator.
   *
   * @param separator null for a newline, with a carriage return before it or without
   * @throws IllegalArgumentException if the charset only decodes, or can't encode the separator
   */
  static Encodings of(Charset charset, @Nullable String separator) {
    Text.checkDecodes(charset);
    if (!charset.canEncode()) {
      throw new IllegalArgumentException(
          "the charset "
              + charset
              + " only decodes, so that no separator can be looked for: name the charset that the"
              + " text is in, such as UTF-8");
    }
    return new Encodings(charset, separator);
  }

  Charset charset() {
    return charset;
  }

  /** What ends a line; null for a newline, with a carriage return before it or without. */
  @Nullable String separator() {
    return separator;
  }

  ByteOrderMarks marks() {
    return marks;
  }

  /** Whether only the file's start tells the order of the bytes. */
  boolean isOrderOpen() {
    return otherOrder != null;
  }

  /** Whether the charset's encoder begins a text with a byte-order mark. */
  boolean isMarkWritten() {
    return markWritten;
  }

  /** The encoding of a file without a mark. */
  Encoding unmarked() {
    return unmarked;
  }

  /** The encoding of a file that starts so. */
  Encoding of(ByteOrderMarks.Start start) {
    return otherOrder != null && start.charset().equals(otherOrder.charset())
        ? otherOrder
        : unmarked;
  }
}
