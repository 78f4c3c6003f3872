package io.aiofile;

import io.aiofile.spi.Operation;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Starts writes: a small one on the caller's thread where the inline lane takes it, else a {@link
 * WriteTransfer}.
 */
final class Writes {

  private Writes() {}

  /**
   * Writes a buffer's remaining bytes.
   *
   * @param position in the file, or {@link Operation#SEQUENTIAL} to append
   */
  static AioFuture<Integer> from(FileHandle handle, ByteBuffer source, long position) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    handle.context().counters().submitted.increment();
    if (!source.hasRemaining()) {
      return Reads.doneInline(handle, 0);
    }
    return begin(handle, source, position, handle.beginWrite(), null);
  }

  /**
   * Writes a buffer's remaining bytes, 1 or more, in a handle that was entered.
   *
   * @param epoch that this write was begun in
   * @param batch takes what is not done inline, and is to be sent; null to start it now
   */
  static AioFuture<Integer> begin(
      FileHandle handle,
      ByteBuffer source,
      long position,
      SyncOrder.Epoch epoch,
      @Nullable Batch batch) {
    int wanted = source.remaining();
    int moved = 0;
    if (wanted <= handle.context().options().inlineWriteBytes()
        && handle.backend().alignment().isNone()) {
      int put;
      try {
        put = writeNow(handle, source, wanted, position);
      } catch (RuntimeException e) {
        // A closed arena's buffer, or one of another thread.
        handle.file().syncOrder.endWrite(epoch);
        return Reads.failedInline(handle, e);
      }
      moved = put < 0 ? ~put : put;
      handle.context().counters().bytesWritten.add(moved);
      if (put == wanted) {
        source.position(source.position() + wanted);
        handle.file().syncOrder.endWrite(epoch);
        return Reads.doneInline(handle, wanted);
      }
    }
    WriteTransfer transfer = new WriteTransfer(handle, source, position, moved, epoch);
    return batch == null ? transfer.start() : batch.add(transfer);
  }

  private static int writeNow(FileHandle handle, ByteBuffer source, int wanted, long position) {
    if (source.isDirect() && ArenaBuffers.isStable(source)) {
      return handle.backend().writeNow(source, source.position(), wanted, position);
    }
    if (!handle.backend().isWriteNowWorthTrying(wanted, position)) {
      return -1;
    }
    RequestGate gate = handle.context().gate();
    ByteBuffer stage = gate.take(wanted);
    if (stage == null || stage.capacity() < wanted) {
      if (stage != null) {
        gate.giveBack(stage);
      }
      return -1;
    }
    try {
      stage.put(0, source, source.position(), wanted);
      return handle.backend().writeNow(stage, 0, wanted, position);
    } finally {
      gate.giveBack(stage);
    }
  }

  /** Writes all of a buffer to a file that is not seekable. */
  static AioFuture<Integer> sequential(FileHandle handle, ByteBuffer source) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    handle.context().counters().submitted.increment();
    if (!source.hasRemaining()) {
      return Reads.doneInline(handle, 0);
    }
    return handle.startWaiting(new SequentialTransfers.Write(handle, source, handle.beginWrite()));
  }
}
