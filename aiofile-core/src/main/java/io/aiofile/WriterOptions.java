package io.aiofile;

/**
 * How a {@link SequentialWriter} writes behind its callers: the size and the number of its buffers,
 * and where it starts. Immutable; each {@code with…} method returns a copy.
 */
public final class WriterOptions {

  private static final WriterOptions DEFAULTS = new WriterOptions(0, 256 << 10, 4);

  private final long startPosition;
  private final int bufferBytes;
  private final int buffersInFlight;

  private WriterOptions(long startPosition, int bufferBytes, int buffersInFlight) {
    this.startPosition = startPosition;
    this.bufferBytes = bufferBytes;
    this.buffersInFlight = buffersInFlight;
  }

  /** {@return from the start of the file, with up to 4 buffers of 256 KiB} */
  public static WriterOptions defaults() {
    return DEFAULTS;
  }

  /** {@return where the first byte goes; 0} */
  public long startPosition() {
    return startPosition;
  }

  /** {@return the size of a buffer, and so of a write, in bytes; 262,144} */
  public int bufferBytes() {
    return bufferBytes;
  }

  /** {@return the most buffers, those included that are being filled and written; 4} */
  public int buffersInFlight() {
    return buffersInFlight;
  }

  /**
   * Sets where the first byte goes.
   *
   * @param position in bytes, 0 or more; of an O_DIRECT file a multiple of its alignment; for a
   *     file opened for append or not seekable, only the number that positions are counted from
   * @return a copy
   */
  public WriterOptions withStartPosition(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    return new WriterOptions(position, bufferBytes, buffersInFlight);
  }

  /**
   * Sets the size of a buffer. For an O_DIRECT file it is rounded up to a multiple of the file's
   * alignment.
   *
   * @param bytes 1 to 64 MiB
   * @return a copy
   */
  public WriterOptions withBufferBytes(int bytes) {
    AioOptions.between("bufferBytes", bytes, 1, 64 << 20);
    return new WriterOptions(startPosition, bytes, buffersInFlight);
  }

  /**
   * Limits the buffers: beyond them a write waits until one has been written to the file. They are
   * made when they are needed, and dropped with the writer.
   *
   * @param buffers 1 to 64; with 1 nothing is taken while that one is written
   * @return a copy
   */
  public WriterOptions withBuffersInFlight(int buffers) {
    AioOptions.between("buffersInFlight", buffers, 1, 64);
    return new WriterOptions(startPosition, bufferBytes, buffers);
  }
}
