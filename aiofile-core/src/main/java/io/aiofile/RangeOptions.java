package io.aiofile;

/**
 * How many ranges are read in one call of {@link AsyncFile#readRangesAsync}: what is merged, and
 * how much is under way at once. Immutable; each {@code with…} method returns a copy.
 *
 * <p>Ranges that are near are read by one merged read, whose bytes between them are dropped. The
 * native memory of a call is at most {@link #inFlightMax} times {@link #mergedBytesMax}, and at
 * most {@link AioOptions#pooledBytes} as for all calls; the arrays of the results are the caller's.
 */
public final class RangeOptions {

  // For 4 KiB ranges merging won at gaps up to 8 KiB in an O_DIRECT file, on a busy device up to
  // 32 KiB; in the page cache up to 2 KiB, with 4 KiB about even and a loss from there on. Merged
  // reads of 64, 128 and 256 KiB were alike: the longest one that is tried inline by default.
  private static final RangeOptions DEFAULTS = new RangeOptions(4 << 10, 128 << 10, 128);

  private final int gapBytesMax;
  private final int mergedBytesMax;
  private final int inFlightMax;

  private RangeOptions(int gapBytesMax, int mergedBytesMax, int inFlightMax) {
    this.gapBytesMax = gapBytesMax;
    this.mergedBytesMax = mergedBytesMax;
    this.inFlightMax = inFlightMax;
  }

  /** {@return gaps of 4 KiB, merged reads of 128 KiB, 128 of them at once} */
  public static RangeOptions defaults() {
    return DEFAULTS;
  }

  /** {@return the most bytes between two ranges that are read together; 4,096} */
  public int gapBytesMax() {
    return gapBytesMax;
  }

  /** {@return the most bytes of one merged read, gaps included; 131,072} */
  public int mergedBytesMax() {
    return mergedBytesMax;
  }

  /** {@return the most reads of one call that are under way at once; 128} */
  public int inFlightMax() {
    return inFlightMax;
  }

  /**
   * Limits the bytes between two ranges that are read together, and dropped.
   *
   * @param bytes 0 to 1 GiB; 0 merges only ranges that touch or overlap
   * @return a copy
   */
  public RangeOptions withGapBytesMax(int bytes) {
    AioOptions.between("gapBytesMax", bytes, 0, 1 << 30);
    return new RangeOptions(bytes, mergedBytesMax, inFlightMax);
  }

  /**
   * Limits the bytes of one merged read. A longer range is read by itself, in pieces; 1 so turns
   * merging off, but for ranges within another one.
   *
   * @param bytes 1 to 1 GiB
   * @return a copy
   */
  public RangeOptions withMergedBytesMax(int bytes) {
    AioOptions.between("mergedBytesMax", bytes, 1, 1 << 30);
    return new RangeOptions(gapBytesMax, bytes, inFlightMax);
  }

  /**
   * Limits the reads of one call that are under way at once; the others follow when half of them
   * are over.
   *
   * @param reads 1 to 32,768
   * @return a copy
   */
  public RangeOptions withInFlightMax(int reads) {
    AioOptions.between("inFlightMax", reads, 1, 32_768);
    return new RangeOptions(gapBytesMax, mergedBytesMax, reads);
  }
}
