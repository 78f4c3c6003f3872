package io.aiofile.jna.sys;

import io.aiofile.spi.SystemCallException;

/**
 * An eventfd: a descriptor that poll(2) can wait for and any thread can signal.
 *
 * <p>Signals are not counted: many before a {@link #drain()} are one.
 */
public final class EventFd implements AutoCloseable {

  public static final int EFD_NONBLOCK = OpenFlags.O_NONBLOCK;
  public static final int EFD_CLOEXEC = OpenFlags.O_CLOEXEC;

  private static final int ONE = 0;
  private static final int DRAINED = 8;

  private final LibC libc;
  private final AlignedMemory memory;
  private final int fd;
  private boolean closed;

  private EventFd(LibC libc, AlignedMemory memory, int fd) {
    this.libc = libc;
    this.memory = memory;
    this.fd = fd;
  }

  /** A new one, not signalled. */
  public static EventFd open(LibC libc) throws SystemCallException {
    AlignedMemory memory = AlignedMemory.allocate(libc, 2 * Long.BYTES);
    memory.buffer().putLong(ONE, 1);
    int fd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) {
      memory.close();
      throw Errno.exception(-fd);
    }
    return new EventFd(libc, memory, fd);
  }

  public int fd() {
    return fd;
  }

  /** Makes the descriptor readable. Does nothing once closed; never blocks. */
  public synchronized void signal() {
    // Under the lock, lest the number belong to another file by now. EAGAIN (the counter is
    // full) is as good as success: the descriptor is readable.
    if (!closed) {
      libc.write(fd, memory.address() + ONE, Long.BYTES);
    }
  }

  /** Takes all signals given until now; never blocks. */
  public synchronized void drain() {
    if (!closed) {
      libc.read(fd, memory.address() + DRAINED, Long.BYTES);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      libc.close(fd);
      memory.close();
    }
  }
}
