package io.aiofile;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds a separator's bytes: looks for its last byte, eight at a time, and then at those before it;
 * in UTF-16 and UTF-32 code unit by code unit.
 */
final class LineScanner {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private final byte[] separator;
  private final int unitBytes;
  private final byte last;
  private final long lastEightfold;

  LineScanner(byte[] separator, int unitBytes) {
    this.separator = separator;
    this.unitBytes = unitBytes;
    this.last = separator[separator.length - 1];
    this.lastEightfold = (last & 0xFF) * ONES;
  }

  /**
   * Looks for the first separator.
   *
   * @param from where it may start
   * @param to where it must end at the latest
   * @param positionOfZero in the file, of {@code bytes[0]}: code units are counted from the file's
   *     start
   * @return the index behind the separator; -1 if there is none
   */
  int endOfNext(byte[] bytes, int from, int to, long positionOfZero) {
    return unitBytes == 1
        ? endOfNextByBytes(bytes, from, to)
        : endOfNextByUnits(bytes, from, to, positionOfZero);
  }

  private int endOfNextByBytes(byte[] bytes, int from, int to) {
    int tail = separator.length - 1;
    int index = from + tail;
    while (true) {
      index = indexOfLast(bytes, index, to);
      if (index < 0 || tail == 0 || isSeparator(bytes, index - tail)) {
        return index < 0 ? -1 : index + 1;
      }
      index++;
    }
  }

  private int indexOfLast(byte[] bytes, int from, int to) {
    int index = from;
    for (; index <= to - Long.BYTES; index += Long.BYTES) {
      // A byte that is equal becomes zero; of the zeros the lowest is found without fail.
      long differing = (long) LONGS.get(bytes, index) ^ lastEightfold;
      long zeros = (differing - ONES) & ~differing & HIGH_BITS;
      if (zeros != 0) {
        return index + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    for (; index < to; index++) {
      if (bytes[index] == last) {
        return index;
      }
    }
    return -1;
  }

  private int endOfNextByUnits(byte[] bytes, int from, int to, long positionOfZero) {
    int off = Math.floorMod(positionOfZero + from, unitBytes);
    int index = off == 0 ? from : from + unitBytes - off;
    for (; index <= to - separator.length; index += unitBytes) {
      if (isSeparator(bytes, index)) {
        return index + separator.length;
      }
    }
    return -1;
  }

  private boolean isSeparator(byte[] bytes, int index) {
    return Arrays.equals(bytes, index, index + separator.length, separator, 0, separator.length);
  }
}
