package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.ReadWriteFlags;
import io.aiofile.jna.sys.StatX;
import io.aiofile.spi.LaneMetrics;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Transfers on the caller's thread, where they can't wait: reads of what is in the page cache, and
 * small writes into it.
 *
 * <p>Results are those of {@link io.aiofile.spi.BackendFile#readNow}. Errors are not reported here:
 * the answer is "nothing done", and the slow path meets the same error and tells.
 *
 * <p>Allocates nothing.
 */
final class InlineLane {

  /** Nothing done: the complement of 0 bytes. */
  static final int NOTHING = ~0;

  private final LibC libc;
  private final Scratch scratch;
  private final BlockingCalls calls;
  private final WorkerLane workers;
  private final LaneMetrics metrics;

  /**
   * A lane.
   *
   * @param workers who do what is not done here
   */
  InlineLane(
      LibC libc, Scratch scratch, BlockingCalls calls, WorkerLane workers, LaneMetrics metrics) {
    this.libc = libc;
    this.scratch = scratch;
    this.calls = calls;
    this.workers = workers;
    this.metrics = metrics;
  }

  /** As {@link io.aiofile.spi.BackendFile#readNow}. */
  int read(Descriptor file, ByteBuffer target, int index, int length, long position) {
    if (!file.isReadNowWorthTrying()) {
      return NOTHING;
    }
    MissStreak misses = file.misses();
    if (misses.tellsAgainstTrying() && workers.hasBacklog()) {
      misses.goOn();
      return NOTHING;
    }
    long address = Transfers.address(target, index, length);
    try {
      return counted(read(file, address, length, position));
    } finally {
      // The address is not enough to keep the buffer: without this its memory may be freed
      // meanwhile.
      Reference.reachabilityFence(target);
    }
  }

  private int read(Descriptor file, long address, int length, long position) {
    Scratch.Block block = scratch.tryTake();
    if (block == null) {
      return NOTHING;
    }
    try {
      int fd = file.fd();
      long result;
      if (file.traits().kind() == FileKind.MEMORY) {
        // tmpfs answers RWF_NOWAIT with EOPNOTSUPP, and never waits for a disk.
        result = libc.pread(fd, address, length, position);
      } else {
        long iovec = block.iovec(address, length);
        result = libc.preadv2(fd, iovec, 1, position, ReadWriteFlags.RWF_NOWAIT);
        learn(file, result);
      }
      boolean isWhole = result == length || (result >= 0 && isEnd(block, fd, position + result));
      if (isWhole || result > 0) {
        file.misses().end();
      } else {
        file.misses().goOn();
      }
      int transferred = (int) Math.max(0, result);
      return isWhole ? transferred : ~transferred;
    } finally {
      block.release();
    }
  }

  private static void learn(Descriptor file, long result) {
    if (result >= 0 || result == -Errno.EAGAIN) {
      file.readNowWorked();
    } else if (result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS) {
      file.readNowRefused();
    }
  }

  /**
   * Whether the file ends there. A short result alone does not say so: the rest may not be in the
   * cache, and Linux 5.9 and 5.10 also return 0 for that.
   */
  private boolean isEnd(Scratch.Block block, int fd, long position) {
    return libc.statx(fd, StatX.STATX_SIZE, block.statxAddress()) >= 0
        && position >= StatX.size(block.statx());
  }

  /** Whether nothing is known that a write would wait for. */
  boolean isWriteWorthTrying(Descriptor file, long nowNanos) {
    return !file.isChanging() && file.stallGuard().isOpen(nowNanos);
  }

  /** As {@link io.aiofile.spi.BackendFile#writeNow}. */
  int write(Descriptor file, ByteBuffer source, int index, int length, long position) {
    long before = System.nanoTime();
    if (!isWriteWorthTrying(file, before)) {
      return NOTHING;
    }
    long address = Transfers.address(source, index, length);
    try {
      long result = calls.write(file, file.fd(), address, length, position);
      file.stallGuard().measured(before, System.nanoTime());
      int transferred = result < 0 ? 0 : (int) result;
      file.wrote(position, transferred);
      return counted(transferred == length ? transferred : ~transferred);
    } finally {
      Reference.reachabilityFence(source);
    }
  }

  private int counted(int result) {
    (result >= 0 ? metrics.inlineHits : metrics.inlineMisses).increment();
    return result;
  }
}
