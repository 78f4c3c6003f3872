package io.aiofile.samples.cli;

import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * A file beside its target, which takes the target's place in one step when it is whole: so that a
 * failure or Ctrl-C leaves the target as it was. A target that is no regular file, such as a FIFO
 * or {@code /dev/null}, is written in place.
 */
final class PartFile implements AutoCloseable {

  private final Path target;
  private final Path path;
  private boolean over;

  private PartFile(Path target, Path path) {
    this.target = target;
    this.path = path;
  }

  /** For a target that may exist: then it must be writable. Creates nothing yet. */
  static PartFile of(Path named) throws IOException {
    if (Files.exists(named)) {
      return ofExisting(named);
    }
    if (Files.isSymbolicLink(named)) {
      throw new IOException(named + " is a symbolic link to nothing");
    }
    Path target = named.toAbsolutePath();
    if (!Files.isDirectory(directory(target))) {
      throw new NoSuchFileException(directory(target).toString());
    }
    return new PartFile(target, beside(target));
  }

  private static PartFile ofExisting(Path named) throws IOException {
    Path target = named.toRealPath();
    if (Files.isDirectory(target)) {
      throw new IOException(named + " is a directory");
    }
    if (!Files.isWritable(target)) {
      throw new AccessDeniedException(named.toString());
    }
    boolean replaceable = Files.isRegularFile(target) && Files.isWritable(directory(target));
    return new PartFile(target, replaceable ? beside(target) : target);
  }

  private static Path directory(Path target) {
    Path parent = target.getParent();
    return parent == null ? target : parent;
  }

  private static Path beside(Path target) {
    return target.resolveSibling(".aio-" + UUID.randomUUID() + ".part");
  }

  /** {@return where to write} */
  Path path() {
    return path;
  }

  /** Whether that is the target itself. */
  private boolean isInPlace() {
    return path.equals(target);
  }

  /** {@return what an interrupt leaves, to be put behind the target's name} */
  String left() {
    return isInPlace() ? " has a part" : " is as it was before";
  }

  /** {@return how to open it for writing} */
  OpenMode mode() {
    return isInPlace() ? OpenMode.WRITE : OpenMode.CREATE_NEW;
  }

  /** {@return how to open it for writing, if it is to have the permissions of a like file} */
  OpenMode mode(Path like) throws IOException {
    if (isInPlace()) {
      return mode();
    }
    Path model = Files.exists(target) ? target : like;
    try {
      return mode()
          .withPermissions(PosixFilePermissions.toString(Files.getPosixFilePermissions(model)));
    } catch (UnsupportedOperationException e) {
      return mode(); // not a POSIX file system
    }
  }

  /** Takes the target's place. */
  synchronized void commit() throws IOException {
    if (over) {
      throw new IOException("interrupted");
    }
    over = true;
    if (!isInPlace()) {
      if (Files.exists(target)) {
        keepPermissions();
      }
      Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The umask may have taken some away. */
  private void keepPermissions() throws IOException {
    try {
      Files.setPosixFilePermissions(path, Files.getPosixFilePermissions(target));
    } catch (UnsupportedOperationException e) {
      // Not a POSIX file system.
    }
  }

  /** Makes the new name durable, as the file's content is. */
  void syncDirectory() throws IOException {
    if (!isInPlace()) {
      try (FileChannel names = FileChannel.open(directory(target), StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  /** Removes it, unless it is the target by now. */
  @Override
  public synchronized void close() throws IOException {
    if (!over && !isInPlace()) {
      Files.deleteIfExists(path);
    }
    over = true;
  }
}
