package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.Alignment;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A write of a whole buffer, in as many passes as it takes: straight from the caller's memory where
 * the kernel may have its address, else through pooled memory.
 */
class WriteTransfer extends FileOperation<Integer> {

  private final ByteBuffer source;
  private final int start;
  private final int wanted;
  private final long position;
  private final @Nullable ByteBuffer straight;
  private final SyncOrder.Epoch epoch;

  private @Nullable ByteBuffer stage;
  private int moved;

  /**
   * A write of a buffer's remaining bytes.
   *
   * @param position in the file, or {@link Operation#SEQUENTIAL}
   * @param moved bytes that were written inline already
   * @param epoch that this write belongs to
   */
  WriteTransfer(
      FileHandle handle, ByteBuffer source, long position, int moved, SyncOrder.Epoch epoch) {
    super(Opcode.WRITE, handle);
    this.source = source;
    this.start = source.position();
    this.wanted = source.remaining();
    this.position = position;
    this.moved = moved;
    this.epoch = epoch;
    this.straight = isStraight(handle.file().backend.alignment()) ? source : null;
  }

  private boolean isStraight(Alignment alignment) {
    return source.isDirect()
        && ArenaBuffers.isStable(source)
        && (alignment.isNone() || source.alignmentOffset(start, alignment.memory()) == 0);
  }

  @Override
  String name() {
    return "write";
  }

  @Override
  Failure what() {
    return Errors.transfer(name(), handle).at(position, wanted, moved);
  }

  @Override
  long stageBytes() {
    return straight != null ? 0 : wanted - moved;
  }

  @Override
  void prepare(@Nullable ByteBuffer pooled) {
    stage = pooled;
    nextPass();
  }

  private void nextPass() {
    long at = position == SEQUENTIAL ? SEQUENTIAL : position + moved;
    int most = Math.min(wanted - moved, handle.file().backend.transferBytesMax());
    if (straight != null) {
      range(straight, start + moved, at, most);
      return;
    }
    ByteBuffer pooled = Objects.requireNonNull(stage);
    int count = Math.min(most, pooled.capacity());
    pooled.put(0, source, start + moved, count);
    range(pooled, 0, at, count);
  }

  @Override
  protected boolean advance(long transferred) {
    if (transferred == 0) {
      // No errno and no progress: going on could go on for ever.
      throw new UncheckedIOException(new IOException("the kernel wrote nothing"));
    }
    moved += (int) transferred;
    handle.context().counters().bytesWritten.add(transferred);
    if (moved == wanted || isCancelAsked()) {
      return false;
    }
    nextPass();
    return true;
  }

  @Override
  void settleAccounts(boolean asked) {
    handle.file().syncOrder.endWrite(epoch);
    source.position(start + moved);
  }

  @Override
  Integer result() {
    return moved;
  }
}
