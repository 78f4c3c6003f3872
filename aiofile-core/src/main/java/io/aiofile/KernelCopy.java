package io.aiofile;

import java.nio.channels.ClosedChannelException;

/**
 * Copies a file's bytes within the kernel, one piece after another, from its start on: no buffer of
 * ours, one copy in memory instead of two, and none at all where the file system lets files share
 * blocks or has a server do it.
 *
 * <p>One piece at a time: several threads that write to one file wait for its lock, and copies took
 * up to three times as long by chance (ADR 13).
 */
final class KernelCopy extends AsyncLoop<Long, Long> {

  /**
   * So much goes on after a cancel, and holds a worker meanwhile: 3 ms in the page cache, some 10
   * on a device.
   */
  static final long PIECE_BYTES = 8 << 20;

  private final FileHandle source;
  private final FileHandle target;
  private long position; // handed on from step to step, and to who is told of the end

  /**
   * A copy that has not begun.
   *
   * @param source seekable
   * @param target for which it is {@link io.aiofile.spi.BackendFile#isCopyWorthTrying worth trying}
   */
  KernelCopy(FileHandle source, FileHandle target) {
    super(target.executor(), target.context().options().sliceBytes());
    this.source = source;
    this.target = target;
  }

  /** Up to where the bytes are the same, whatever came after. */
  long position() {
    return position;
  }

  @Override
  AioFuture<Long> step() throws ClosedChannelException {
    if (!source.enter()) {
      throw new ClosedChannelException();
    }
    if (!target.enter()) {
      source.exit();
      throw new ClosedChannelException();
    }
    FileCommand.Copy piece;
    try {
      piece = new FileCommand.Copy(source, target, position, PIECE_BYTES);
    } catch (OutOfMemoryError e) {
      target.exit();
      source.exit();
      throw e;
    }
    target.context().counters().submitted.increment();
    return piece.start();
  }

  @Override
  boolean take(Long count) {
    position += count;
    return count > 0;
  }

  @Override
  long cost(Long count) {
    return count;
  }

  @Override
  Long result() {
    return position;
  }
}
