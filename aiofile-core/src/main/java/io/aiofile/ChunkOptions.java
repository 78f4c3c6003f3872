package io.aiofile;

/** How a file is read chunk by chunk. Immutable; each {@code with…} method returns a copy. */
public final class ChunkOptions {

  static final int READ_AHEAD_MAX = 64;

  private static final ChunkOptions DEFAULTS = new ChunkOptions(64 << 10, 1, 0, Long.MAX_VALUE);

  private final int chunkBytes;
  private final int readAhead;
  private final long startPosition;
  private final long endPosition;

  private ChunkOptions(int chunkBytes, int readAhead, long startPosition, long endPosition) {
    this.chunkBytes = chunkBytes;
    this.readAhead = readAhead;
    this.startPosition = startPosition;
    this.endPosition = endPosition;
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
    AioOptions.between("chunkBytes", bytes, 1, 1 << 30);
    return new ChunkOptions(bytes, readAhead, startPosition, endPosition);
  }

  /**
   * Sets how many chunks are fetched ahead: so many, and the one asked for, are in memory at most.
   * A file that is not seekable is not read ahead.
   *
   * @param chunks 0 to 64
   * @return a copy
   */
  public ChunkOptions withReadAhead(int chunks) {
    AioOptions.between("readAhead", chunks, 0, READ_AHEAD_MAX);
    return new ChunkOptions(chunkBytes, chunks, startPosition, endPosition);
  }

  /**
   * Sets where to start. Without effect on a file that is not seekable.
   *
   * @param position in bytes, 0 or more
   * @return a copy
   */
  public ChunkOptions withStartPosition(long position) {
    return new ChunkOptions(chunkBytes, readAhead, positive(position), endPosition);
  }

  /**
   * Sets where to end if the file is longer. Without effect on a file that is not seekable.
   *
   * @param position in bytes, exclusive, 0 or more
   * @return a copy
   */
  public ChunkOptions withEndPosition(long position) {
    return new ChunkOptions(chunkBytes, readAhead, startPosition, positive(position));
  }

  private static long positive(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    return position;
  }
}
