package io.aiofile;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A charset of known byte order, and what reading lines in it needs to know.
 *
 * <p>What a charset's API does not tell, such as whether it has shift states, is known here by
 * name; an unknown charset is taken for the worst.
 */
final class Encoding {

  /**
   * Charsets of several bytes a character that read each character without regard to those before.
   */
  private static final Set<String> STATELESS =
      Set.of(
          "UTF-8",
          "CESU-8",
          "UTF-16BE",
          "UTF-16LE",
          "UTF-32BE",
          "UTF-32LE",
          "Shift_JIS",
          "windows-31j",
          "EUC-JP",
          "GB2312",
          "GBK",
          "GB18030",
          "Big5",
          "Big5-HKSCS",
          "EUC-KR",
          "x-windows-949",
          "x-windows-950",
          "x-mswin-936");

  /** Charsets in which no character's bytes stand inside those of others. */
  private static final Set<String> SELF_SYNCHRONIZING = Set.of("UTF-8", "CESU-8");

  private static final String NEWLINE = "\n";
  private static final String RETURN = "\r";
  private static final byte[] NONE = {};

  private final Charset charset;
  private final int unitBytes;
  private final String separatorText;
  private final byte[] separator;
  private final byte[] carriageReturn;
  private final boolean searchable;
  private final boolean stateless;
  private final boolean asciiAsIs;
  private final PieceDecoder pieces;

  private Encoding(Charset charset, @Nullable String separator) {
    this.charset = charset;
    this.unitBytes =
        charset.name().startsWith("UTF-16") ? 2 : charset.name().startsWith("UTF-32") ? 4 : 1;
    this.separatorText = separator == null ? NEWLINE : separator;
    this.separator = bytesOf(charset, separatorText);
    this.carriageReturn = separator == null ? bytesOf(charset, RETURN) : NONE;
    boolean oneByteEach = charset.newEncoder().maxBytesPerChar() == 1;
    this.stateless = oneByteEach || STATELESS.contains(charset.name());
    this.searchable =
        unitBytes > 1 || oneByteEach || SELF_SYNCHRONIZING.contains(charset.name()) || isControls();
    this.asciiAsIs = unitBytes == 1 && stateless && readsAsciiAsIs(charset);
    this.pieces = PieceDecoder.of(charset);
  }

  /**
   * A charset with a separator.
   *
   * @param separator null for a newline, with a carriage return before it or without
   * @throws IllegalArgumentException if the charset can't encode the separator
   */
  static Encoding of(Charset charset, @Nullable String separator) {
    return new Encoding(charset, separator);
  }

  /**
   * The separator's bytes alone, without what an encoder puts before the first and after the last.
   */
  private static byte[] bytesOf(Charset charset, String separator) {
    byte[] once = encode(charset, separator);
    byte[] twice = encode(charset, separator + separator);
    if (!Arrays.equals(once, 0, once.length, twice, 0, once.length)) {
      throw new IllegalArgumentException(
          "the separator "
              + shown(separator)
              + " has no bytes of its own in "
              + charset
              + ", whose bytes depend on those before: use one of ASCII characters");
    }
    return Arrays.copyOfRange(twice, once.length, twice.length);
  }

  private static byte[] encode(Charset charset, String text) {
    try {
      ByteBuffer bytes = charset.newEncoder().encode(CharBuffer.wrap(text));
      byte[] exact = new byte[bytes.remaining()];
      bytes.get(exact);
      return exact;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "the separator " + shown(text) + " is not in " + charset + ": choose another one", e);
    }
  }

  private static String shown(String separator) {
    StringBuilder text = new StringBuilder("\"");
    separator
        .chars()
        .forEach(
            c -> {
              if (c >= ' ' && c < 0x7F) {
                text.append((char) c);
              } else {
                text.append(String.format("\\u%04X", c));
              }
            });
    return text.append('"').toString();
  }

  /**
   * Whether the separator is of control bytes, which no charset uses inside another character:
   * trail bytes of the East Asian charsets start at 0x30 (GB18030), shifted ones at 0x21 (ISO-2022)
   * or 0x41 (EBCDIC). ESC, SO and SI shift.
   */
  private boolean isControls() {
    for (byte each : separator) {
      if (each < 0 || each >= 0x20 || each == 0x1B || each == 0x0E || each == 0x0F) {
        return false;
      }
    }
    return true;
  }

  private static boolean readsAsciiAsIs(Charset charset) {
    byte[] ascii = new byte[0x80];
    for (int i = 0; i < ascii.length; i++) {
      ascii[i] = (byte) i;
    }
    return new String(ascii, charset).equals(new String(ascii, StandardCharsets.US_ASCII));
  }

  Charset charset() {
    return charset;
  }

  /** The size of a code unit, on whose boundaries separators are looked for. */
  int unitBytes() {
    return unitBytes;
  }

  String separatorText() {
    return separatorText;
  }

  byte[] separator() {
    return separator;
  }

  /** What may stand before the separator and goes with it; empty if nothing does. */
  byte[] carriageReturn() {
    return carriageReturn;
  }

  /**
   * Whether the separator's bytes, on a code unit's boundary, are a separator wherever they stand;
   * else they may be parts of other characters, which only decoding tells.
   */
  boolean isSearchable() {
    return searchable;
  }

  /** Whether a character's bytes mean the same whatever stands before them. */
  boolean isStateless() {
    return stateless;
  }

  /** Whether bytes below 0x80, with none of the others among them, are the characters of ASCII. */
  boolean isAsciiAsIs() {
    return asciiAsIs;
  }

  /** Decodes what starts in the initial state. */
  PieceDecoder pieces() {
    return pieces;
  }
}
