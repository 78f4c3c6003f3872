package io.aiofile.jna.engine;

import io.aiofile.spi.Alignment;
import java.util.Set;

/**
 * What was found out about a file at open.
 *
 * @param kind what it is
 * @param alignment of transfers
 * @param flags what else matters
 */
record FileTraits(FileKind kind, Alignment alignment, Set<Flag> flags) {

  /** What else matters about an open file. */
  enum Flag {
    /** O_APPEND. */
    APPENDING,
    /** O_DSYNC: each write waits for the device. */
    DATA_SYNC,
    /** A block device, whose size fstat(2) does not know. */
    BLOCK_DEVICE
  }

  /** Linux caps one read or write at this, and returns what it did. */
  private static final int TRANSFER_BYTES_MAX = 0x7ffff000;

  /** Very large direct requests hang some kernels (glommio #633). */
  private static final int DIRECT_TRANSFER_BYTES_MAX = 1 << 20;

  FileTraits {
    flags = Set.copyOf(flags);
  }

  boolean has(Flag flag) {
    return flags.contains(flag);
  }

  boolean isSeekable() {
    return kind != FileKind.STREAM;
  }

  int transferBytesMax() {
    return kind.isDirect() ? DIRECT_TRANSFER_BYTES_MAX : TRANSFER_BYTES_MAX;
  }
}
