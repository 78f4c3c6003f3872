package io.aiofile.jna.sys;

/** Flags of preadv2(2) and of an iocb's {@code aio_rw_flags}: {@code include/uapi/linux/fs.h}. */
public final class ReadWriteFlags {

  public static final int RWF_HIPRI = 1;
  public static final int RWF_DSYNC = 2;
  public static final int RWF_SYNC = 4;

  /** Fail with {@code EAGAIN} rather than wait: 4.14 for buffered reads. */
  public static final int RWF_NOWAIT = 8;

  public static final int RWF_APPEND = 0x10;

  private ReadWriteFlags() {}
}
