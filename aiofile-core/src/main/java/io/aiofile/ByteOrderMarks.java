package io.aiofile;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The byte-order marks that a charset knows, and what they say: the order of the bytes where the
 * charset's name leaves it open, else only that they are no text.
 *
 * @param marks with the charset that each stands for
 * @param unmarked the charset of a file without a mark
 */
record ByteOrderMarks(List<Mark> marks, Charset unmarked) {

  // Names, since StandardCharsets has no UTF-32 before JDK 22.
  private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
  private static final Charset UTF_32LE = Charset.forName("UTF-32LE");

  private static final Mark OF_8 = new Mark(StandardCharsets.UTF_8, 0xEF, 0xBB, 0xBF);
  private static final Mark OF_16BE = new Mark(StandardCharsets.UTF_16BE, 0xFE, 0xFF);
  private static final Mark OF_16LE = new Mark(StandardCharsets.UTF_16LE, 0xFF, 0xFE);
  private static final Mark OF_32BE = new Mark(UTF_32BE, 0x00, 0x00, 0xFE, 0xFF);
  private static final Mark OF_32LE = new Mark(UTF_32LE, 0xFF, 0xFE, 0x00, 0x00);

  /** Bytes at the start of a file that suffice to tell. */
  static final int BYTES_MAX = 4;

  /** A mark, and the charset that reads what is behind it. */
  static final class Mark {
    private final Charset charset;
    private final byte[] bytes;

    private Mark(Charset charset, int... bytes) {
      this.charset = charset;
      this.bytes = new byte[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        this.bytes[i] = (byte) bytes[i];
      }
    }
  }

  /**
   * How a file starts.
   *
   * @param charset that tells the order of the bytes
   * @param markBytes before the text, 0 for none
   */
  record Start(Charset charset, int markBytes) {}

  static ByteOrderMarks of(Charset charset) {
    return switch (charset.name()) {
      case "UTF-8" -> new ByteOrderMarks(List.of(OF_8), charset);
      case "UTF-16" -> new ByteOrderMarks(List.of(OF_16BE, OF_16LE), StandardCharsets.UTF_16BE);
      case "x-UTF-16LE-BOM" ->
          new ByteOrderMarks(List.of(OF_16LE, OF_16BE), StandardCharsets.UTF_16LE);
      case "UTF-16BE" -> new ByteOrderMarks(List.of(OF_16BE), charset);
      case "UTF-16LE" -> new ByteOrderMarks(List.of(OF_16LE), charset);
      case "UTF-32" -> new ByteOrderMarks(List.of(OF_32BE, OF_32LE), UTF_32BE);
      case "UTF-32BE", "X-UTF-32BE-BOM" -> new ByteOrderMarks(List.of(OF_32BE), UTF_32BE);
      case "UTF-32LE", "X-UTF-32LE-BOM" -> new ByteOrderMarks(List.of(OF_32LE), UTF_32LE);
      default -> new ByteOrderMarks(List.of(), charset);
    };
  }

  /** The charset of the order that a file without a mark does not have; null if there is none. */
  @Nullable Charset otherOrder() {
    for (Mark mark : marks) {
      if (!mark.charset.equals(unmarked)) {
        return mark.charset;
      }
    }
    return null;
  }

  /** The mark of a charset that this one may turn out to be; empty if there is none. */
  byte[] markOf(Charset charset) {
    for (Mark mark : marks) {
      if (mark.charset.equals(charset)) {
        return mark.bytes.clone();
      }
    }
    return new byte[0];
  }

  /**
   * Looks at the start of a file.
   *
   * @param atEnd whether there is no more than these bytes
   * @return null if more bytes must be seen
   */
  @Nullable Start read(byte[] bytes, int from, int to, boolean atEnd) {
    boolean open = false;
    for (Mark mark : marks) {
      int seen = Math.min(to - from, mark.bytes.length);
      if (Arrays.equals(bytes, from, from + seen, mark.bytes, 0, seen)) {
        if (seen == mark.bytes.length) {
          return new Start(mark.charset, seen);
        }
        open = true;
      }
    }
    return open && !atEnd ? null : new Start(unmarked, 0);
  }
}
