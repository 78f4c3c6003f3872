package io.aiofile;

/**
 * A range of a file: what {@link AsyncFile#readRangesAsync} is asked for.
 *
 * <p>Not a promise that the file has those bytes: it may end before or within the range.
 *
 * @param position of the first byte, 0 or more
 * @param length in bytes, 0 or more; together they are at most 2^63-1
 */
public record FileRange(long position, int length) {

  /** Refuses what is negative, and what ends beyond 2^63-1. */
  public FileRange {
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    if (length < 0) {
      throw new IllegalArgumentException("length must be 0 or more: " + length);
    }
    if (position > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "position and length must be at most 2^63-1 together: " + position + ", " + length);
    }
  }

  /** {@return the position behind the last byte} */
  long end() {
    return position + length;
  }
}
