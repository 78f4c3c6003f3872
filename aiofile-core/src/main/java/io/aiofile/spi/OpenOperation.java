package io.aiofile.spi;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Opening a file: an {@link Operation} whose result is a {@link BackendFile}.
 *
 * <p>A backend calls {@link #opened(BackendFile)} in place of {@link #complete(long)}. A file
 * opened for an operation that was cancelled meanwhile is closed by the policy layer, not by the
 * backend.
 */
public abstract class OpenOperation extends Operation {

  /** How a file is to be opened. */
  public enum Flag {
    /** For reading. */
    READ,
    /** For writing. */
    WRITE,
    /** Every write goes to the end, atomically with finding the end. */
    APPEND,
    /** Created if it is missing. */
    CREATE,
    /** Created; an error if it exists. */
    CREATE_NEW,
    /** Cut to length 0. */
    TRUNCATE,
    /** By-passing the page cache (O_DIRECT). */
    DIRECT,
    /** Each write is durable when it is done (O_DSYNC). */
    DATA_SYNC,
    /** A symbolic link as the last name is an error. */
    NO_FOLLOW
  }

  private final Path path;
  private final Set<Flag> flags;
  private final @Nullable Set<PosixFilePermission> permissions;
  private volatile @Nullable BackendFile file;

  /**
   * A queued open.
   *
   * @param path of the file
   * @param flags how it is opened; not empty
   * @param permissions of a file that is created, less the umask; null for the platform's own
   */
  protected OpenOperation(
      Path path, Set<Flag> flags, @Nullable Set<PosixFilePermission> permissions) {
    super(Opcode.OPEN);
    this.path = path;
    this.flags = Set.copyOf(flags);
    this.permissions = permissions == null ? null : Set.copyOf(permissions);
  }

  /** {@return the path to open} */
  public final Path path() {
    return path;
  }

  /** {@return how to open it; unmodifiable} */
  public final Set<Flag> flags() {
    return flags;
  }

  /** {@return the permissions of a file that is created, or null for the platform's own} */
  public final @Nullable Set<PosixFilePermission> permissions() {
    return permissions;
  }

  /**
   * Reports the opened file; from here on it is the policy layer's to close.
   *
   * @param opened the file
   */
  public final void opened(BackendFile opened) {
    file = opened;
    complete(0);
  }

  /** {@return the opened file, or null before {@link #opened(BackendFile)}} */
  protected final @Nullable BackendFile file() {
    return file;
  }

  @Override
  public String toString() {
    return "OPEN " + path;
  }
}
