package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.SystemCallException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Turns what a backend reports into what users see: the JDK's own type, or a FileIoException. */
final class Errors {

  private Errors() {}

  /** A transfer of a file that failed: its range is still to be said. */
  static Failure transfer(String name, FileHandle handle) {
    Failure what = Failure.of(name, handle.path());
    return handle.backend().alignment().isNone() ? what : what.asDirect();
  }

  /** The failure as users see it. */
  static Throwable describe(Failure what, Throwable cause) {
    if (cause instanceof SystemCallException call) {
      return ofErrno(what.errno(call.errno(), call.errnoName()), call);
    }
    if (cause instanceof ClosedChannelException
        || cause instanceof EOFException
        || cause instanceof FileIoException
        || cause instanceof NoSuchFileException
        || cause instanceof AccessDeniedException
        || cause instanceof FileAlreadyExistsException
        || cause instanceof java.nio.charset.CharacterCodingException
        || cause instanceof CancellationException
        || cause instanceof RejectedExecutionException
        || cause instanceof Error) {
      return cause;
    }
    if (cause instanceof FileSystemException failure) {
      return new FileIoException(what, failure.getReason(), null, failure);
    }
    if (cause instanceof IOException || cause instanceof RuntimeException) {
      String text = cause.getMessage();
      return new FileIoException(what, text == null ? cause.toString() : text, null, cause);
    }
    return cause;
  }

  private static IOException ofErrno(Failure what, SystemCallException call) {
    String path = what.path() == null ? null : what.path().toString();
    IOException own =
        switch (call.errnoName()) {
          case "ENOENT" -> new NoSuchFileException(path, null, call.getMessage());
          case "EACCES", "EPERM" -> new AccessDeniedException(path, null, call.getMessage());
          case "EEXIST" -> new FileAlreadyExistsException(path, null, call.getMessage());
          default -> null;
        };
    if (own != null && what.operation().equals("open")) {
      own.initCause(call);
      return own;
    }
    return new FileIoException(what, call.getMessage(), hint(what, call.errnoName()), call);
  }

  private static @Nullable String hint(Failure what, String errnoName) {
    return switch (errnoName) {
      case "EINVAL" -> what.direct() ? directHint(what) : null;
      case "EMFILE" -> "the process has too many open files: close some, or raise ulimit -n";
      case "ENFILE" -> "the system has too many open files: raise the sysctl fs.file-max";
      case "ENOSPC" -> "free some space on the file system";
      case "EDQUOT" -> "the user's disk quota is used up";
      case "EFBIG" -> "the file would be larger than the file system or RLIMIT_FSIZE allows";
      case "EISDIR" -> "a directory can't be opened as a file";
      case "ESPIPE" -> "the file is not seekable: use BinaryFile";
      case "ELOOP" -> "the name is a symbolic link, or there are too many of them";
      case "EROFS" -> "the file system is mounted read-only";
      case "ETXTBSY" -> "the file is a program that runs now";
      default -> null;
    };
  }

  private static String directHint(Failure what) {
    return what.operation().equals("open")
        ? "the file system may not support O_DIRECT"
        : "O_DIRECT needs memory, position and length in multiples of its alignment";
  }

  /** The end of the file came before the bytes that were wanted. */
  static EOFException endOfFile(Failure what) {
    return new EOFException(
        what.operation()
            + " "
            + what.path()
            + " at "
            + what.position()
            + ": the file ends there: wanted "
            + what.length()
            + " bytes, got "
            + what.transferred());
  }
}
