package io.aiofile;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;

/**
 * Tells separators from bytes that look the same and are parts of other characters, as in Shift_JIS
 * {@code 0x7C} is "|" or the second byte of "ポ": by decoding the line up to there.
 */
final class SeparatorProbe {

  private static final int OUT_CHARS = 1024;

  private final String separator;
  private final CharsetDecoder decoder;
  private final CharBuffer out = CharBuffer.allocate(OUT_CHARS);
  private final StringBuilder tail = new StringBuilder();

  private long linePosition = -1;
  private long probedTo;

  SeparatorProbe(Encoding encoding) {
    this.separator = encoding.separatorText();
    this.decoder = PieceDecoder.decoder(encoding.charset(), CodingErrorAction.REPLACE);
  }

  /** Forgets what was probed. */
  void forget() {
    linePosition = -1;
  }

  /**
   * Whether what was found is a separator.
   *
   * @param line index of the line's first byte
   * @param end index behind the separator's last byte; not before that of the call before in this
   *     line
   */
  boolean isSeparator(TextWindow window, int line, int end) {
    long position = window.positionOf(line);
    if (linePosition != position) {
      linePosition = position;
      decoder.reset();
      if (window.keep() < window.from() && line == window.from()) {
        decode(window, window.keep(), line);
      }
      tail.setLength(0);
      probedTo = position;
    }
    int decoded = decode(window, line + (int) (probedTo - position), end);
    probedTo = window.positionOf(decoded);
    int start = tail.length() - separator.length();
    return decoded == end && start >= 0 && tail.indexOf(separator, start) == start;
  }

  private int decode(TextWindow window, int from, int to) {
    ByteBuffer in = ByteBuffer.wrap(window.bytes(), from, to - from);
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), false);
      tail.append(out.flip());
      if (tail.length() > separator.length()) {
        tail.delete(0, tail.length() - separator.length());
      }
    } while (result.isOverflow());
    return in.position();
  }
}
