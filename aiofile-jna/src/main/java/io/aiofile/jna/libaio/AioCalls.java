package io.aiofile.jna.libaio;

/**
 * The five calls of Linux AIO. Every one returns a value ≥ 0, or {@code -errno}. Arguments are
 * addresses of native memory; {@code long} where C has {@code long} or a pointer.
 */
public interface AioCalls {

  /**
   * io_setup(2).
   *
   * @param entries operations in flight at most; the kernel may allow more
   * @param contextAddress of 8 bytes, zero before, the context after
   */
  int setup(int entries, long contextAddress);

  /** io_destroy(2): waits for what is in flight. */
  int destroy(long context);

  /**
   * io_submit(2): how many were taken. An errno only if that is none.
   *
   * @param iocbPointers address of {@code count} addresses of {@link Iocb}s
   */
  int submit(long context, long count, long iocbPointers);

  /**
   * io_getevents(2).
   *
   * @param events address of room for {@code max} {@link IoEvent}s
   * @param timeout address of a timespec, or 0 to wait without a limit
   */
  int getEvents(long context, long min, long max, long events, long timeout);

  /** io_cancel(2): {@code -EINVAL} for every read, write and sync of a file. */
  int cancel(long context, long iocb, long event);
}
