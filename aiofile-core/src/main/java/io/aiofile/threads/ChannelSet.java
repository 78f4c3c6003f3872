package io.aiofile.threads;

import io.aiofile.spi.Alignment;
import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.OpenOperation.Flag;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one seekable file: one, or, as the JDK refuses "READ + APPEND", two.
 *
 * @param main for everything; or for everything but reads
 * @param side of a file opened for append: without O_APPEND, for reads, and for sizes; null
 *     elsewhere, or if the file was not opened for reading
 * @param append whether {@code main} writes at the end whatever the position says
 * @param copyable whether the kernel may copy from it, and into it, by itself
 * @param owned whether to close them
 * @param alignment of transfers
 * @param path for opening a side channel later; null if it is not known
 * @param fileKey what {@code path} led to
 */
record ChannelSet(
    FileChannel main,
    @Nullable FileChannel side,
    boolean append,
    boolean copyable,
    boolean owned,
    Alignment alignment,
    @Nullable Path path,
    @Nullable Object fileKey) {

  /** Where the file system does not tell its block size: the largest of usual devices. */
  private static final int BLOCK_BYTES_DEFAULT = 4096;

  private static final boolean IS_LINUX = "Linux".equals(System.getProperty("os.name"));

  /** How often an open starts over because the path led to another file in between. */
  private static final int ATTEMPTS_MAX = 16;

  /** A channel that somebody else opened, and will close. */
  static ChannelSet borrowed(FileChannel channel) {
    return new ChannelSet(channel, null, false, false, false, Alignment.NONE, null, null);
  }

  /** A device that was opened for the operation, not for append. */
  static ChannelSet device(OpenOperation operation, FileChannel channel) {
    return own(operation, channel, false);
  }

  private static ChannelSet own(OpenOperation operation, FileChannel channel, boolean copyable) {
    Path path = operation.path();
    return new ChannelSet(channel, null, false, copyable, true, alignment(operation), path, null);
  }

  /** Opens what the operation asks for; null, with nothing open, if it turns out not seekable. */
  static @Nullable ChannelSet open(OpenOperation operation) throws IOException {
    if (operation.flags().contains(Flag.APPEND)) {
      return openForAppend(operation);
    }
    FileChannel channel = openPositional(operation);
    return isSeekable(channel) ? own(operation, channel, isCopyable(operation)) : null;
  }

  /**
   * A file for writing is opened for reading too, where that is allowed: only then can the JDK
   * extend it without writing into it ({@link FileSize}).
   */
  private static FileChannel openPositional(OpenOperation operation) throws IOException {
    Set<Flag> flags = operation.flags();
    if (flags.contains(Flag.READ)) {
      return OpenOptions.open(operation, flags);
    }
    Set<Flag> wider = EnumSet.copyOf(flags);
    wider.add(Flag.READ);
    try {
      return OpenOptions.open(operation, wider);
    } catch (NoSuchFileException | FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException first) {
      try {
        return OpenOptions.open(operation, flags);
      } catch (FileAlreadyExistsException second) {
        // A kernel may create the file and then find that it can't do the rest.
        throw first;
      }
    }
  }

  private static @Nullable ChannelSet openForAppend(OpenOperation operation) throws IOException {
    Set<Flag> flags = EnumSet.copyOf(operation.flags());
    boolean readable = flags.remove(Flag.READ);
    // What was created exclusively must not be opened a second time as somebody else's.
    int attempts = flags.contains(Flag.CREATE_NEW) ? 1 : ATTEMPTS_MAX;
    for (int attempt = 0; attempt < attempts; attempt++) {
      FileChannel main = OpenOptions.open(operation, flags);
      if (!isSeekable(main)) {
        return null;
      }
      Object key = FileKeys.of(operation.path());
      if (!readable) {
        return append(operation, main, null, key);
      }
      FileChannel side = null;
      boolean same = false;
      try {
        side = openSide(operation);
        same = FileKeys.matches(operation.path(), key);
      } catch (NoSuchFileException e) {
        same = false; // removed since
      } finally {
        if (!same) {
          Guard.close(main);
          Guard.close(side);
        }
      }
      if (same) {
        return append(operation, main, side, key);
      }
    }
    throw OpenOptions.refusal(
        operation.path(), "it was removed or replaced while it was being opened", null);
  }

  private static ChannelSet append(
      OpenOperation operation,
      FileChannel main,
      @Nullable FileChannel side,
      @Nullable Object fileKey) {
    Path path = operation.path();
    return new ChannelSet(main, side, true, false, true, alignment(operation), path, fileKey);
  }

  private static FileChannel openSide(OpenOperation operation) throws IOException {
    Set<Flag> flags = OpenOptions.again(operation.flags());
    flags.remove(Flag.APPEND);
    flags.add(Flag.WRITE);
    try {
      return OpenOptions.open(operation, flags);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      // An append-only file (chattr +a) can be read, but not written at a position.
      flags.remove(Flag.WRITE);
      return OpenOptions.open(operation, flags);
    }
  }

  private static boolean isSeekable(FileChannel channel) throws IOException {
    boolean seekable = false;
    try {
      seekable = Seekability.ofOwn(channel);
      return seekable;
    } finally {
      if (!seekable) {
        Guard.close(channel);
      }
    }
  }

  /**
   * Only where the JDK has the kernel do it: elsewhere it maps the source into memory, or moves 8
   * KiB at a time. And not where each 64 KiB would wait for the device.
   */
  private static boolean isCopyable(OpenOperation operation) {
    return IS_LINUX
        && operation.path().getFileSystem() == FileSystems.getDefault()
        && !operation.flags().contains(Flag.DATA_SYNC)
        && !operation.flags().contains(Flag.DIRECT);
  }

  private static Alignment alignment(OpenOperation operation) {
    if (!operation.flags().contains(Flag.DIRECT)) {
      return Alignment.NONE;
    }
    int bytes = BLOCK_BYTES_DEFAULT;
    try {
      // The JDK refuses what is not aligned to this, even where the device would take less.
      long block = Files.getFileStore(operation.path()).getBlockSize();
      if (block > 0 && block <= 1 << 24 && Long.bitCount(block) == 1) {
        bytes = (int) block;
      }
    } catch (IOException | RuntimeException e) {
      // A mount that is not listed, or a file system that does not tell.
    }
    return new Alignment(bytes, bytes);
  }

  FileChannel reader() {
    return side == null ? main : side;
  }

  boolean isDirect() {
    return !alignment.isNone();
  }

  void close() throws IOException {
    if (!owned) {
      return;
    }
    try {
      main.close();
    } finally {
      if (side != null) {
        side.close();
      }
    }
  }

  void closeQuietly() {
    if (owned) {
      Guard.close(main);
      Guard.close(side);
    }
  }
}
