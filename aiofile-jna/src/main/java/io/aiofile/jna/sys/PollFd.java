package io.aiofile.jna.sys;

import java.nio.ByteBuffer;

/**
 * Layout of a pollfd, and the events of poll(2).
 *
 * <pre>
 * struct pollfd {
 *   int   fd;       // 0
 *   short events;   // 4
 *   short revents;  // 6
 * };                // 8
 * </pre>
 */
public final class PollFd {

  public static final int BYTES = 8;
  static final int FD = 0;
  static final int EVENTS = 4;
  static final int RETURNED_EVENTS = 6;

  public static final int POLLIN = 1;
  public static final int POLLPRI = 2;
  public static final int POLLOUT = 4;
  public static final int POLLERR = 8;
  public static final int POLLHUP = 0x10;
  public static final int POLLNVAL = 0x20;

  /** Also clears what poll(2) returned before. */
  public static void set(ByteBuffer memory, int index, int fd, int events) {
    memory.putInt(index + FD, fd);
    memory.putShort(index + EVENTS, (short) events);
    memory.putShort(index + RETURNED_EVENTS, (short) 0);
  }

  public static int returnedEvents(ByteBuffer memory, int index) {
    return memory.getShort(index + RETURNED_EVENTS);
  }

  private PollFd() {}
}
