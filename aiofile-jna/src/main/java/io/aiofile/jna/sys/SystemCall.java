package io.aiofile.jna.sys;

/**
 * Numbers for {@link LibC#syscall}: {@code arch/x86/entry/syscalls/syscall_64.tbl} for x86-64,
 * {@code include/uapi/asm-generic/unistd.h} for aarch64. Since 5.1 new calls have one number
 * everywhere.
 */
public final class SystemCall {

  public static final int IO_SETUP = Architecture.pick(206, 0);
  public static final int IO_DESTROY = Architecture.pick(207, 1);
  public static final int IO_GETEVENTS = Architecture.pick(208, 4);
  public static final int IO_SUBMIT = Architecture.pick(209, 2);
  public static final int IO_CANCEL = Architecture.pick(210, 3);
  public static final int PIPE2 = Architecture.pick(293, 59);
  public static final int COPY_FILE_RANGE = Architecture.pick(326, 285);
  public static final int PREADV2 = Architecture.pick(327, 286);
  public static final int STATX = Architecture.pick(332, 291);
  public static final int IO_URING_SETUP = 425;
  public static final int IO_URING_ENTER = 426;
  public static final int IO_URING_REGISTER = 427;

  private SystemCall() {}
}
