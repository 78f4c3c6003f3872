package io.aiofile;

import io.aiofile.ByteOrderMarks.Start;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whole texts to bytes and back, strictly: nothing is replaced without a word. */
final class Text {

  private Text() {}

  /** {@link #decodeAll(byte[], Charset, Path)} of a file without a name. */
  static String decodeAll(byte[] bytes, Charset charset) throws CharacterCodingException {
    return decodeAll(bytes, charset, null);
  }

  /**
   * Decodes a whole file; a byte-order mark at its start is dropped.
   *
   * @param path for messages
   * @throws MalformedTextException where bytes are no text in that charset
   * @throws UnmappableTextException where they mean no Unicode character
   */
  static String decodeAll(byte[] bytes, Charset charset, @Nullable Path path)
      throws CharacterCodingException {
    Start start =
        Objects.requireNonNull(ByteOrderMarks.of(charset).read(bytes, 0, bytes.length, true));
    int mark = start.markBytes();
    return PieceDecoder.of(start.charset())
        .decode(bytes, mark, bytes.length, CodingErrorAction.REPORT, mark, path);
  }

  /** Refuses a charset that has no decoder, before anything is read in it. */
  static void checkDecodes(Charset charset) {
    try {
      var unused = charset.newDecoder();
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(
          "the charset " + charset + " has no decoder: name another one, such as UTF-8", e);
    }
  }

  /**
   * Encodes a whole text, as the charset's encoder does: UTF-16 begins with a byte-order mark.
   *
   * @return a buffer of its own
   * @throws UnmappableTextException where the charset has no such character
   * @throws IllegalArgumentException if the charset only decodes
   */
  static ByteBuffer encode(CharSequence text, Charset charset) throws UnmappableTextException {
    if (!charset.canEncode()) {
      throw new IllegalArgumentException(
          "the charset " + charset + " only decodes: name another one, such as UTF-8");
    }
    CharsetEncoder encoder = charset.newEncoder();
    // An array: encoders take a slow way for any other CharSequence.
    CharBuffer in = CharBuffer.wrap(text.toString().toCharArray());
    try {
      return encoder.encode(in);
    } catch (CharacterCodingException e) {
      UnmappableTextException unmappable = unmappable(in, charset);
      unmappable.initCause(e);
      throw unmappable;
    }
  }

  private static UnmappableTextException unmappable(CharBuffer in, Charset charset) {
    int index = in.position();
    char first = in.get(index);
    int codePoint = Character.codePointAt(in, 0);
    if (Character.isSurrogate(first) && codePoint == first) {
      return new UnmappableTextException(
          index,
          1,
          String.format("U+%04X at index %d: half of a surrogate pair", codePoint, index));
    }
    return new UnmappableTextException(
        index,
        Character.charCount(codePoint),
        String.format(
            "'%s' (U+%04X) at index %d: not in %s; nothing was written",
            Character.toString(codePoint), codePoint, index, charset.name()));
  }
}
