package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.ReadTransfer.Goal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies one open file into another: some buffers at once, each read at its own position and
 * written there, so that reading and writing overlap.
 */
final class FileCopy implements Promise.Request {

  private static final int BUFFERS = 4;
  private static final int BUFFER_BYTES = 256 << 10;

  private final AsyncFile source;
  private final AsyncFile target;
  private final CompletionExecutor executor;
  private final Promise<Long> promise;

  // All guarded by this.
  private final List<AioFuture<?>> running = new ArrayList<>();
  private int lanes;
  private long nextPosition;
  private long copied;
  private boolean ending;
  private @Nullable Throwable failure;

  FileCopy(AsyncFile source, AsyncFile target) {
    this.source = source;
    this.target = target;
    this.executor = source.handle().executor();
    this.promise = new Promise<>(executor, this);
  }

  /** Refuses to copy a file onto itself, which would cut it to length 0 first. */
  static AioFuture<@Nullable Void> refuseSame(
      CompletionExecutor executor, Path source, Path target) {
    Promise<@Nullable Void> checked = new Promise<>(executor);
    executor.execute(
        () -> {
          Throwable refusal = null;
          try {
            if (Files.exists(target) && Files.isSameFile(source, target)) {
              refusal =
                  new FileIoException(
                      Failure.of("copy", source), target + " is the same file", null, null);
            }
          } catch (IOException | RuntimeException e) {
            refusal = e;
          }
          checked.settle(null, refusal);
        });
    return checked;
  }

  AioFuture<Long> start() {
    if (!source.isSeekable() || !target.isSeekable() || target.mode().appending()) {
      return new InSequence().start();
    }
    List<Lane> ready = new ArrayList<>();
    AsyncFile direct = source.offsetAlignment() > 1 ? source : target;
    StreamBuffers buffers = new StreamBuffers(direct, BUFFER_BYTES, BUFFERS);
    for (int i = 0; i < BUFFERS; i++) {
      ready.add(new Lane(buffers.next()));
    }
    synchronized (this) {
      lanes = ready.size();
    }
    // Cached reads are done inline: not on the caller's thread, where this loop has no end.
    for (Lane lane : ready) {
      AioFuture<?> run = lane.startElsewhere();
      synchronized (this) {
        running.add(run);
      }
      run.onRelease((nothing, thrown) -> laneEnded(thrown));
    }
    return promise;
  }

  private void laneEnded(@Nullable Throwable thrown) {
    synchronized (this) {
      if (thrown != null) {
        ending = true;
        if (failure == null) {
          failure = thrown;
        }
      }
      if (--lanes > 0) {
        return;
      }
    }
    promise.settle(copied, failure);
  }

  @Override
  public void giveUp() {
    List<AioFuture<?>> toAsk;
    synchronized (this) {
      ending = true;
      toAsk = List.copyOf(running);
    }
    toAsk.forEach(each -> each.cancel(false));
  }

  /** The next piece's position; negative when there is none. */
  private synchronized long claim() {
    if (ending) {
      return -1;
    }
    long position = nextPosition;
    nextPosition += BUFFER_BYTES;
    return position;
  }

  private synchronized void moved(int bytes, boolean endSeen) {
    copied += bytes;
    ending |= endSeen;
  }

  /** One buffer: reads a piece, writes it, and claims the next. */
  private final class Lane extends AsyncLoop<Integer, @Nullable Void> {
    private final ByteBuffer buffer;
    private long position;
    private boolean reading = true;

    Lane(ByteBuffer buffer) {
      super(executor, Long.MAX_VALUE);
      this.buffer = buffer;
    }

    @Override
    AioFuture<Integer> step() {
      if (!reading) {
        return target.writeAsync(buffer.flip(), position);
      }
      position = claim();
      if (position < 0) {
        return AioFuture.done(executor, -1);
      }
      return Reads.into(source.handle(), buffer.clear(), position, Goal.FILL);
    }

    @Override
    boolean take(Integer count) {
      if (reading) {
        reading = false;
        return count > 0;
      }
      reading = true;
      moved(count, count < BUFFER_BYTES);
      return true;
    }

    @Override
    long cost(Integer count) {
      return 0;
    }

    @Override
    @Nullable Void result() {
      return null;
    }
  }

  /** What comes, in its order: from or to a FIFO, or a file opened for append. */
  private final class InSequence extends AsyncLoop<Integer, Long> {
    private final BinaryFile in = new BinaryFile(source);
    private final SequentialWriter out = new SequentialWriter(target, 0);

    InSequence() {
      super(executor, source.context().options().sliceBytes());
    }

    @Override
    AioFuture<Integer> step() {
      return Chain.then(in.readAsync(BUFFER_BYTES), out::writeAsync);
    }

    @Override
    boolean take(Integer count) {
      return count > 0;
    }

    @Override
    long cost(Integer count) {
      return count;
    }

    @Override
    Long result() {
      return out.position();
    }
  }
}
