package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.Alignment;
import io.aiofile.spi.Opcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A positional read, in as many passes as it takes: straight into the caller's memory where the
 * kernel may have its address, else through pooled memory, which also makes unaligned reads of an
 * O_DIRECT file possible.
 */
final class ReadTransfer<T extends @Nullable Object> extends FileOperation<T> {

  /** When a read is satisfied. */
  enum Goal {
    /** When the kernel gave less than it was asked for. */
    ONE_PASS,
    /** When everything is there, or the end of the file was seen. */
    FILL,
    /** When everything is there; the end of the file is an error. */
    EXACT
  }

  private final ReadSink<T> sink;
  private final Goal goal;
  private final long position;
  private final long wanted;
  private final @Nullable ByteBuffer straight;
  private final Alignment alignment;

  private @Nullable ByteBuffer stage;
  private long moved;
  private int skip;
  private boolean endSeen;

  ReadTransfer(
      FileHandle handle, ReadSink<T> sink, Goal goal, long position, long wanted, long moved) {
    super(Opcode.READ, handle);
    this.sink = sink;
    this.goal = goal;
    this.position = position;
    this.wanted = wanted;
    this.moved = moved;
    this.alignment = handle.file().backend.alignment();
    this.straight = sink.straight(alignment, position + moved);
  }

  @Override
  String name() {
    return "read";
  }

  @Override
  Failure what() {
    return Errors.transfer(name(), handle)
        .at(position, wanted == Long.MAX_VALUE ? 0 : wanted, moved);
  }

  @Override
  boolean ownsMemory() {
    return sink.ownsMemory();
  }

  @Override
  long stageBytes() {
    if (straight != null) {
      return 0;
    }
    return roundUp((position + moved) % alignment.offset() + Math.min(wanted - moved, 1 << 30));
  }

  @Override
  void prepare(@Nullable ByteBuffer pooled) {
    stage = pooled;
    nextPass();
  }

  private void nextPass() {
    long at = position + moved;
    long left = wanted - moved;
    int most = handle.file().backend.transferBytesMax();
    if (straight != null) {
      range(straight, sink.index() + (int) moved, at, Math.min(left, most));
      return;
    }
    ByteBuffer pooled = java.util.Objects.requireNonNull(stage);
    skip = (int) (at % alignment.offset());
    long reach = Math.min(Math.min(left, 1 << 30) + skip, Math.min(most, pooled.capacity()));
    range(pooled, 0, at - skip, roundUp(reach));
  }

  private long roundUp(long bytes) {
    int unit = alignment.offset();
    return (bytes + unit - 1) / unit * unit;
  }

  @Override
  protected boolean advance(long transferred) {
    long useful = transferred;
    if (straight == null) {
      useful = Math.max(0, Math.min(transferred - skip, wanted - moved));
      sink.take(buffer(), skip, (int) useful, moved);
    }
    moved += useful;
    handle.context().counters().bytesRead.add(useful);
    boolean shortPass = transferred < length();
    // O_DIRECT gives less than whole units only at the end, and could not go on from there.
    endSeen =
        transferred == 0
            || useful == 0
            || (shortPass && transferred % alignment.offset() != 0 && !alignment.isNone());
    if (moved == wanted || endSeen || isCancelAsked() || (goal == Goal.ONE_PASS && shortPass)) {
      return false;
    }
    nextPass();
    return true;
  }

  @Override
  void settleAccounts(boolean asked) {
    sink.advance(moved);
  }

  @Override
  T result() throws Exception {
    if (goal == Goal.EXACT && moved < wanted) {
      throw Errors.endOfFile(what());
    }
    return sink.result(moved, moved == 0 && wanted > 0);
  }
}
