package io.aiofile;

import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How text is read and written: its charset, what ends a line, and limits. Immutable; each {@code
 * with…} method returns a copy.
 *
 * <p>Not for the size of the chunks of {@link ChunkReader}: see {@link ChunkOptions}.
 */
public final class LineOptions {

  /** The longest line that may be asked for: it, and a chunk behind it, must fit in an array. */
  static final int LINE_BYTES_LIMIT = 1 << 30;

  private static final int CHUNK_BYTES_MAX = 16 << 20;

  private static final LineOptions DEFAULTS = new LineOptions();

  // Copied, then changed once by a wither, and not after: final in effect.
  private Encodings encodings = Encodings.of(StandardCharsets.UTF_8, null);
  private CodingErrorAction malformedInput = CodingErrorAction.REPORT;
  private boolean separatorKept;
  private boolean byteOrderMarkKept;
  private int lineBytesMax = 16 << 20;
  private long startPosition;
  private int readAhead = 1;
  private int chunkBytes = 64 << 10;

  private LineOptions() {}

  private LineOptions(LineOptions other) {
    encodings = other.encodings;
    malformedInput = other.malformedInput;
    separatorKept = other.separatorKept;
    byteOrderMarkKept = other.byteOrderMarkKept;
    lineBytesMax = other.lineBytesMax;
    startPosition = other.startPosition;
    readAhead = other.readAhead;
    chunkBytes = other.chunkBytes;
  }

  /** {@return the defaults, as each getter names them} */
  public static LineOptions defaults() {
    return DEFAULTS;
  }

  /** The defaults as far as the context's options do not say otherwise. */
  static LineOptions of(AioOptions options) {
    LineOptions copy = new LineOptions();
    copy.lineBytesMax = options.lineBytesMax();
    copy.readAhead = options.readAhead();
    return copy;
  }

  /** The charset and the separator in bytes. */
  Encodings encodings() {
    return encodings;
  }

  /** {@return the charset of the text; UTF-8} */
  public Charset charset() {
    return encodings.charset();
  }

  /**
   * Sets the charset. For UTF-16 and UTF-32 the byte-order mark at the start of the file tells the
   * order of the bytes, which is big-endian without one. In a charset with shift states, such as
   * ISO-2022-JP, each line starts in the initial state.
   *
   * @param charset of the text
   * @return a copy
   * @throws IllegalArgumentException if the charset only decodes, or has no such separator
   */
  public LineOptions withCharset(Charset charset) {
    LineOptions copy = new LineOptions(this);
    copy.encodings = Encodings.of(charset, separator());
    return copy;
  }

  /** {@return what bytes do that are no text: REPORT, the default, or REPLACE} */
  public CodingErrorAction malformedInput() {
    return malformedInput;
  }

  /**
   * Sets what bytes do that are no text in the charset: {@link CodingErrorAction#REPORT} fails the
   * read with {@link MalformedTextException} or {@link UnmappableTextException}, {@link
   * CodingErrorAction#REPLACE} reads them as U+FFFD. Writing always reports.
   *
   * @param action REPORT or REPLACE
   * @return a copy
   * @throws IllegalArgumentException for IGNORE, which would lose text without a trace
   */
  public LineOptions withMalformedInput(CodingErrorAction action) {
    if (Objects.requireNonNull(action, "action") == CodingErrorAction.IGNORE) {
      throw new IllegalArgumentException(
          "IGNORE would lose text without a trace: use REPORT, or REPLACE, which leaves U+FFFD");
    }
    LineOptions copy = new LineOptions(this);
    copy.malformedInput = action;
    return copy;
  }

  /**
   * {@return what ends a line; null, the default, for a newline, with a carriage return or without}
   */
  public @Nullable String separator() {
    return encodings.separator();
  }

  /**
   * Sets what ends a line, exactly: after {@code withSeparator("\n")} a carriage return before it
   * is part of the line.
   *
   * @param separator one character or more
   * @return a copy
   * @throws IllegalArgumentException if it is empty, or not in the charset
   */
  public LineOptions withSeparator(String separator) {
    if (separator.isEmpty()) {
      throw new IllegalArgumentException(
          "the separator is empty: it must be one character or more, such as \"\\n\"");
    }
    LineOptions copy = new LineOptions(this);
    copy.encodings = Encodings.of(charset(), separator);
    return copy;
  }

  /** {@return whether lines include their separator; false} */
  public boolean separatorKept() {
    return separatorKept;
  }

  /**
   * Leaves the separator at the end of each line, as it is in the file.
   *
   * @return a copy
   */
  public LineOptions withSeparatorKept() {
    LineOptions copy = new LineOptions(this);
    copy.separatorKept = true;
    return copy;
  }

  /** {@return whether a byte-order mark at the start of the file is part of the text; false} */
  public boolean byteOrderMarkKept() {
    return byteOrderMarkKept;
  }

  /**
   * Leaves a byte-order mark at the start of the file in the text, as U+FEFF.
   *
   * @return a copy
   */
  public LineOptions withByteOrderMarkKept() {
    LineOptions copy = new LineOptions(this);
    copy.byteOrderMarkKept = true;
    return copy;
  }

  /** {@return the longest line accepted, in bytes without the separator; 16 MiB} */
  public int lineBytesMax() {
    return lineBytesMax;
  }

  /**
   * Limits the length of a line, and with it the memory that a file without separators takes.
   *
   * @param bytes 1 to 1 GiB, without the separator
   * @return a copy
   */
  public LineOptions withLineBytesMax(int bytes) {
    LineOptions copy = new LineOptions(this);
    copy.lineBytesMax = AioOptions.between("lineBytesMax", bytes, 1, LINE_BYTES_LIMIT);
    return copy;
  }

  /** {@return where the first line starts, in bytes; 0} */
  public long startPosition() {
    return startPosition;
  }

  /**
   * Sets where to start. Without effect on a file that is not seekable.
   *
   * @param position in bytes, 0 or more; of a character's first byte
   * @return a copy
   */
  public LineOptions withStartPosition(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    LineOptions copy = new LineOptions(this);
    copy.startPosition = position;
    return copy;
  }

  /** {@return the chunks that a {@link LineReader} fetches ahead; 1} */
  public int readAhead() {
    return readAhead;
  }

  /**
   * Sets how many chunks a {@link LineReader} fetches ahead. A {@link TextFile}, whose cursor
   * jumps, and a file that is not seekable are not read ahead.
   *
   * @param chunks 0 to 64
   * @return a copy
   */
  public LineOptions withReadAhead(int chunks) {
    LineOptions copy = new LineOptions(this);
    copy.readAhead = AioOptions.between("readAhead", chunks, 0, ChunkOptions.READ_AHEAD_MAX);
    return copy;
  }

  /** {@return the most bytes of one read; 65,536} */
  public int chunkBytes() {
    return chunkBytes;
  }

  /**
   * Sets the most bytes of one read.
   *
   * @param bytes 1 to 16 MiB
   * @return a copy
   */
  public LineOptions withChunkBytes(int bytes) {
    LineOptions copy = new LineOptions(this);
    copy.chunkBytes = AioOptions.between("chunkBytes", bytes, 1, CHUNK_BYTES_MAX);
    return copy;
  }
}
