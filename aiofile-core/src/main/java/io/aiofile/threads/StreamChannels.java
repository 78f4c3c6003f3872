package io.aiofile.threads;

import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.OpenOperation.Flag;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The channels of a file without positions. One for each direction: a FileChannel reads and writes
 * under one lock (FileChannelImpl.positionLock), so a silent read would hold up every write.
 *
 * @param reader null if the file was not opened for reading
 * @param writer null if the file was not opened for writing
 * @param owned whether to close them
 * @param path for opening the writer again; null if it is not known
 * @param fileKey what {@code path} led to
 */
record StreamChannels(
    @Nullable FileChannel reader,
    @Nullable FileChannel writer,
    boolean owned,
    @Nullable Path path,
    @Nullable Object fileKey) {

  /** A channel that somebody else opened, and will close. Its two directions share its lock. */
  static StreamChannels borrowed(FileChannel channel) {
    return new StreamChannels(channel, channel, false, null, null);
  }

  /**
   * Goes on from the channel that was opened first: a second one is opened if both directions are
   * asked for. A device that makes something new of each open (/dev/ptmx) is then two.
   */
  static StreamChannels open(
      OpenOperation operation, Set<Flag> flags, FileChannel first, @Nullable Object fileKey)
      throws IOException {
    Path path = operation.path();
    Object key = fileKey == null ? FileKeys.of(path) : fileKey;
    if (!flags.contains(Flag.WRITE)) {
      return new StreamChannels(first, null, true, path, key);
    }
    if (!flags.contains(Flag.READ)) {
      return new StreamChannels(null, first, true, path, key);
    }
    FileChannel second = OpenOptions.open(operation, OpenOptions.again(flags));
    return new StreamChannels(first, second, true, path, key);
  }

  /** Whether {@link #openWriterAgain()} may be tried. */
  boolean canOpenAgain() {
    return owned && path != null;
  }

  /**
   * One more channel for writing, so that the one that a write hangs in can be closed without the
   * reader seeing the end of the file. Does not wait for a FIFO's other end: O_RDWR never does, and
   * while that is open nor does O_WRONLY (fifo(7)).
   */
  FileChannel openWriterAgain() throws IOException {
    Path present = path;
    if (present == null) {
      throw new IOException("it was not opened by a path");
    }
    FileChannel both = FileChannel.open(present, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileChannel again = null;
    boolean same = false;
    try {
      if (reader == null) {
        again = FileChannel.open(present, StandardOpenOption.WRITE);
      }
      same = FileKeys.matches(present, fileKey);
    } finally {
      if (!same || again != null) {
        Guard.close(both);
      }
      if (!same) {
        Guard.close(again);
      }
    }
    if (!same) {
      throw OpenOptions.refusal(present, "it was renamed or replaced", null);
    }
    return again == null ? both : again;
  }

  void closeQuietly() {
    if (owned) {
      Guard.close(reader);
      Guard.close(writer);
    }
  }
}
