package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.Alignment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of a {@link SequentialWriter} between its callers and the file: filled by one call at
 * a time, written one at a time and in order, so that what is in the file is always all there is up
 * to some place.
 *
 * <p>A write that failed stays the first one: the failure is told to the next call, and the call
 * after that has it tried again from where it stopped.
 *
 * <p>The buffers are the writer's own, not the context's pool's: one that is half full may lie idle
 * for as long as the caller likes, and operations that wait for pooled memory count on its coming
 * back.
 */
final class WriteBehind {

  private final AsyncFile file;
  private final CompletionExecutor executor;
  private final int unit;
  private final int buffersMax;

  // All guarded by this.
  private final StreamBuffers allocator;
  private final ArrayDeque<ByteBuffer> full = new ArrayDeque<>(); // the first one is being written
  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private @Nullable ByteBuffer filling;
  private int buffers;
  private boolean writing;
  private boolean stopped; // by a failure, until a call that comes after the one that is told
  private long taken;
  private long written;
  private @Nullable Throwable untold;
  private @Nullable Waiting waiting;

  WriteBehind(AsyncFile file, WriterOptions options) {
    Alignment alignment = file.handle().backend().alignment();
    this.file = file;
    this.executor = file.handle().executor();
    this.unit = alignment.offset();
    if (options.startPosition() % unit != 0) {
      throw new IllegalArgumentException(
          "position "
              + options.startPosition()
              + ": O_DIRECT needs position and length in multiples of "
              + unit);
    }
    this.buffersMax = options.buffersInFlight();
    int bufferBytes = (options.bufferBytes() + unit - 1) / unit * unit;
    this.allocator = new StreamBuffers(file, bufferBytes, buffersMax);
    this.taken = options.startPosition();
    this.written = taken;
  }

  /** Where the next byte goes. */
  synchronized long position() {
    return taken;
  }

  // ---- what calls do, one at a time

  /** Takes all of a buffer in; the result is the bytes. */
  AioFuture<Integer> take(ByteBuffer source) {
    int length = source.remaining();
    boolean taken = resumedAndTaken(source, length);
    writeOn();
    if (taken) {
      return AioFuture.done(executor, length);
    }
    return new AsyncLoop<@Nullable Void, Integer>(executor, file.context().options().sliceBytes()) {
      private int copied;

      @Override
      AioFuture<@Nullable Void> step() {
        return room();
      }

      @Override
      boolean take(@Nullable Void nothing) {
        copied = copy(source);
        writeOn();
        return source.hasRemaining();
      }

      @Override
      long cost(@Nullable Void nothing) {
        return copied;
      }

      @Override
      Integer result() {
        return length;
      }
    }.start();
  }

  /** A call begins: the straight way where the buffer that is being filled stays one. */
  private synchronized boolean resumedAndTaken(ByteBuffer source, int length) {
    if (untold != null) {
      return false;
    }
    stopped = false;
    if (filling == null || filling.remaining() <= length) {
      return false;
    }
    copy(source);
    return true;
  }

  /** Done when there is a buffer with room; fails with what was not told yet. */
  private AioFuture<@Nullable Void> room() {
    Waiting wait;
    synchronized (this) {
      Throwable failure = tell();
      if (failure != null) {
        return AioFuture.failed(executor, failure);
      }
      if (filling == null) {
        filling = free.pollFirst();
      }
      if (filling == null && buffers < buffersMax) {
        try {
          filling = allocator.next();
          buffers++;
        } catch (OutOfMemoryError e) {
          if (buffers == 0) {
            return AioFuture.failed(executor, e);
          }
          // One of those there are will come back.
        }
      }
      if (filling != null) {
        return AioFuture.done(executor, null);
      }
      wait = new Waiting(Waiting.Until.ROOM);
      waiting = wait;
    }
    return wait.promise;
  }

  private synchronized int copy(ByteBuffer source) {
    ByteBuffer target = filling;
    if (target == null) {
      return 0; // a buffer came back, and is not yet the one to fill
    }
    int count = Math.min(target.remaining(), source.remaining());
    target.put(target.position(), source, source.position(), count);
    target.position(target.position() + count);
    source.position(source.position() + count);
    taken += count;
    if (!target.hasRemaining()) {
      full.addLast(target.flip());
      filling = null;
    }
    return count;
  }

  /** Writes what was taken; of an O_DIRECT file, whole units of it. */
  AioFuture<@Nullable Void> drain() {
    Waiting wait = new Waiting(Waiting.Until.EMPTY);
    wait.promise.hide();
    Throwable failure;
    synchronized (this) {
      failure = tell();
      if (failure == null) {
        handOver();
        stopped = false;
        waiting = wait;
      }
    }
    if (failure != null) {
      wait.promise.settleOnce(null, failure);
    } else {
      wakeIfDue();
      writeOn();
    }
    return wait.promise.show();
  }

  /** Puts what is being filled among what is to be written, but for a part of a unit. */
  private void handOver() {
    ByteBuffer last = filling;
    if (last == null || last.position() < unit) {
      return;
    }
    int tail = last.position() % unit;
    ByteBuffer rest = null;
    if (tail > 0) {
      rest = free.pollFirst();
      if (rest == null) {
        rest = allocator.next();
        buffers++; // for once more than the most, until the other one is written
      }
      rest.put(0, last, last.position() - tail, tail).position(tail);
      last.position(last.position() - tail);
    }
    filling = rest;
    full.addLast(last.flip());
  }

  /** Fails if there is a part of a unit left that O_DIRECT can't write. */
  synchronized AioFuture<@Nullable Void> checkNoTail() {
    Throwable failure = tail();
    return failure == null ? AioFuture.done(executor, null) : AioFuture.failed(executor, failure);
  }

  private @Nullable Throwable tail() {
    if (unit == 1 || filling == null || filling.position() == 0) {
      return null;
    }
    return new FileIoException(
        Failure.of("write", file.path()).at(written, filling.position(), 0),
        "the last " + filling.position() + " bytes are no whole unit",
        "O_DIRECT needs position and length in multiples of " + unit,
        null);
  }

  /**
   * Writes what was taken, and drops what can't be. Its failure, or else that of a tail, is the
   * last to be told. What is asked of the future does not keep this from being done.
   */
  AioFuture<@Nullable Void> end() {
    Promise<@Nullable Void> ended = new Promise<>(executor);
    ended.hide();
    drain()
        .onRelease(
            (nothing, failure) -> {
              Throwable last = failure;
              synchronized (this) {
                if (last == null) {
                  last = tail();
                }
                full.clear();
                free.clear();
                allocator.drop();
                filling = null;
              }
              ended.settle(null, last);
            });
    return ended.show();
  }

  /** The failure that no call has seen yet; from here on one has. Under the lock. */
  private @Nullable Throwable tell() {
    Throwable failure = untold;
    untold = null;
    return failure;
  }

  // ---- writing

  /** Writes the first full buffer unless that is done already, and goes on while it is inline. */
  private void writeOn() {
    while (true) {
      ByteBuffer first;
      long position;
      synchronized (this) {
        first = full.peekFirst();
        if (writing || stopped || first == null) {
          return;
        }
        writing = true;
        position = written;
      }
      int length = first.remaining();
      AioFuture<Integer> write;
      try {
        write = SequentialWriter.write(file, first, position);
      } catch (RuntimeException e) {
        write = AioFuture.failed(executor, e);
      }
      AtomicInteger meeting = new AtomicInteger();
      write.onRelease(
          (count, failure) -> {
            wrote(first, length - first.remaining(), failure);
            if (meeting.getAndIncrement() == 1) {
              writeOn();
            }
          });
      if (meeting.getAndIncrement() == 0) {
        return; // its release goes on
      }
    }
  }

  private void wrote(ByteBuffer buffer, int count, @Nullable Throwable failure) {
    synchronized (this) {
      writing = false;
      written += count;
      if (failure != null) {
        untold = failure;
        stopped = true;
      } else {
        full.pollFirst();
        if (free.size() + full.size() + (filling == null ? 0 : 1) < buffersMax) {
          free.addLast(buffer.clear());
        } else {
          buffers--;
        }
      }
    }
    wakeIfDue();
  }

  private void wakeIfDue() {
    Waiting due;
    Throwable failure;
    synchronized (this) {
      due = waiting;
      if (due == null || (untold == null && !isDue(due))) {
        return;
      }
      waiting = null;
      failure = tell();
    }
    due.promise.settleOnce(null, failure);
  }

  private boolean isDue(Waiting wait) {
    return switch (wait.until) {
      case ROOM -> !free.isEmpty() || buffers < buffersMax;
      case EMPTY -> full.isEmpty() && !writing;
    };
  }

  /** A call that waits; giving it up ends it at once, as nobody's memory is in this. */
  private final class Waiting implements Promise.Request {

    /** For what. */
    enum Until {
      ROOM,
      EMPTY
    }

    final Until until;
    final Promise<@Nullable Void> promise = new Promise<>(executor, this);

    Waiting(Until until) {
      this.until = until;
    }

    @Override
    public void giveUp() {
      synchronized (WriteBehind.this) {
        if (waiting == this) {
          waiting = null;
        }
      }
      promise.settleOnce(null, null);
    }
  }
}
