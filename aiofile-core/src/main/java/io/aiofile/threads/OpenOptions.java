package io.aiofile.threads;

import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.OpenOperation.Flag;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says in the JDK's words how a file is to be opened. */
final class OpenOptions {

  private OpenOptions() {}

  /** The flags of an open after the first one: what exists is neither created nor cut. */
  static Set<Flag> again(Set<Flag> flags) {
    Set<Flag> again = EnumSet.copyOf(flags);
    again.removeAll(EnumSet.of(Flag.CREATE, Flag.CREATE_NEW, Flag.TRUNCATE));
    return again;
  }

  /** Opens the operation's file with flags that may differ from the operation's own. */
  static FileChannel open(OpenOperation operation, Set<Flag> flags) throws IOException {
    Path path = operation.path();
    Set<OpenOption> options = options(path, flags);
    FileAttribute<?>[] attributes = attributes(operation, flags);
    try {
      return FileChannel.open(path, options, attributes);
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      throw refusal(path, "its file system can't open it as " + options + ": " + e.getMessage(), e);
    } catch (FileSystemException e) {
      // Anything that has a type of its own has nothing to do with O_DIRECT.
      if (flags.contains(Flag.DIRECT) && e.getClass() == FileSystemException.class) {
        throw refusal(path, e.getReason() + "; its file system may not support O_DIRECT", e);
      }
      throw e;
    }
  }

  static Set<OpenOption> options(Path path, Set<Flag> flags) throws IOException {
    Set<OpenOption> options = new HashSet<>();
    for (Flag flag : flags) {
      options.add(
          switch (flag) {
            case READ -> StandardOpenOption.READ;
            case WRITE -> StandardOpenOption.WRITE;
            case APPEND -> StandardOpenOption.APPEND;
            case CREATE -> StandardOpenOption.CREATE;
            case CREATE_NEW -> StandardOpenOption.CREATE_NEW;
            case TRUNCATE -> StandardOpenOption.TRUNCATE_EXISTING;
            case DATA_SYNC -> StandardOpenOption.DSYNC;
            case NO_FOLLOW -> LinkOption.NOFOLLOW_LINKS;
            case DIRECT -> direct(path);
          });
    }
    return options;
  }

  /**
   * By name: a "requires jdk.unsupported" would keep the whole library from runtime images without
   * that module, for the sake of one option.
   */
  private static OpenOption direct(Path path) throws IOException {
    try {
      Class<?> type = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) type.getField("DIRECT").get(null);
    } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
      throw refusal(
          path, "O_DIRECT needs the module jdk.unsupported: --add-modules jdk.unsupported", e);
    }
  }

  private static FileAttribute<?>[] attributes(OpenOperation operation, Set<Flag> flags)
      throws IOException {
    Set<PosixFilePermission> permissions = operation.permissions();
    boolean creates = flags.contains(Flag.CREATE) || flags.contains(Flag.CREATE_NEW);
    if (permissions == null || !creates) {
      return new FileAttribute<?>[0];
    }
    Path path = operation.path();
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      throw refusal(path, "its file system knows no POSIX permissions", null);
    }
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
  }

  static FileSystemException refusal(Path path, String reason, @Nullable Throwable cause) {
    FileSystemException refusal = new FileSystemException(path.toString(), null, reason);
    if (cause != null) {
      refusal.initCause(cause);
    }
    return refusal;
  }
}
