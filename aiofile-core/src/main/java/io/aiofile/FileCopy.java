package io.aiofile;

import io.aiofile.FileIoException.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies one open file into another: as far as the kernel does it by itself ({@link KernelCopy}),
 * and from there on with buffers. Files without positions, and those opened for append, are copied
 * in sequence.
 */
final class FileCopy implements Promise.Request {

  private static final int BUFFER_BYTES = 1 << 20;
  private static final int READ_AHEAD = 1;

  private final AsyncFile source;
  private final AsyncFile target;
  private final CompletionExecutor executor;
  private final Promise<Long> promise;
  private volatile @Nullable AioFuture<?> underWay;

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
    if (target.handle().backend().isCopyWorthTrying(source.handle().backend())) {
      KernelCopy copy = new KernelCopy(source.handle(), target.handle());
      // Whether it ended or failed: with buffers the same is met, and told.
      then(copy.start(), (end, thrown) -> seeWhetherThereIsMore(copy.position()));
    } else {
      goOnWithBuffers(0);
    }
    return promise;
  }

  /** The kernel's word for the end is not taken: it has said 0 before there was none left. */
  private void seeWhetherThereIsMore(long position) {
    if (promise.isAsked()) {
      promise.settle(null, null);
      return;
    }
    then(
        Reads.bytes(source.handle(), position, 1, bytes -> bytes),
        (bytes, thrown) -> {
          if (promise.isAsked() || (bytes != null && bytes.length == 0)) {
            promise.settle(position, null);
          } else {
            goOnWithBuffers(position);
          }
        });
  }

  private void goOnWithBuffers(long position) {
    // Not on a thread that completes operations: short ones are done inline.
    then(new WithBuffers(position).startElsewhere(), promise::settle);
  }

  /** One part behind the other; asked to end if this is. */
  private <T extends @Nullable Object> void then(
      AioFuture<T> part, BiConsumer<@Nullable T, @Nullable Throwable> next) {
    underWay = part;
    if (promise.isAsked()) {
      part.cancel(false);
    }
    part.onRelease(
        (value, thrown) -> {
          try {
            next.accept(value, thrown);
          } catch (Throwable e) {
            promise.settle(null, e);
          }
        });
  }

  @Override
  public void giveUp() {
    AioFuture<?> part = underWay;
    if (part != null) {
      part.cancel(false);
    }
  }

  /**
   * Reads ahead, and writes one buffer at a time, in order: several writes at once wait for each
   * other in the kernel, where files have one lock (ADR 13).
   */
  private final class WithBuffers extends AsyncLoop<Integer, Long> {
    private final DirectChunkReader reader;
    private long position;

    WithBuffers(long position) {
      super(executor, source.context().options().sliceBytes());
      this.position = position;
      this.reader =
          new DirectChunkReader(
              source,
              source.offsetAlignment() > 1 ? source : target,
              ChunkOptions.defaults()
                  .withChunkBytes(BUFFER_BYTES)
                  .withReadAhead(READ_AHEAD)
                  .withStartPosition(position));
    }

    @Override
    AioFuture<Integer> step() {
      return Chain.then(
          reader.readChunkAsync(),
          chunk ->
              chunk == null ? AioFuture.done(executor, 0) : target.writeAsync(chunk, position));
    }

    @Override
    boolean take(Integer count) {
      position += count;
      return count > 0;
    }

    @Override
    long cost(Integer count) {
      return count;
    }

    @Override
    void abandoned() {
      reader.close();
    }

    @Override
    Long result() {
      return position;
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
