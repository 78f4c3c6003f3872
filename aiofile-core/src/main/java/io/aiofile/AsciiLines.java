package io.aiofile;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The short way of most lines: one loop over the bytes fetched, for lines of ASCII that end with
 * one byte. It looks at eight bytes at a time, both for the separator and for a byte that is not
 * ASCII's; such a line, one that is too long, and one that does not end eight bytes before the last
 * byte fetched are left to {@link TextLines} and {@link PieceDecoder}, which know everything.
 *
 * <p>One loop, since a line costs some 35 ns in all, of which a call that is not inlined, or a test
 * that is the same for every line, would be a good part (ADR 10).
 */
final class AsciiLines {

  /** What lines are given to. */
  interface Taker {

    /**
     * Takes a line.
     *
     * @param next index behind it and its separator
     * @return whether it wants another one
     */
    boolean take(String line, int next);
  }

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private final boolean isOf;
  private final long separators;
  private final byte before;
  private final int keptBytes;
  private final int lineBytesMax;

  AsciiLines(Encoding encoding, LineOptions options) {
    byte[] separator = encoding.separator();
    byte[] carriageReturn = encoding.carriageReturn();
    this.isOf = encoding.isAsciiAsIs() && encoding.isSearchable() && separator.length == 1;
    this.separators = (separator[0] & 0xFF) * ONES;
    // A byte that is not ASCII's, and so is not met, where nothing goes with the separator.
    this.before = carriageReturn.length == 1 && !options.separatorKept() ? carriageReturn[0] : -1;
    this.keptBytes = options.separatorKept() ? 1 : 0;
    // A line that may be too long with what goes with its separator is left to those who count it.
    this.lineBytesMax = options.lineBytesMax();
  }

  /**
   * Gives lines to a taker, from an index on, until it has enough or one must go the other way.
   *
   * @return the index behind the last one; its complement if the taker has enough
   */
  int each(byte[] bytes, int first, int to, Taker taker) {
    int line = first;
    int last = isOf ? to - Long.BYTES : -1;
    while (true) {
      long passed = 0;
      long zeros = 0;
      int index = line;
      for (; index <= last; index += Long.BYTES) {
        long word = (long) LONGS.get(bytes, index);
        // A byte that is equal becomes zero; of the zeros the lowest is found without fail.
        long differing = word ^ separators;
        zeros = (differing - ONES) & ~differing & HIGH_BITS;
        if (zeros != 0) {
          // Up to the byte found; what is behind it is another line's.
          passed |= word & (zeros ^ (zeros - 1));
          break;
        }
        passed |= word;
      }
      if (zeros == 0 || (passed & HIGH_BITS) != 0) {
        return line;
      }
      int separator = index + (Long.numberOfTrailingZeros(zeros) >>> 3);
      if (separator - line > lineBytesMax) {
        return line;
      }
      int end = separator + keptBytes;
      if (separator > line && bytes[separator - 1] == before) {
        end--;
      }
      String text = new String(bytes, line, end - line, StandardCharsets.ISO_8859_1);
      line = separator + 1;
      if (!taker.take(text, line)) {
        return ~line;
      }
    }
  }
}
