package io.aiofile.jna.engine;

import static io.aiofile.jna.sys.Errno.EAGAIN;
import static io.aiofile.jna.sys.Errno.EINTR;
import static io.aiofile.jna.sys.Errno.EINVAL;
import static io.aiofile.jna.sys.Errno.ENOSYS;
import static io.aiofile.jna.sys.Errno.EOPNOTSUPP;

import io.aiofile.spi.Opcode;

/**
 * What a failure in the kernel lane means for the operation: the table of errnos.
 *
 * <pre>
 *                        EINTR    EAGAIN   EOPNOTSUPP, ENOSYS   EINVAL            any other
 * submission             RETRY    LATER    WORKER               WORKER            WORKER
 * event of a read, sync  WORKER   WORKER   WORKER               WORKER            DELIVER
 * event of a write       WORKER   WORKER   WORKER               DELIVER           DELIVER
 * </pre>
 *
 * <p>A submission's errno speaks of how it was asked, not of the file: a worker asks in the plain
 * way, and delivers what the file has to say. Nothing was transferred then, and all are positional,
 * so asking again is harmless.
 */
enum ErrnoVerdict {
  /** The same system call again. */
  RETRY,
  /** The kernel has no room: again after events. */
  LATER,
  /** A worker does it. */
  WORKER,
  /** The operation failed. */
  DELIVER;

  /** What a refused submission means for its first operation. */
  static ErrnoVerdict ofSubmission(int errno) {
    return switch (errno) {
      case EINTR -> RETRY;
      // 0: "took none, and nothing was wrong".
      case EAGAIN, 0 -> LATER;
      default -> WORKER;
    };
  }

  /** What a negative result in an event means. */
  static ErrnoVerdict ofEvent(Opcode opcode, int errno) {
    return switch (errno) {
      // RWF_NOWAIT would have waited; the file system can't; a signal came (the kernel's aio
      // code turns ERESTARTSYS and its like into EINTR).
      case EAGAIN, EOPNOTSUPP, ENOSYS, EINTR -> WORKER;
      // File systems without fsync or direct reads of that kind. For a write it is the alignment.
      case EINVAL -> opcode == Opcode.WRITE ? DELIVER : WORKER;
      default -> DELIVER;
    };
  }
}
