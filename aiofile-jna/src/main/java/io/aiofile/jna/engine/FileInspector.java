package io.aiofile.jna.engine;

import static io.aiofile.jna.sys.FileControl.F_GETFL;
import static io.aiofile.jna.sys.FileControl.F_SETFL;
import static io.aiofile.jna.sys.FileControl.SEEK_CUR;
import static io.aiofile.jna.sys.FileControl.SEEK_END;
import static io.aiofile.jna.sys.StatX.S_IFBLK;
import static io.aiofile.jna.sys.StatX.S_IFDIR;
import static io.aiofile.jna.sys.StatX.S_IFIFO;
import static io.aiofile.jna.sys.StatX.S_IFMT;
import static io.aiofile.jna.sys.StatX.S_IFREG;

import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.FileSystemType;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.OpenFlags;
import io.aiofile.jna.sys.StatX;
import io.aiofile.spi.Alignment;
import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.SystemCallException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Finds out what an open file is: what lanes it can take is asked of the file, not of its path. */
final class FileInspector {

  /** Where O_DIRECT works and nobody says in what units: Linux before 6.1, tmpfs. */
  private static final int ALIGNMENT_UNKNOWN = 4096;

  /** More devices than that are a host on which they come and go: learn anew. */
  private static final int DEVICES_MAX = 1024;

  private final LibC libc;
  private final Scratch scratch;
  private final Map<Long, NowaitSupport> devices = new ConcurrentHashMap<>();

  FileInspector(LibC libc, Scratch scratch) {
    this.libc = libc;
    this.scratch = scratch;
  }

  /** Of a descriptor just opened with O_NONBLOCK. Does not close it if that fails. */
  Descriptor inspect(int fd, Set<OpenOperation.Flag> asked) throws SystemCallException {
    Scratch.Block block = scratch.take();
    try {
      int mask = StatX.STATX_BASIC_STATS | StatX.STATX_DIOALIGN;
      check(libc.statx(fd, mask, block.statxAddress()));
      return inspect(fd, asked, block.statx());
    } finally {
      block.release();
    }
  }

  private Descriptor inspect(int fd, Set<OpenOperation.Flag> asked, ByteBuffer statx)
      throws SystemCallException {
    int type = StatX.mode(statx) & S_IFMT;
    if (type == S_IFDIR) {
      // open(2) allows that for reading, and every read fails then.
      throw Errno.exception(Errno.EISDIR);
    }
    boolean direct = asked.contains(OpenOperation.Flag.DIRECT);
    FileKind kind = kind(fd, type, direct);
    Alignment alignment = direct ? alignment(fd, statx) : Alignment.NONE;
    if (!kind.isNonBlocking()) {
      clearNonBlock(fd);
    }
    Set<FileTraits.Flag> flags = EnumSet.noneOf(FileTraits.Flag.class);
    if (asked.contains(OpenOperation.Flag.APPEND)) {
      flags.add(FileTraits.Flag.APPENDING);
    }
    if (asked.contains(OpenOperation.Flag.DATA_SYNC)) {
      flags.add(FileTraits.Flag.DATA_SYNC);
    }
    long size = StatX.size(statx);
    if (type == S_IFBLK) {
      flags.add(FileTraits.Flag.BLOCK_DEVICE);
      size = Math.max(0, libc.lseek(fd, 0, SEEK_END));
    }
    FileTraits traits = new FileTraits(kind, alignment, flags);
    return new Descriptor(fd, traits, nowait(type, StatX.device(statx)), size);
  }

  private FileKind kind(int fd, int type, boolean direct) {
    if (libc.lseek(fd, 0, SEEK_CUR) < 0) {
      return FileKind.STREAM;
    }
    if (type == S_IFBLK) {
      return direct ? FileKind.DIRECT : FileKind.FOREIGN;
    }
    FileKind cached = type == S_IFREG ? kindOf(libc.fileSystemType(fd)) : FileKind.SPECIAL;
    if (!direct) {
      return cached;
    }
    return cached == FileKind.LOCAL ? FileKind.DIRECT : FileKind.DIRECT_FOREIGN;
  }

  /**
   * Of a regular file. One that is not known counts as somebody else's, which costs inline writes.
   */
  static FileKind kindOf(long fileSystem) {
    if (FileSystemType.isMadeUp(fileSystem)) {
      return FileKind.SPECIAL;
    }
    if (fileSystem == FileSystemType.TMPFS || fileSystem == FileSystemType.RAMFS) {
      return FileKind.MEMORY;
    }
    return FileSystemType.isLocal(fileSystem) ? FileKind.LOCAL : FileKind.FOREIGN;
  }

  private Alignment alignment(int fd, ByteBuffer statx) throws SystemCallException {
    if ((StatX.mask(statx) & StatX.STATX_DIOALIGN) == 0) {
      return new Alignment(ALIGNMENT_UNKNOWN, ALIGNMENT_UNKNOWN);
    }
    int memory = StatX.directMemoryAlignment(statx);
    int position = StatX.directPositionAlignment(statx);
    if (memory == 0 || position == 0) {
      throw noDirect(FileSystemType.name(libc.fileSystemType(fd)));
    }
    return new Alignment(memory, position);
  }

  /** Harmless on most file systems, but FUSE hands it on, and others may come to look at it. */
  private void clearNonBlock(int fd) throws SystemCallException {
    int flags = libc.fcntl(fd, F_GETFL, 0);
    check(flags);
    check(libc.fcntl(fd, F_SETFL, flags & ~OpenFlags.O_NONBLOCK));
  }

  private NowaitSupport nowait(int type, long device) {
    if (type == S_IFBLK) {
      // Its node lies on another device than itself.
      return new NowaitSupport();
    }
    if (devices.size() > DEVICES_MAX) {
      devices.clear();
    }
    return devices.computeIfAbsent(device, key -> new NowaitSupport());
  }

  /** Whether there is a FIFO at the path. */
  boolean isFifo(String path) {
    Scratch.Block block = scratch.take();
    try {
      return libc.statx(StatX.AT_FDCWD, path, 0, StatX.STATX_TYPE, block.statxAddress()) >= 0
          && (StatX.mode(block.statx()) & S_IFMT) == S_IFIFO;
    } finally {
      block.release();
    }
  }

  /** The name of the file system that holds the path, for a message. */
  String fileSystemOf(String path) {
    int fd = libc.open(path, OpenFlags.O_PATH, 0);
    if (fd < 0) {
      return "this file system";
    }
    try {
      return FileSystemType.name(libc.fileSystemType(fd));
    } finally {
      libc.close(fd);
    }
  }

  static SystemCallException noDirect(String fileSystem) {
    return new SystemCallException(
        Errno.EINVAL,
        Errno.name(Errno.EINVAL),
        fileSystem + " does not support O_DIRECT here; open the file without it");
  }

  private static void check(int result) throws SystemCallException {
    if (result < 0) {
      throw Errno.exception(-result);
    }
  }
}
