package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.ReadTransfer.Goal;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Starts positional reads: on the caller's thread as far as the inline lane gets, and the rest, if
 * any, as a {@link ReadTransfer}.
 */
final class Reads {

  private Reads() {}

  /** Reads into the caller's buffer. */
  static AioFuture<Integer> into(FileHandle handle, ByteBuffer target, long position, Goal goal) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    handle.context().counters().submitted.increment();
    int wanted = target.remaining();
    if (wanted == 0) {
      return doneInline(handle, 0);
    }
    if (isBeyondFiles(position, wanted)) {
      return goal == Goal.EXACT
          ? failedInline(handle, endOfFile(handle, position, wanted, 0))
          : doneInline(handle, -1);
    }
    ReadSink.IntoBuffer sink = null;
    int moved = 0;
    if (wanted <= handle.context().options().inlineReadBytes() && isInline(handle)) {
      // The straight way without a transfer object: this is what a cached read costs.
      if (target.isDirect() && ArenaBuffers.isStable(target)) {
        int start = target.position();
        int got = readNow(handle, target, start, wanted, position);
        moved = got < 0 ? ~got : got;
        if (got >= 0 && (got == wanted || goal != Goal.EXACT)) {
          target.position(start + got);
          handle.context().counters().bytesRead.add(got);
          return doneInline(handle, got == 0 ? -1 : got);
        }
        if (got >= 0) {
          target.position(start + got);
          return failedInline(handle, endOfFile(handle, position, wanted, got));
        }
      } else {
        sink = new ReadSink.IntoBuffer(target);
        return inline(handle, sink, goal, position, wanted, null);
      }
    }
    handle.context().counters().bytesRead.add(moved);
    sink = new ReadSink.IntoBuffer(target);
    return new ReadTransfer<>(handle, sink, goal, position, wanted, moved).start();
  }

  /** A lane that throws has done nothing: the slow path will tell. */
  private static int readNow(
      FileHandle handle, ByteBuffer target, int index, int length, long position) {
    try {
      return handle.backend().readNow(target, index, length, position);
    } catch (RuntimeException e) {
      return -1;
    }
  }

  /** Reads into an array of the library's own, and makes the result of it. */
  static <T> AioFuture<T> bytes(
      FileHandle handle, long position, long wanted, ReadSink.IntoBytes.Finish<T> finish) {
    return bytes(handle, position, new ReadSink.IntoBytes<>(wanted, finish), wanted, null);
  }

  /**
   * Reads into an array of the library's own.
   *
   * @param room is filled, and is the result but for the end of the file, if it is not null; a read
   *     that is given up may still write into it
   * @param batch takes what is not done inline, and is to be sent
   */
  static AioFuture<byte[]> bytes(
      FileHandle handle, long position, int wanted, byte @Nullable [] room, Batch batch) {
    ReadSink.IntoBytes<byte[]> sink =
        room == null
            ? new ReadSink.IntoBytes<>(wanted, bytes -> bytes)
            : new ReadSink.IntoBytes<>(room, bytes -> bytes);
    return bytes(handle, position, sink, wanted, batch);
  }

  /**
   * Fills a direct buffer of the library's own up to its limit, and has it as the result, with the
   * limit where the bytes end; a read that is given up may still write into it.
   *
   * @param batch takes what is not done inline, and is to be sent
   */
  static AioFuture<ByteBuffer> lent(
      FileHandle handle, long position, ByteBuffer lent, Batch batch) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    return fill(handle, new ReadSink.IntoLent(lent), position, lent.limit(), batch);
  }

  private static <T> AioFuture<T> bytes(
      FileHandle handle,
      long position,
      ReadSink.IntoBytes<T> sink,
      long wanted,
      @Nullable Batch batch) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    return fill(handle, sink, position, wanted, batch);
  }

  /**
   * Reads into memory of the library's own, in a handle that was entered.
   *
   * @param batch takes what is not done inline, and is to be sent; null to start it now
   */
  static <T extends @Nullable Object> AioFuture<T> fill(
      FileHandle handle, ReadSink<T> sink, long position, long wanted, @Nullable Batch batch) {
    handle.context().counters().submitted.increment();
    if (isBeyondFiles(position, wanted)) {
      return inline(handle, sink, Goal.FILL, position, 0, batch);
    }
    boolean untold = wanted == Long.MAX_VALUE;
    if (isInline(handle) && (untold || wanted <= handle.context().options().inlineReadBytes())) {
      return inline(handle, sink, Goal.FILL, position, wanted, batch);
    }
    return begin(new ReadTransfer<>(handle, sink, Goal.FILL, position, wanted, 0), batch);
  }

  private static <T extends @Nullable Object> AioFuture<T> begin(
      ReadTransfer<T> transfer, @Nullable Batch batch) {
    return batch == null ? transfer.start() : batch.add(transfer);
  }

  /** Whether a range ends beyond 2^63-1, where no file does; the kernel would say EINVAL. */
  private static boolean isBeyondFiles(long position, long wanted) {
    return position > Long.MAX_VALUE - Math.min(wanted, 1L << 31);
  }

  private static boolean isInline(FileHandle handle) {
    return handle.backend().alignment().isNone();
  }

  /** Inline passes, one slice at most: straight where the sink has memory for that, else staged. */
  private static <T extends @Nullable Object> AioFuture<T> inline(
      FileHandle handle,
      ReadSink<T> sink,
      Goal goal,
      long position,
      long wanted,
      @Nullable Batch batch) {
    AioOptions options = handle.context().options();
    long moved = 0;
    boolean whole = wanted == 0;
    if (!whole) {
      RequestGate gate = handle.context().gate();
      ByteBuffer straight = sink.straight(handle.backend().alignment(), position);
      int first = straight == null ? 0 : sink.index();
      ByteBuffer stage =
          straight == null ? gate.take(Math.min(wanted, options.inlineReadBytes())) : straight;
      if (stage != null) {
        try {
          int budget = options.sliceBytes();
          while (budget > 0 && !whole) {
            int at = straight == null ? 0 : first + (int) moved;
            int ask = (int) Math.min(wanted - moved, stage.capacity() - at);
            int got = handle.backend().readNow(stage, at, ask, position + moved);
            int count = got < 0 ? ~got : got;
            if (straight == null) {
              sink.take(stage, 0, count, moved);
            }
            moved += count;
            budget -= count;
            if (got < 0) {
              break;
            }
            whole = moved == wanted || got < ask;
          }
        } catch (Throwable e) {
          // A closed arena's buffer, an array too long: the read is over, and nothing is in flight.
          sink.advance(moved);
          return failedInline(handle, Errors.describe(what(handle, position, wanted, moved), e));
        } finally {
          if (straight == null) {
            gate.giveBack(stage);
          }
        }
      }
    }
    handle.context().counters().bytesRead.add(moved);
    if (!whole) {
      return begin(new ReadTransfer<>(handle, sink, goal, position, wanted, moved), batch);
    }
    sink.advance(moved);
    try {
      if (goal == Goal.EXACT && moved < wanted) {
        return failedInline(handle, endOfFile(handle, position, wanted, moved));
      }
      return doneInline(handle, sink.result(moved, moved == 0 && wanted > 0));
    } catch (Throwable e) {
      return failedInline(handle, Errors.describe(what(handle, position, wanted, moved), e));
    }
  }

  private static Throwable endOfFile(FileHandle handle, long position, long wanted, long moved) {
    return Errors.endOfFile(what(handle, position, wanted, moved));
  }

  private static Failure what(FileHandle handle, long position, long wanted, long moved) {
    long length = wanted == Long.MAX_VALUE ? 0 : wanted;
    return Errors.transfer("read", handle).at(position, length, moved);
  }

  static <T extends @Nullable Object> AioFuture<T> doneInline(FileHandle handle, T value) {
    handle.context().counters().completed.increment();
    handle.exit();
    return AioFuture.done(handle.executor(), value);
  }

  static <T extends @Nullable Object> AioFuture<T> failedInline(
      FileHandle handle, Throwable failure) {
    handle.context().counters().failed.increment();
    handle.exit();
    return AioFuture.failed(handle.executor(), failure);
  }

  /** What has arrived at a file that is not seekable, up to so many bytes; none at the end. */
  static AioFuture<byte[]> sequential(FileHandle handle, int lengthMax) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    handle.context().counters().submitted.increment();
    if (lengthMax == 0) {
      return doneInline(handle, new byte[0]);
    }
    byte[] unread = handle.file().takeUnread(lengthMax);
    if (unread != null) {
      return doneInline(handle, unread);
    }
    return handle.startWaiting(new SequentialTransfers.Read(handle, lengthMax));
  }
}
