package io.aiofile;

import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An operation on a file failed: which one, on which file and range, after how many bytes, why,
 * and, where it is known, what to do about it.
 *
 * <pre>read report.bin at 4097, 512 bytes: EINVAL: Invalid argument; O_DIRECT needs …</pre>
 *
 * <p>Not used where the JDK has a type of its own: {@link java.nio.file.NoSuchFileException},
 * {@link java.nio.file.AccessDeniedException}, {@link java.nio.file.FileAlreadyExistsException},
 * {@link java.nio.channels.ClosedChannelException}, {@link java.io.EOFException}.
 */
public class FileIoException extends FileSystemException {

  private static final long serialVersionUID = 1L;

  /** As {@link #position()}: the operation has none. */
  public static final long NO_POSITION = -1;

  private final String operation;
  private final long position;
  private final long length;
  private final long transferred;
  private final int errno;
  private final @Nullable String errnoName;
  private final @Nullable String hint;

  FileIoException(
      Failure what, @Nullable String reason, @Nullable String hint, @Nullable Throwable cause) {
    super(what.path() == null ? null : what.path().toString(), null, reason);
    this.operation = what.operation();
    this.position = what.position();
    this.length = what.length();
    this.transferred = what.transferred();
    this.errno = what.errno();
    this.errnoName = what.errnoName();
    this.hint = hint;
    if (cause != null) {
      initCause(cause);
    }
  }

  /** What failed, in the order in which a message tells it. */
  record Failure(
      String operation,
      @Nullable Path path,
      long position,
      long length,
      long transferred,
      int errno,
      @Nullable String errnoName,
      boolean direct) {

    static Failure of(String operation, @Nullable Path path) {
      return new Failure(operation, path, NO_POSITION, 0, 0, 0, null, false);
    }

    Failure at(long at, long bytes, long done) {
      return new Failure(operation, path, at, bytes, done, errno, errnoName, direct);
    }

    Failure errno(int number, String name) {
      return new Failure(operation, path, position, length, transferred, number, name, direct);
    }

    /** O_DIRECT may have to do with it: of its transfers, and of opening such a file. */
    Failure asDirect() {
      return new Failure(operation, path, position, length, transferred, errno, errnoName, true);
    }
  }

  /** {@return what was tried: "read", "write", "sync", "open", …} */
  public String operation() {
    return operation;
  }

  /** {@return the offset in the file in bytes, or {@link #NO_POSITION}} */
  public long position() {
    return position;
  }

  /** {@return the bytes asked for, 0 where that says nothing} */
  public long length() {
    return length;
  }

  /** {@return the bytes that were transferred before the failure} */
  public long transferred() {
    return transferred;
  }

  /** {@return the errno, or 0 where there is none} */
  public int errno() {
    return errno;
  }

  /** {@return the errno's name, such as "ENOSPC", or null} */
  public @Nullable String errnoName() {
    return errnoName;
  }

  /** {@return what to do about it, or null} */
  public @Nullable String hint() {
    return hint;
  }

  @Override
  public String getMessage() {
    StringBuilder text = new StringBuilder(operation);
    if (getFile() != null) {
      text.append(' ').append(getFile());
    }
    if (position != NO_POSITION) {
      text.append(" at ").append(position);
      if (length > 0) {
        text.append(", ").append(length).append(" bytes");
      }
    }
    if (transferred > 0) {
      text.append(" (after ").append(transferred).append(')');
    }
    if (getReason() != null) {
      text.append(": ").append(getReason());
    }
    if (hint != null) {
      text.append("; ").append(hint);
    }
    return text.toString();
  }
}
