package io.aiofile.jna.engine;

/** What an open file is, as far as lanes care. Found at open, by asking; it never changes. */
enum FileKind {
  /** Regular, in the page cache, on a file system of this machine. */
  LOCAL,
  /**
   * Regular, in the page cache, on a file system of another machine or of another process (NFS,
   * FUSE), or on one that is not known here; also a block device. A write may wait for somebody
   * else.
   */
  FOREIGN,
  /** Regular, in memory and nowhere else: tmpfs. A read never waits for a disk, unless for swap. */
  MEMORY,
  /** Opened with O_DIRECT, on a disk of this machine. */
  DIRECT,
  /**
   * Opened with O_DIRECT on anything else (NFS, FUSE, tmpfs, not known): io_submit would wait for
   * the server, or copy, itself.
   */
  DIRECT_FOREIGN,
  /** Made up by the kernel while it is read (/proc, /sys), or a character device with positions. */
  SPECIAL,
  /** Without positions: FIFO, terminal, some devices. */
  STREAM;

  /** Whether transfers have an alignment. */
  boolean isDirect() {
    return this == DIRECT || this == DIRECT_FOREIGN;
  }

  /**
   * Whether the kernel may be asked to copy from it or to it: copy_file_range(2) says 0, the end,
   * of files that are made up, and a copy into the page cache is none by O_DIRECT.
   */
  boolean isCopyable() {
    return this == LOCAL || this == FOREIGN || this == MEMORY;
  }

  /**
   * Whether the descriptor stays O_NONBLOCK, so that a transfer says EAGAIN where it would wait for
   * somebody: /dev/kmsg and /proc/kmsg have positions, and would hold a worker for ever.
   */
  boolean isNonBlocking() {
    return this == SPECIAL || this == STREAM;
  }
}
