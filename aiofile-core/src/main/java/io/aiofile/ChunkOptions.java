package io.aiofile;

/** How a file is read chunk by chunk. Immutable; each {@code with…} method returns a copy. */
public final class ChunkOptions {

  static final int READ_AHEAD_MAX = 64;

  private static final ChunkOptions DEFAULTS = new ChunkOptions();

  // Copied, then changed once by a wither, and not after: final in effect.
  private int chunkBytes = 64 << 10;
  private int readAhead = 1;
  private long startPosition;
  private long endPosition = Long.MAX_VALUE;
  private boolean arraysReused;

  private ChunkOptions() {}

  private ChunkOptions(ChunkOptions other) {
    chunkBytes = other.chunkBytes;
    readAhead = other.readAhead;
    startPosition = other.startPosition;
    endPosition = other.endPosition;
    arraysReused = other.arraysReused;
  }

  /** {@return chunks of 64 KiB, one fetched ahead, from the start to the end} */
  public static ChunkOptions defaults() {
    return DEFAULTS;
  }

  /** {@return the bytes of each chunk but the last; 65,536} */
  public int chunkBytes() {
    return chunkBytes;
  }

  /** {@return the chunks fetched ahead of the one asked for; 1} */
  public int readAhead() {
    return readAhead;
  }

  /** {@return where the first chunk starts, in bytes; 0} */
  public long startPosition() {
    return startPosition;
  }

  /** {@return where the last chunk ends at the latest, in bytes, exclusive; no such place} */
  public long endPosition() {
    return endPosition;
  }

  /**
   * Sets the size of a chunk.
   *
   * @param bytes 1 to 1 GiB
   * @return a copy
   */
  public ChunkOptions withChunkBytes(int bytes) {
    ChunkOptions copy = new ChunkOptions(this);
    copy.chunkBytes = AioOptions.between("chunkBytes", bytes, 1, 1 << 30);
    return copy;
  }

  /**
   * Sets how many chunks are fetched ahead: so many, and the one asked for, are in memory at most.
   * A file that is not seekable is not read ahead.
   *
   * @param chunks 0 to 64
   * @return a copy
   */
  public ChunkOptions withReadAhead(int chunks) {
    ChunkOptions copy = new ChunkOptions(this);
    copy.readAhead = AioOptions.between("readAhead", chunks, 0, READ_AHEAD_MAX);
    return copy;
  }

  /**
   * Sets where to start. Without effect on a file that is not seekable.
   *
   * @param position in bytes, 0 or more
   * @return a copy
   */
  public ChunkOptions withStartPosition(long position) {
    ChunkOptions copy = new ChunkOptions(this);
    copy.startPosition = positive(position);
    return copy;
  }

  /**
   * Sets where to end if the file is longer. Without effect on a file that is not seekable.
   *
   * @param position in bytes, exclusive, 0 or more
   * @return a copy
   */
  public ChunkOptions withEndPosition(long position) {
    ChunkOptions copy = new ChunkOptions(this);
    copy.endPosition = positive(position);
    return copy;
  }

  /** {@return whether a chunk's array is used again for a later chunk; false} */
  public boolean arraysReused() {
    return arraysReused;
  }

  /**
   * Uses the arrays again: a chunk is the caller's only until the next one is asked for, or until
   * the consumer of {@link ChunkReader#forEachAsync} returns, and whoever wants to keep its bytes
   * copies them. For scans that look at bytes and forget them: an array of its own for each chunk
   * costs about as much as reading it from the page cache. Without effect on a file that is not
   * seekable. {@link DirectChunkReader} saves the copy into an array, too.
   *
   * @return a copy
   */
  public ChunkOptions withReusedArrays() {
    ChunkOptions copy = new ChunkOptions(this);
    copy.arraysReused = true;
    return copy;
  }

  private static long positive(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    return position;
  }
}
