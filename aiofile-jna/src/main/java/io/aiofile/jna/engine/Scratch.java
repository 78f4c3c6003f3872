package io.aiofile.jna.engine;

import io.aiofile.jna.sys.AlignedMemory;
import io.aiofile.jna.sys.IoVec;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.StatX;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Small native memory for arguments of one system call (an iovec, a statx), lent to one thread at a
 * time.
 *
 * <p>Not per thread: virtual threads are many. A thread begins looking at a block that its id
 * picks, so threads seldom meet.
 */
final class Scratch {

  private static final int BLOCKS = 64;

  /** An iovec and a statx, in cache lines of their own. */
  private static final int BLOCK_BYTES = 512;

  private static final int STATX_OFFSET = 64;

  private final AlignedMemory memory;
  private final Block[] blocks = new Block[BLOCKS];

  Scratch(LibC libc) {
    memory = AlignedMemory.allocate(libc, BLOCKS * BLOCK_BYTES);
    for (int i = 0; i < BLOCKS; i++) {
      blocks[i] = new Block(memory.buffer(), memory.address(), i * BLOCK_BYTES);
    }
  }

  /**
   * A free block, or null if there is none at this moment: never waits. To be {@link
   * Block#release}d.
   */
  @Nullable Block tryTake() {
    int home = home();
    for (int i = 0; i < BLOCKS; i++) {
      Block block = blocks[(home + i) & (BLOCKS - 1)];
      // A lock is re-entrant, a block is not.
      if (!block.lock.isHeldByCurrentThread() && block.lock.tryLock()) {
        if (!block.closed) {
          return block;
        }
        block.lock.unlock();
        return null;
      }
    }
    return null;
  }

  /** A block; waits for one if need be. To be {@link Block#release}d. */
  Block take() {
    Block block = tryTake();
    if (block != null) {
      return block;
    }
    block = blocks[home()];
    block.lock.lock();
    if (block.closed) {
      block.lock.unlock();
      throw new IllegalStateException("the backend is closed");
    }
    return block;
  }

  private static int home() {
    // Fibonacci hashing: ids are consecutive, and so may be those that work together.
    return (int) ((Thread.currentThread().getId() * 0x9E3779B97F4A7C15L) >>> 58);
  }

  /** Frees the memory; but not if a block is lent: whoever has it is stuck in a system call. */
  void close() {
    boolean lent = false;
    for (Block block : blocks) {
      if (block.lock.tryLock()) {
        block.closed = true;
        block.lock.unlock();
      } else {
        lent = true;
      }
    }
    if (!lent) {
      memory.close();
    }
  }

  /** Lent memory. */
  static final class Block {

    private final ReentrantLock lock = new ReentrantLock();
    private final ByteBuffer memory;
    private final ByteBuffer statx;
    private final long address;
    private final int index;
    private boolean closed;

    private Block(ByteBuffer memory, long address, int index) {
      this.memory = memory;
      this.address = address + index;
      this.index = index;
      this.statx = memory.slice(index + STATX_OFFSET, StatX.BYTES).order(memory.order());
    }

    /** Gives it back. By the thread that took it. */
    void release() {
      lock.unlock();
    }

    /** Fills the iovec in; returns its address. */
    long iovec(long base, long length) {
      IoVec.set(memory, index, base, length);
      return address;
    }

    /** Of the statx. */
    long statxAddress() {
      return address + STATX_OFFSET;
    }

    /** What {@link StatX} reads. */
    ByteBuffer statx() {
      return statx;
    }
  }
}
