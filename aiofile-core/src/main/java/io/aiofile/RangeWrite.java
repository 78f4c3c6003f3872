package io.aiofile;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Bytes and the place in a file where they go: what {@link AsyncFile#writeRangesAsync} is given.
 *
 * @param source its remaining bytes; not to be changed until the future of the call is done
 * @param position of the first byte in the file, 0 or more
 */
public record RangeWrite(ByteBuffer source, long position) {

  /** Refuses null, and a negative position. */
  public RangeWrite {
    Objects.requireNonNull(source, "source");
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
  }
}
