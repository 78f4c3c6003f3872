package io.aiofile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An open file with a cursor: bytes are read and written where the last call ended. Works on files
 * that are not seekable too: FIFOs, terminals, devices.
 *
 * <p>Calls are served in their order, {@link #seek} included, so they need not be awaited one by
 * one. {@link #position()} is the position after the last completed call; a failed or cancelled
 * call leaves it where it was. In a file opened for append every write goes to the end and the
 * cursor, which is for reading, stays.
 *
 * <p>A FIFO's reads bring what has arrived, at least a byte, and wait as long as it takes; cancel
 * and close end the waiting at once, and no byte is lost by a cancel.
 *
 * <p>Threads: all methods may be called from any thread; only {@link #close()} blocks.
 *
 * <p>Not buffered, and not for text: see {@link TextFile}.
 */
public final class BinaryFile implements AutoCloseable {

  /** What one step of {@link #readLineAsync} looks through. */
  private static final int LINE_STEP_BYTES = 4096;

  private static final byte[] NONE = {};

  private final AsyncFile file;
  private final CursorCalls calls;
  private volatile long position;

  BinaryFile(AsyncFile file) {
    this.file = file;
    this.calls = new CursorCalls(file);
  }

  /**
   * Reads bytes at the cursor.
   *
   * @param length 0 or more
   * @return the bytes: fewer than asked for only at the end, where there are none, or if the file
   *     is not seekable
   */
  public AioFuture<byte[]> readAsync(int length) {
    file.mode().checkReadable();
    if (length < 0) {
      throw new IllegalArgumentException("length must be 0 or more: " + length);
    }
    return calls.call(() -> read(length), this::advanced, this::putBack);
  }

  private AioFuture<byte[]> read(int length) {
    return file.isSeekable()
        ? file.readBytesAsync(position, length)
        : Reads.sequential(file.handle(), length);
  }

  /** Bytes whose reader gave up: what can't be read again goes to the next one. */
  private void putBack(byte[] bytes) {
    if (!file.isSeekable() && bytes.length > 0) {
      file.handle().file().unread(bytes);
    }
  }

  private byte[] advanced(byte[] bytes) {
    move(bytes.length);
    return bytes;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the call whose turn it is moves the cursor
  private void move(int bytes) {
    position += bytes;
  }

  /**
   * Reads from the cursor until the end is seen.
   *
   * @return all those bytes
   */
  public AioFuture<byte[]> readAllAsync() {
    file.mode().checkReadable();
    if (file.isSeekable()) {
      return calls.call(
          () -> Reads.bytes(file.handle(), position, Long.MAX_VALUE, bytes -> bytes),
          this::advanced);
    }
    return calls.call(() -> new RestOfStream().start(), this::advanced, this::putBack);
  }

  /**
   * Reads up to the next newline.
   *
   * @return the bytes before it, a carriage return in front of it included; null at the end. Fails
   *     with {@link FileIoException} if there are more than {@link AioOptions#lineBytesMax()}
   */
  public AioFuture<byte @Nullable []> readLineAsync() {
    file.mode().checkReadable();
    return calls.call(() -> new Line().start(), this::passed, found -> putBack(found.bytes));
  }

  /**
   * Writes all of an array at the cursor.
   *
   * @param source not to be changed until the future is done
   * @return the bytes written, always all
   */
  public AioFuture<Integer> writeAsync(byte[] source) {
    return writeAsync(ByteBuffer.wrap(source));
  }

  /**
   * Writes all of a buffer at the cursor.
   *
   * @param source its remaining bytes; not to be changed until the future is done
   * @return the bytes written, always all
   */
  public AioFuture<Integer> writeAsync(ByteBuffer source) {
    file.mode().checkWritable();
    return calls.call(
        () -> SequentialWriter.write(file, source, position),
        count -> {
          move(file.mode().appending() ? 0 : count);
          return count;
        });
  }

  /**
   * Makes durable what was written before (fdatasync).
   *
   * @return done when the device has it
   */
  public AioFuture<@Nullable Void> flushAsync() {
    return calls.call(file::dataSyncAsync);
  }

  /**
   * Moves the cursor, after the calls before this one.
   *
   * @param target in bytes from the start, 0 or more; may be beyond the end
   * @throws IllegalStateException if the file is not seekable
   * @throws java.util.concurrent.RejectedExecutionException if calls before this one are under way,
   *     and as many are queued as {@link AioOptions#maxQueued()} allows; the cursor is not moved
   *     then
   */
  public void seek(long target) {
    calls.seek(target, () -> position = target);
  }

  /** {@return the cursor after the last completed call, in bytes from the start} */
  public long position() {
    return position;
  }

  /**
   * Reads UTF-8 lines from the cursor on. The reader has a cursor of its own and this one stays.
   *
   * @return a reader, which does not close this file
   */
  public LineReader lineReader() {
    return file.lineReader(LineOptions.of(file.context().options()).withStartPosition(position));
  }

  /**
   * Reads chunks from the cursor on. The reader has a cursor of its own and this one stays.
   *
   * @param chunkBytes of each chunk but the last, 1 or more
   * @return a reader, which does not close this file
   */
  public ChunkReader chunkReader(int chunkBytes) {
    return new ChunkReader(
        file,
        ChunkOptions.defaults()
            .withReadAhead(file.context().options().readAhead())
            .withChunkBytes(chunkBytes)
            .withStartPosition(position));
  }

  /** {@return the file below, for positional calls; it is closed with this} */
  public AsyncFile file() {
    return file;
  }

  /**
   * Another cursor, at 0, with a handle of its own on the same descriptor.
   *
   * @return the file, to be closed
   * @throws ClosedChannelException if this one is closed
   */
  public BinaryFile duplicate() throws ClosedChannelException {
    return new BinaryFile(file.duplicate());
  }

  /**
   * Refuses further calls and closes the file after those before, as {@link AsyncFile#closeAsync()}
   * does; a file that is not seekable is closed at once.
   *
   * @return done when the file is closed
   */
  public AioFuture<@Nullable Void> closeAsync() {
    calls.refuse();
    return calls.close();
  }

  /**
   * Closes and waits: see {@link #closeAsync()} and {@link AsyncFile#close()}.
   *
   * @throws IOException if the sync or the close failed, or took longer than {@link
   *     AioOptions#closeTimeout()}
   */
  @Override
  public void close() throws IOException {
    Closing.await(closeAsync(), file.path().toString(), file.context().options().closeTimeout());
  }

  /** Reads a stream to its end. */
  private final class RestOfStream extends AsyncLoop<byte[], byte[]> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    RestOfStream() {
      super(calls.executor(), file.context().options().sliceBytes());
    }

    @Override
    AioFuture<byte[]> step() {
      return Reads.sequential(file.handle(), SequentialTransfers.STEP_BYTES_MAX);
    }

    @Override
    long cost(byte[] chunk) {
      return chunk.length;
    }

    @Override
    boolean take(byte[] chunk) {
      bytes.writeBytes(chunk);
      return chunk.length > 0;
    }

    @Override
    byte[] result() {
      return bytes.toByteArray();
    }

    @Override
    void abandoned() {
      putBack(bytes.toByteArray());
    }
  }

  /** What was read in search of a newline. */
  private static final class Found {
    final byte[] bytes;
    final int length;
    final boolean isEnded;

    Found(byte[] bytes, int length, boolean isEnded) {
      this.bytes = bytes;
      this.length = length;
      this.isEnded = isEnded;
    }
  }

  /** Moves the cursor behind a line; what was read behind it is put back, or is read again. */
  private byte @Nullable [] passed(Found found) {
    byte[] bytes = found.bytes;
    if (bytes.length == 0) {
      return null;
    }
    int end = found.isEnded ? found.length + 1 : found.length;
    putBack(Arrays.copyOfRange(bytes, end, bytes.length));
    move(end);
    return Arrays.copyOf(bytes, found.length);
  }

  /** Reads up to a newline, and a bit beyond. */
  private final class Line extends AsyncLoop<byte[], Found> {
    private final int limit = file.context().options().lineBytesMax();
    private byte[] bytes = NONE;
    private int length;
    private boolean found;

    Line() {
      super(calls.executor(), file.context().options().sliceBytes());
    }

    @Override
    AioFuture<byte[]> step() {
      return file.isSeekable()
          ? file.readBytesAsync(position + bytes.length, LINE_STEP_BYTES)
          : Reads.sequential(file.handle(), LINE_STEP_BYTES);
    }

    @Override
    long cost(byte[] chunk) {
      return chunk.length;
    }

    @Override
    boolean take(byte[] chunk) throws FileIoException {
      int from = bytes.length;
      bytes = Arrays.copyOf(bytes, from + chunk.length);
      System.arraycopy(chunk, 0, bytes, from, chunk.length);
      length = from;
      while (length < bytes.length && bytes[length] != '\n') {
        length++;
      }
      found = length < bytes.length;
      if (length > limit) {
        throw LineReader.tooLong(file.path(), position, limit);
      }
      return !found && chunk.length > 0;
    }

    @Override
    Found result() {
      return new Found(bytes, length, found);
    }

    @Override
    void abandoned() {
      putBack(bytes);
    }
  }
}
