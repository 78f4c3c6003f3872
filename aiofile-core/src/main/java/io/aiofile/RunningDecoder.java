package io.aiofile;

import io.aiofile.TextPiece.After;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;

/**
 * Decodes text that may end anywhere: some code points, or the rest of a line behind them.
 *
 * <p>In a charset with shift states the next call goes on in the state in which the last one ended.
 * A call that was cancelled has gone further than its text was taken; then the decoder starts again
 * at the window's {@link TextWindow#keep}, where the state was the initial one.
 */
final class RunningDecoder {

  private static final int OUT_CHARS_MAX = 4096;

  /** Of {@link #stands}: nowhere that decoding could go on from. */
  private static final long LOST = -1;

  private final Encoding encoding;
  private final Path path;
  private final CharsetDecoder decoder;
  private final CharBuffer out = CharBuffer.allocate(OUT_CHARS_MAX);

  private long stands = LOST;
  private StringBuilder text = new StringBuilder();
  private int left;

  RunningDecoder(Encoding encoding, CodingErrorAction action, Path path) {
    this.encoding = encoding;
    this.path = path;
    this.decoder = PieceDecoder.decoder(encoding.charset(), action);
  }

  /**
   * Begins a text.
   *
   * @param start index where it starts
   * @param state that the text before it left
   * @param codePointsMax to decode
   */
  void begin(TextWindow window, int start, After state, int codePointsMax)
      throws CharacterCodingException {
    text = new StringBuilder();
    if (state == After.INITIAL) {
      reset();
    } else if (stands != window.positionOf(start)) {
      reset();
      left = Integer.MAX_VALUE;
      var unused = decode(window, window.keep(), start, Input.OPEN);
      text.setLength(0);
    }
    left = codePointsMax;
  }

  /** The position means other bytes now. */
  void lose() {
    stands = LOST;
  }

  private void reset() throws CharacterCodingException {
    decoder.reset();
    if (encoding.pieces().strippedMark().length > 0) {
      // Past its start the decoder takes U+FEFF for the character that it is there.
      CoderResult result =
          decoder.decode(ByteBuffer.wrap(" ".getBytes(encoding.charset())), out.clear(), false);
      if (result.isError()) {
        result.throwException();
      }
    }
  }

  /** Whether all code points that were wanted are there. */
  boolean isFull() {
    return left <= 0;
  }

  /** The text decoded since {@link #begin}. */
  String text() {
    return text.toString();
  }

  /** What comes behind the bytes given. */
  enum Input {
    /** More, perhaps of the same character. */
    OPEN,
    /** The end of the text. */
    WHOLE
  }

  /**
   * Decodes on.
   *
   * @param at index where the last call ended
   * @return the index where the text ends that was decoded: of a character not all there, its start
   */
  int decode(TextWindow window, int at, int to, Input input) throws CharacterCodingException {
    ByteBuffer in = ByteBuffer.wrap(window.bytes(), at, to - at);
    stands = LOST;
    CoderResult result = fill(in, false);
    boolean last = result.isUnderflow() && input == Input.WHOLE && !isFull();
    if (last) {
      result = fill(in, true);
    }
    long position = window.positionOf(in.position());
    // Decoders look for errors beyond the room that they have: what is behind the last code point
    // wanted is the next call's.
    if (result.isError() && !isFull()) {
      throw TextFault.of(encoding.charset(), result, window.bytes(), in.position(), position)
          .exception(path);
    }
    if (!last) {
      stands = position;
    }
    return in.position();
  }

  private CoderResult fill(ByteBuffer in, boolean last) {
    int more = 0;
    CoderResult result = CoderResult.OVERFLOW;
    while (result.isOverflow() && left > 0) {
      out.clear().limit(Math.min(OUT_CHARS_MAX, Math.min(left, OUT_CHARS_MAX) + more));
      result = decoder.decode(in, out, last);
      if (result.isUnderflow() && last) {
        result = decoder.flush(out);
      }
      // A surrogate pair, or bytes that mean two characters, which are not torn apart.
      more = out.position() > 0 ? 0 : more + 1;
      take();
    }
    return result;
  }

  private void take() {
    int before = text.length();
    text.append(out.flip());
    left -= Character.codePointCount(text, before, text.length());
  }
}
