package io.aiofile.jna.engine;

import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An open file descriptor and what the lanes know about it. Thread-safe. */
final class Descriptor {

  private static final int CLOSED = -1;

  private final AtomicInteger fd;
  private final FileTraits traits;
  private final NowaitSupport nowait;
  private final MissStreak misses = new MissStreak();
  private final StallGuard stallGuard = new StallGuard(System.nanoTime());
  private final AtomicLong knownSize;
  private final AtomicInteger changing = new AtomicInteger();
  private volatile boolean readsNotInline;

  /**
   * An open one.
   *
   * @param nowait shared by all files of the device
   * @param size in bytes at open
   */
  Descriptor(int fd, FileTraits traits, NowaitSupport nowait, long size) {
    this.fd = new AtomicInteger(fd);
    this.traits = traits;
    this.nowait = nowait;
    this.knownSize = new AtomicLong(size);
  }

  /** The number; -1 once it was released, which every system call refuses with EBADF. */
  int fd() {
    return fd.get();
  }

  /** Takes the number for closing it: its next owner may be anybody's file. */
  int release() {
    return fd.getAndSet(CLOSED);
  }

  FileTraits traits() {
    return traits;
  }

  MissStreak misses() {
    return misses;
  }

  StallGuard stallGuard() {
    return stallGuard;
  }

  /** Whether a read that must not wait is worth a system call. */
  boolean isReadNowWorthTrying() {
    return !readsNotInline && nowait.isWorthTrying();
  }

  void readNowWorked() {
    nowait.worked();
  }

  void readNowRefused() {
    if (!nowait.refused()) {
      readsNotInline = true;
    }
  }

  /** Whether both are files of one device, as far as this backend tells devices apart. */
  boolean isOnDeviceOf(Descriptor other) {
    return nowait == other.nowait;
  }

  /** Whether an operation would make the file longer, as far as this descriptor knows. */
  boolean growsWith(Operation operation) {
    return operation.opcode() == Opcode.WRITE
        && growsWith(operation.position(), operation.length());
  }

  /**
   * Whether a write would make the file longer, as far as this descriptor knows: others may have
   * written to the file, or cut it. A wrong answer costs time, nothing else.
   *
   * @param position as in {@link Operation#position()}
   */
  boolean growsWith(long position, long length) {
    return position == Operation.SEQUENTIAL || position + length > knownSize.get();
  }

  /**
   * Takes in what an operation changed. To be called before it is completed, which may reset its
   * range.
   */
  void done(Operation operation, long result) {
    if (operation.opcode() == Opcode.WRITE || operation.opcode() == Opcode.COPY) {
      wrote(operation.position(), result);
    } else if (operation.opcode() == Opcode.TRUNCATE) {
      knownSize.set(operation.length());
    } else if (operation.opcode() == Opcode.ALLOCATE) {
      knownSize.accumulateAndGet(operation.position() + operation.length(), Math::max);
    }
  }

  /** Takes in that so many bytes were written. */
  void wrote(long position, long bytes) {
    if (position >= 0 && bytes > 0 && position + bytes > knownSize.get()) {
      knownSize.accumulateAndGet(position + bytes, Math::max);
    }
  }

  /** A worker begins to change the file, and so may hold the inode's lock for long. */
  void changeBegins() {
    changing.incrementAndGet();
  }

  void changeEnds() {
    changing.decrementAndGet();
  }

  /** Whether an inline write would wait for a worker's: both need the inode's lock. */
  boolean isChanging() {
    return changing.get() > 0;
  }
}
