package io.aiofile;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decodes whole pieces of text, such as lines.
 *
 * <p>By {@code new String}, for which the JVM has short cuts that no CharsetDecoder takes, and
 * which leaves U+FFFD where the bytes are wrong. Only a piece with a U+FFFD in it is decoded again,
 * strictly, to tell what is wrong and where, or that there is a true U+FFFD.
 */
final class PieceDecoder {

  private static final char REPLACEMENT = '\uFFFD';
  private static final char MARK = '\uFEFF';

  private static final int OUT_CHARS_MAX = 8192;

  /** More than any decoder puts out at once. */
  private static final int OUT_CHARS_SPARE = 16;

  private final Charset charset;
  private final boolean replacesVisibly;
  private final byte[] strippedMark;

  private PieceDecoder(Charset charset, boolean replacesVisibly, byte[] strippedMark) {
    this.charset = charset;
    this.replacesVisibly = replacesVisibly;
    this.strippedMark = strippedMark;
  }

  static PieceDecoder of(Charset charset) {
    String replacement = charset.newDecoder().replacement();
    byte[] mark = ByteOrderMarks.of(charset).markOf(charset);
    // The decoders of UTF-32BE and UTF-32LE drop a mark wherever they begin; those of UTF-16 don't.
    boolean stripped = mark.length > 0 && new String(mark, charset).isEmpty();
    return new PieceDecoder(
        charset, replacement.equals(String.valueOf(REPLACEMENT)), stripped ? mark : new byte[0]);
  }

  /** The mark that the JDK's decoder drops wherever it begins to decode; empty if it drops none. */
  byte[] strippedMark() {
    return strippedMark;
  }

  /**
   * Decodes a piece that starts in the initial state and ends with a whole character.
   *
   * @param position in the file of {@code bytes[from]}
   * @param path for messages
   */
  String decode(
      byte[] bytes, int from, int to, CodingErrorAction action, long position, @Nullable Path path)
      throws CharacterCodingException {
    String text;
    if (!replacesVisibly) {
      text = decodeAgain(bytes, from, to, action, position, path);
    } else {
      text = new String(bytes, from, to - from, charset);
      if (action == CodingErrorAction.REPORT && text.indexOf(REPLACEMENT) >= 0) {
        text = decodeAgain(bytes, from, to, action, position, path);
      }
    }
    return isMarkStripped(bytes, from, to) ? MARK + text : text;
  }

  private boolean isMarkStripped(byte[] bytes, int from, int to) {
    int length = strippedMark.length;
    return length > 0
        && to - from >= length
        && Arrays.equals(bytes, from, from + length, strippedMark, 0, length);
  }

  private String decodeAgain(
      byte[] bytes, int from, int to, CodingErrorAction action, long position, @Nullable Path path)
      throws CharacterCodingException {
    CharsetDecoder decoder = decoder(charset, action);
    ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
    CharBuffer out = CharBuffer.allocate(Math.min(to - from, OUT_CHARS_MAX) + OUT_CHARS_SPARE);
    StringBuilder text = new StringBuilder();
    CoderResult result;
    do {
      result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        result = decoder.flush(out);
      }
      text.append(out.flip());
      out.clear();
    } while (result.isOverflow());
    if (result.isError()) {
      int index = in.position();
      throw TextFault.of(charset, result, bytes, index, position + (index - from)).exception(path);
    }
    return text.toString();
  }

  static CharsetDecoder decoder(Charset charset, CodingErrorAction action) {
    return charset
        .newDecoder()
        .onMalformedInput(action)
        .onUnmappableCharacter(action)
        .replaceWith(String.valueOf(REPLACEMENT));
  }
}
