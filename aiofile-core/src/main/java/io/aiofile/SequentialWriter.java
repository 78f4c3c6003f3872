package io.aiofile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes one buffer behind the other, from a position on, or at the end of a file opened for
 * append, or into a file that is not seekable.
 *
 * <p>Calls are served in their order, so they need not be awaited one by one. After a write that
 * failed the position is where that write began, and later calls go on from there: await, or look
 * at each future.
 *
 * <p>Threads: all methods may be called from any thread; only {@link #close()} blocks.
 *
 * <p>Does not close the file, and does not buffer.
 */
public final class SequentialWriter implements AutoCloseable {

  private final AsyncFile file;
  private final CallQueue calls;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile long position;

  /**
   * A writer.
   *
   * @param file open for writing; stays the caller's to close
   * @param position in bytes, 0 or more; for a file opened for append or not seekable, only the
   *     number that {@link #position()} counts from
   */
  public SequentialWriter(AsyncFile file, long position) {
    if (!file.mode().writable()) {
      throw new NonWritableChannelException();
    }
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    this.file = file;
    this.position = position;
    this.calls = new CallQueue(file.handle().executor());
  }

  /**
   * Writes all of a buffer behind what was written before.
   *
   * @param source its remaining bytes; not to be changed until the future is done
   * @return the bytes written, always all
   */
  public AioFuture<Integer> writeAsync(ByteBuffer source) {
    return inOrder(() -> calls.call(() -> write(file, source, position), this::moved));
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the call whose turn it is moves the position
  private Integer moved(Integer bytes) {
    position += bytes;
    return bytes;
  }

  /**
   * Writes all of an array behind what was written before.
   *
   * @param source not to be changed until the future is done
   * @return the bytes written, always all
   */
  public AioFuture<Integer> writeAsync(byte[] source) {
    return writeAsync(ByteBuffer.wrap(source));
  }

  /** Writes where a cursor of this file stands. */
  static AioFuture<Integer> write(AsyncFile file, ByteBuffer source, long position) {
    if (!file.isSeekable()) {
      return Writes.sequential(file.handle(), source);
    }
    if (file.mode().appending()) {
      return file.appendAsync(source);
    }
    return file.writeAsync(source, position);
  }

  /**
   * Makes durable what was written before (fdatasync).
   *
   * @return done when the device has it
   */
  public AioFuture<@Nullable Void> flushAsync() {
    return inOrder(() -> calls.call(file::dataSyncAsync));
  }

  private <T extends @Nullable Object> AioFuture<T> inOrder(Supplier<AioFuture<T>> call) {
    if (closed.get()) {
      return AioFuture.failed(calls.executor(), new ClosedChannelException());
    }
    return call.get();
  }

  /** {@return where the next write goes, after the last one completed, in bytes} */
  public long position() {
    return position;
  }

  /**
   * Refuses further calls and waits for those before. The file stays open.
   *
   * @return done when they are over, whether they worked or not
   */
  public AioFuture<@Nullable Void> closeAsync() {
    closed.set(true);
    return calls.call(() -> AioFuture.done(calls.executor(), null));
  }

  /**
   * Refuses further calls and waits for those before: see {@link #closeAsync()}.
   *
   * @throws IOException if it took longer than {@link AioOptions#closeTimeout()}
   */
  @Override
  public void close() throws IOException {
    Closing.await(
        closeAsync(), "the writer of " + file.path(), file.context().options().closeTimeout());
  }
}
