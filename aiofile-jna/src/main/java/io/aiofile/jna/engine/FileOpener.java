package io.aiofile.jna.engine;

import static io.aiofile.jna.sys.OpenFlags.O_APPEND;
import static io.aiofile.jna.sys.OpenFlags.O_CREAT;
import static io.aiofile.jna.sys.OpenFlags.O_DIRECT;
import static io.aiofile.jna.sys.OpenFlags.O_DSYNC;
import static io.aiofile.jna.sys.OpenFlags.O_EXCL;
import static io.aiofile.jna.sys.OpenFlags.O_NOCTTY;
import static io.aiofile.jna.sys.OpenFlags.O_NOFOLLOW;
import static io.aiofile.jna.sys.OpenFlags.O_NONBLOCK;
import static io.aiofile.jna.sys.OpenFlags.O_RDONLY;
import static io.aiofile.jna.sys.OpenFlags.O_RDWR;
import static io.aiofile.jna.sys.OpenFlags.O_TRUNC;
import static io.aiofile.jna.sys.OpenFlags.O_WRONLY;

import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.LibC;
import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.OpenOperation.Flag;
import io.aiofile.spi.SystemCallException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Opens files with open(2). Blocks on the file system, but never on the other end of a FIFO:
 * O_NONBLOCK is always set, and taken back where it would only surprise.
 */
final class FileOpener {

  private static final Logger LOG = System.getLogger(FileOpener.class.getName());

  /** rw-rw-rw-, less the umask: what open(2) is given by convention. */
  private static final int DEFAULT_MODE = 0666;

  /** So often may others create and delete the file between two calls, before we stop looking. */
  private static final int RACES_MAX = 8;

  private final LibC libc;
  private final FileInspector inspector;

  FileOpener(LibC libc, FileInspector inspector) {
    this.libc = libc;
    this.inspector = inspector;
  }

  /**
   * Opens the file.
   *
   * @return null if that has to wait for somebody: a FIFO opened for writing has no reader yet, or
   *     another process has to give back a lease
   */
  @Nullable Descriptor open(OpenOperation operation) throws SystemCallException {
    return operation.flags().contains(Flag.DIRECT) ? openDirect(operation) : openCached(operation);
  }

  private @Nullable Descriptor openCached(OpenOperation operation) throws SystemCallException {
    String path = path(operation);
    int fd = open(path, flags(operation.flags()), mode(operation));
    if (fd == -Errno.EAGAIN || (fd == -Errno.ENXIO && inspector.isFifo(path))) {
      return null;
    }
    return fd < 0 ? refuse(-fd) : inspect(fd, operation.flags());
  }

  /**
   * With O_DIRECT, in steps: where that is refused, nothing must have been created or cut. (The
   * kernel looks at O_DIRECT only after it has created the file.)
   */
  private @Nullable Descriptor openDirect(OpenOperation operation) throws SystemCallException {
    String path = path(operation);
    Set<Flag> asked = operation.flags();
    int plain = flags(asked) & ~(O_CREAT | O_EXCL | O_TRUNC);
    boolean creates = asked.contains(Flag.CREATE) || asked.contains(Flag.CREATE_NEW);
    for (int race = 0; race < RACES_MAX; race++) {
      boolean created = false;
      int fd = asked.contains(Flag.CREATE_NEW) ? -Errno.ENOENT : open(path, plain, 0);
      if (fd == -Errno.ENOENT && creates) {
        created = true;
        fd = open(path, plain | O_CREAT | O_EXCL, mode(operation));
        if (fd == -Errno.EEXIST && !asked.contains(Flag.CREATE_NEW)) {
          continue;
        }
      }
      if (fd == -Errno.EAGAIN) {
        return null;
      }
      return direct(operation.path(), asked, fd, created && fd != -Errno.EEXIST);
    }
    // Or the path is a symbolic link to nothing, which O_EXCL does not follow.
    return direct(operation.path(), asked, open(path, plain | O_CREAT, mode(operation)), false);
  }

  private Descriptor direct(Path path, Set<Flag> asked, int fd, boolean created)
      throws SystemCallException {
    try {
      if (fd == -Errno.EINVAL) {
        throw FileInspector.noDirect(inspector.fileSystemOf(path.toString()));
      }
      if (fd < 0) {
        return refuse(-fd);
      }
      Descriptor file = inspect(fd, asked);
      if (asked.contains(Flag.TRUNCATE)) {
        cut(fd);
      }
      return file;
    } catch (SystemCallException e) {
      if (created && (fd >= 0 || fd == -Errno.EINVAL)) {
        remove(path);
      }
      throw e;
    }
  }

  private void cut(int fd) throws SystemCallException {
    int result = libc.ftruncate(fd, 0);
    if (result < 0) {
      libc.close(fd);
      throw Errno.exception(-result);
    }
  }

  private static void remove(Path path) {
    try {
      if (Files.size(path) == 0) {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      // It was not created after all.
    } catch (IOException e) {
      LOG.log(Level.WARNING, "left behind, empty: " + path, e);
    }
  }

  private int open(String path, int flags, int mode) {
    int fd;
    do {
      fd = libc.open(path, flags, mode);
    } while (fd == -Errno.EINTR);
    return fd;
  }

  /** Closes the descriptor where it can't be used. */
  private Descriptor inspect(int fd, Set<Flag> asked) throws SystemCallException {
    Descriptor file = null;
    try {
      file = inspector.inspect(fd, asked);
      return file;
    } finally {
      if (file == null) {
        libc.close(fd);
      }
    }
  }

  private static Descriptor refuse(int errno) throws SystemCallException {
    throw Errno.exception(errno);
  }

  private static String path(OpenOperation operation) {
    // The JVM may have another idea of the current directory (user.dir) than the process.
    return operation.path().toAbsolutePath().toString();
  }

  private static int flags(Set<Flag> asked) {
    int flags = O_NONBLOCK | O_NOCTTY | access(asked);
    for (Flag flag : asked) {
      flags |=
          switch (flag) {
            case READ, WRITE -> 0;
            case APPEND -> O_APPEND;
            case CREATE -> O_CREAT;
            case CREATE_NEW -> O_CREAT | O_EXCL;
            case TRUNCATE -> O_TRUNC;
            case DIRECT -> O_DIRECT;
            case DATA_SYNC -> O_DSYNC;
            case NO_FOLLOW -> O_NOFOLLOW;
          };
    }
    return flags;
  }

  private static int access(Set<Flag> asked) {
    boolean writes = asked.contains(Flag.WRITE) || asked.contains(Flag.APPEND);
    if (!writes) {
      return O_RDONLY;
    }
    return asked.contains(Flag.READ) ? O_RDWR : O_WRONLY;
  }

  private static int mode(OpenOperation operation) {
    Set<PosixFilePermission> permissions = operation.permissions();
    if (permissions == null) {
      return DEFAULT_MODE;
    }
    int mode = 0;
    for (PosixFilePermission permission : permissions) {
      mode |=
          switch (permission) {
            case OWNER_READ -> 0400;
            case OWNER_WRITE -> 0200;
            case OWNER_EXECUTE -> 0100;
            case GROUP_READ -> 040;
            case GROUP_WRITE -> 020;
            case GROUP_EXECUTE -> 010;
            case OTHERS_READ -> 04;
            case OTHERS_WRITE -> 02;
            case OTHERS_EXECUTE -> 01;
          };
    }
    return mode;
  }
}
