package io.aiofile.spi;

/**
 * What the memory, and the position and length, of a transfer must be multiples of.
 *
 * @param memory bytes; a power of two
 * @param offset bytes, for position and length; a power of two
 */
public record Alignment(int memory, int offset) {

  /** No requirement: files that go through the page cache. */
  public static final Alignment NONE = new Alignment(1, 1);

  /** Refuses what is not a power of two. */
  public Alignment {
    if (Integer.bitCount(memory) != 1 || Integer.bitCount(offset) != 1) {
      throw new IllegalArgumentException("not powers of two: " + memory + ", " + offset);
    }
  }

  /** {@return whether nothing is required} */
  public boolean isNone() {
    return memory == 1 && offset == 1;
  }
}
