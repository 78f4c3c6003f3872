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
 * <p>Calls are served in their order, so they need not be awaited one by one.
 *
 * <p>Made with a position it does not buffer: after a write that failed the position is where that
 * write began, and later calls go on from there: await, or look at each future.
 *
 * <p>Made with {@link WriterOptions} it <b>writes behind</b>: a write is done when its bytes are
 * copied to a buffer of the writer's, so that the caller's is free at once; full buffers are
 * written one behind the other, never two at a time, so that the file has everything up to some
 * place and nothing behind it. Where all buffers are full, a write waits.
 *
 * <ul>
 *   <li>A failure to write is delivered once: by the next call, be it a write, which has then taken
 *       what its source's position says, a flush, or the close. Nothing is skipped: a call after
 *       that tries again from where it stopped; the close drops what it can't write.
 *   <li>{@link #flushAsync} writes all that was taken, and makes it durable.
 *   <li>{@link #closeAsync} writes all that was taken. It is a must, as without it the last bytes
 *       stay behind; and it goes before the file's.
 *   <li>A cancelled write has taken what its source's position says.
 *   <li>O_DIRECT: whole units of {@link AsyncFile#offsetAlignment} are written. With a part of one
 *       at the end flush and close fail, once everything before it is written (and durable, for
 *       flush), with the number of bytes that are left. After a flush they stay, for more to come.
 * </ul>
 *
 * <p>Threads: all methods may be called from any thread; only {@link #close()} blocks.
 *
 * <p>Does not close the file.
 */
public final class SequentialWriter implements AutoCloseable {

  private final AsyncFile file;
  private final CallQueue calls;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final @Nullable WriteBehind behind;
  private volatile long position;

  /**
   * A writer that does not buffer.
   *
   * @param file open for writing; stays the caller's to close
   * @param position in bytes, 0 or more; for a file opened for append or not seekable, only the
   *     number that {@link #position()} counts from
   */
  public SequentialWriter(AsyncFile file, long position) {
    checkWritable(file);
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    this.file = file;
    this.position = position;
    this.behind = null;
    this.calls = new CallQueue(file.handle());
  }

  /**
   * A writer that writes behind.
   *
   * @param file open for writing; stays the caller's to close, after the writer
   * @param options its buffers, and where it starts
   */
  public SequentialWriter(AsyncFile file, WriterOptions options) {
    checkWritable(file);
    this.file = file;
    this.behind = new WriteBehind(file, options);
    this.calls = new CallQueue(file.handle());
  }

  private static void checkWritable(AsyncFile file) {
    if (!file.mode().writable()) {
      throw new NonWritableChannelException();
    }
  }

  /**
   * Writes all of a buffer behind what was written before.
   *
   * @param source its remaining bytes; not to be changed until the future is done
   * @return the bytes written, or, when writing behind, taken; always all
   */
  public AioFuture<Integer> writeAsync(ByteBuffer source) {
    WriteBehind buffers = behind;
    if (buffers != null) {
      return inOrder(() -> calls.call(() -> buffers.take(source)));
    }
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
   * @return the bytes written, or, when writing behind, taken; always all
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
    WriteBehind buffers = behind;
    if (buffers != null) {
      return inOrder(() -> calls.call(() -> flushed(buffers)));
    }
    return inOrder(() -> calls.call(file::dataSyncAsync));
  }

  private AioFuture<@Nullable Void> flushed(WriteBehind buffers) {
    if (!file.isSeekable()) {
      return buffers.drain(); // fsync(2): EINVAL where there is nothing to be made durable
    }
    AioFuture<@Nullable Void> durable =
        Chain.then(buffers.drain(), nothing -> file.dataSyncAsync());
    return Chain.then(durable, nothing -> buffers.checkNoTail());
  }

  private <T extends @Nullable Object> AioFuture<T> inOrder(Supplier<AioFuture<T>> call) {
    if (closed.get()) {
      return AioFuture.failed(calls.executor(), new ClosedChannelException());
    }
    return call.get();
  }

  /**
   * {@return where the next write goes, after the last one completed, in bytes; when writing
   * behind, after all that was taken}
   */
  public long position() {
    return behind == null ? position : behind.position();
  }

  /**
   * Refuses further calls, waits for those before, and writes what is buffered, whatever is asked
   * of the future meanwhile. The file stays open. Closing again waits for the same.
   *
   * @return done when they are over, whether they worked or not; fails if writing behind did, and
   *     no call was told
   */
  public AioFuture<@Nullable Void> closeAsync() {
    boolean first = closed.compareAndSet(false, true);
    if (behind == null || !first) {
      return calls.callAlways(() -> AioFuture.done(calls.executor(), null));
    }
    // Not the call itself: one that is given up while it waits for its turn is forgotten.
    Promise<@Nullable Void> ended = new Promise<>(calls.executor());
    ended.hide();
    calls.callAlways(behind::end).onRelease(ended::settle);
    return ended.show();
  }

  /**
   * Refuses further calls and waits for those before: see {@link #closeAsync()}.
   *
   * @throws IOException if writing behind failed and no call was told, or if it took longer than
   *     {@link AioOptions#closeTimeout()}
   */
  @Override
  public void close() throws IOException {
    Closing.await(
        closeAsync(), "the writer of " + file.path(), file.context().options().closeTimeout());
  }
}
