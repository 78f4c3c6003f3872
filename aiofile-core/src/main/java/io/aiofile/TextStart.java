package io.aiofile;

import io.aiofile.ByteOrderMarks.Start;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * What the start of a file means for text that is written, in the charsets that leave the order of
 * the bytes to the file: which order it is, and whether a mark goes in front.
 */
final class TextStart {

  private static final byte[] NONE = {};

  private final boolean reversed;
  private final int unitBytes;
  private final byte[] mark;

  private TextStart(Encodings encodings, Encoding encoding, boolean first) {
    this.reversed = encoding != encodings.unmarked();
    this.unitBytes = encoding.unitBytes();
    this.mark =
        first && encodings.isMarkWritten() ? encodings.marks().markOf(encoding.charset()) : NONE;
  }

  /** Finds out for text that is to be written at a position, or appended. */
  static AioFuture<TextStart> of(AsyncFile file, Encodings encodings, long position) {
    CompletionExecutor executor = file.handle().executor();
    Encoding unmarked = encodings.unmarked();
    boolean first = position == 0;
    if (file.isSeekable() && file.mode().readable()) {
      boolean firstOf = first && !file.mode().appending();
      return Chain.then(
          Reads.bytes(file.handle(), 0, ByteOrderMarks.BYTES_MAX, bytes -> bytes),
          bytes -> {
            Start start = encodings.marks().read(bytes, 0, bytes.length, true);
            Encoding there = encodings.of(Objects.requireNonNull(start));
            return AioFuture.done(
                executor, new TextStart(encodings, there, firstOf || bytes.length == 0));
          });
    }
    if (file.isSeekable() && file.mode().appending()) {
      return Chain.then(
          file.sizeAsync(),
          size -> AioFuture.done(executor, new TextStart(encodings, unmarked, size == 0)));
    }
    return AioFuture.done(executor, new TextStart(encodings, unmarked, first));
  }

  /**
   * The bytes to write.
   *
   * @param encoded in the order of a file without a mark
   */
  ByteBuffer apply(ByteBuffer encoded) {
    if (mark.length == 0 && !reversed) {
      return encoded;
    }
    ByteBuffer bytes = ByteBuffer.allocate(mark.length + encoded.remaining());
    bytes.put(mark);
    int text = bytes.position();
    bytes.put(encoded).flip();
    if (reversed) {
      reverseUnits(bytes.array(), text, bytes.limit());
    }
    return bytes;
  }

  private void reverseUnits(byte[] bytes, int from, int to) {
    for (int unit = from; unit < to; unit += unitBytes) {
      for (int i = 0; i < unitBytes / 2; i++) {
        byte swapped = bytes[unit + i];
        bytes[unit + i] = bytes[unit + unitBytes - 1 - i];
        bytes[unit + unitBytes - 1 - i] = swapped;
      }
    }
  }
}
