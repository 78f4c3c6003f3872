package io.aiofile.spi;

import java.io.IOException;

/**
 * A system call failed with an errno. The policy layer turns it into what users see, with path and
 * range; hence without a stack trace, which would cost more than the call and tell nothing.
 */
public final class SystemCallException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String errnoName;

  /**
   * A failure.
   *
   * @param errno the positive number
   * @param errnoName such as "ENOSPC"
   * @param text such as "No space left on device"
   */
  public SystemCallException(int errno, String errnoName, String text) {
    super(errnoName + ": " + text);
    this.errno = errno;
    this.errnoName = errnoName;
  }

  /** {@return the positive number} */
  public int errno() {
    return errno;
  }

  /** {@return the number's name, such as "ENOSPC"} */
  public String errnoName() {
    return errnoName;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
