package io.aiofile.jna.engine;

import io.aiofile.jna.sys.DirectBuffers;
import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.FileControl;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.StatX;
import io.aiofile.spi.Operation;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Operations as plain system calls, on the calling thread. */
final class BlockingCalls {

  private final LibC libc;
  private final Scratch scratch;

  BlockingCalls(LibC libc, Scratch scratch) {
    this.libc = libc;
    this.scratch = scratch;
  }

  /** Does one pass of an operation that is IN_KERNEL. Returns its result, or {@code -errno}. */
  long perform(Operation operation, Descriptor file) {
    long result;
    do {
      result = once(operation, file);
    } while (result == -Errno.EINTR);
    return result;
  }

  private long once(Operation operation, Descriptor file) {
    int fd = file.fd();
    return switch (operation.opcode()) {
      case READ -> read(operation, file, fd);
      case WRITE -> write(operation, file, fd);
      case SYNC -> synced(file, libc.fsync(fd));
      case DATA_SYNC -> synced(file, libc.fdatasync(fd));
      case TRUNCATE -> libc.ftruncate(fd, operation.length());
      case ALLOCATE -> libc.fallocate(fd, 0, operation.position(), operation.length());
      case COPY -> copy(operation, fd);
      case SIZE -> size(file, fd);
      case CLOSE -> close(file);
      case OPEN -> throw new IllegalArgumentException("not an open file's: " + operation);
    };
  }

  private long read(Operation operation, Descriptor file, int fd) {
    int length = Transfers.length(operation, file);
    long address = Transfers.address(operation, length);
    try {
      return operation.position() == Operation.SEQUENTIAL
          ? libc.read(fd, address, length)
          : libc.pread(fd, address, length, operation.position());
    } finally {
      Reference.reachabilityFence(operation);
    }
  }

  private long write(Operation operation, Descriptor file, int fd) {
    int length = Transfers.length(operation, file);
    long address = Transfers.address(operation, length);
    try {
      return write(file, fd, address, length, operation.position());
    } finally {
      Reference.reachabilityFence(operation);
    }
  }

  /** One write, wherever it goes. */
  long write(Descriptor file, int fd, long address, int length, long position) {
    if (position != Operation.SEQUENTIAL) {
      return libc.pwrite(fd, address, length, position);
    }
    // On Linux pwrite(2) to a file opened with O_APPEND appends, whatever the offset:
    // see BUGS in its manual page. Unlike write(2) it does not hold the lock of the
    // file's own position meanwhile.
    return file.traits().has(FileTraits.Flag.APPENDING) && file.traits().isSeekable()
        ? libc.pwrite(fd, address, length, 0)
        : libc.write(fd, address, length);
  }

  private long copy(Operation operation, int fd) {
    int source = ((NativeFile) operation.source()).descriptor().fd();
    long position = operation.position();
    // Not scratch: a copy may take long, or for ever, and others need their block at once.
    ByteBuffer positions = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
    positions.putLong(0, position).putLong(Long.BYTES, position);
    long address = DirectBuffers.address(positions);
    try {
      return libc.copyFileRange(source, address, fd, address + Long.BYTES, operation.length());
    } finally {
      Reference.reachabilityFence(positions);
      Reference.reachabilityFence(operation);
    }
  }

  /**
   * Where nothing can be made durable, nothing is missing: a log sent to /dev/null can be closed.
   */
  private static long synced(Descriptor file, long result) {
    // fsync(2): EROFS, EINVAL: "a special file which does not support synchronization".
    boolean unsupported = result == -Errno.EINVAL || result == -Errno.EROFS;
    return unsupported && file.traits().kind().isNonBlocking() ? 0 : result;
  }

  private long size(Descriptor file, int fd) {
    // Seeking moves the descriptor's own position, which nothing here uses.
    return file.traits().has(FileTraits.Flag.BLOCK_DEVICE)
        ? libc.lseek(fd, 0, FileControl.SEEK_END)
        : size(fd);
  }

  /**
   * By statx(2). Of /proc that is 0, and that is what it is. Returns {@code -errno} if it fails.
   */
  long size(int fd) {
    Scratch.Block block = scratch.take();
    try {
      int result = libc.statx(fd, StatX.STATX_SIZE, block.statxAddress());
      return result < 0 ? result : StatX.size(block.statx());
    } finally {
      block.release();
    }
  }

  private long close(Descriptor file) {
    // Not repeated on EINTR: Linux has released the descriptor by then.
    int result = libc.close(file.release());
    return result == -Errno.EINTR ? 0 : result;
  }
}
