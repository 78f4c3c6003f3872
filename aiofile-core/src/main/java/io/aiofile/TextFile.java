package io.aiofile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * An open file with a cursor: text is read and written where the last call ended. Works on files
 * that are not seekable too: FIFOs, terminals, devices.
 *
 * <p>Calls are served in their order, {@link #seek} included, so they need not be awaited one by
 * one. {@link #position()} is the position after the last completed call, exact in bytes; a failed
 * or cancelled call leaves it where it was, and loses no text. Bytes are fetched ahead of the
 * cursor and forgotten by a seek or a write. In a file opened for append every write goes to the
 * end and the cursor, which is for reading, stays.
 *
 * <p>A byte-order mark at the start of the file is not part of the text, unless the options keep
 * it. In UTF-16 it is written in front of the first text, and tells the order of the bytes; writing
 * where the start can't be read takes the charset's own order.
 *
 * <p>A FIFO's reads wait as long as it takes; cancel and close end the waiting at once.
 *
 * <p>Threads: all methods may be called from any thread; only {@link #close()} blocks.
 *
 * <p>Translates no line ends, and does not buffer what is written. For bytes: {@link BinaryFile};
 * for all lines at once: {@link #lineReader}.
 */
public final class TextFile implements AutoCloseable {

  /**
   * The first read behind a jump; the next ones double, since they may be the last before another.
   */
  private static final int FETCH_BYTES_MIN = 4096;

  private final AsyncFile file;
  private final LineOptions options;
  private final CursorCalls calls;
  private final Fetches fetches;
  private final TextReader text;

  TextFile(AsyncFile file, LineOptions options) {
    this.file = file;
    this.options = options;
    this.calls = new CursorCalls(file);
    this.fetches = new Fetches();
    this.text =
        new TextReader(file, options, file.isSeekable() ? options.startPosition() : 0, fetches);
  }

  /** Fetches where the cursor is, and not ahead of that. Used by one call at a time. */
  private final class Fetches implements TextReader.Source {
    private int length = lengthMin();

    private int lengthMin() {
      return Math.min(FETCH_BYTES_MIN, options.chunkBytes());
    }

    void jumped() {
      length = lengthMin();
    }

    @Override
    public AioFuture<byte @Nullable []> next(long position) {
      int wanted = length;
      length = (int) Math.min(2L * length, options.chunkBytes());
      return fetch(position, wanted);
    }

    @Override
    public AioFuture<byte @Nullable []> rest(long position) {
      return fetch(position, Long.MAX_VALUE);
    }

    // No bytes, and never null, at the end.
    private AioFuture<byte @Nullable []> fetch(long position, long wanted) {
      return file.isSeekable()
          ? Reads.bytes(file.handle(), position, wanted, bytes -> bytes)
          : Reads.sequential(file.handle(), options.chunkBytes());
    }
  }

  // ---- reading

  /**
   * Reads so many characters.
   *
   * @param codePoints 0 or more; a surrogate pair counts as one
   * @return the text: fewer code points only at the end, where there are none, and one more where
   *     the charset has one character for the last two. Fails with {@link MalformedTextException}
   *     or {@link UnmappableTextException} where bytes are no text
   */
  public AioFuture<String> readAsync(int codePoints) {
    file.mode().checkReadable();
    if (codePoints < 0) {
      throw new IllegalArgumentException("codePoints must be 0 or more: " + codePoints);
    }
    if (codePoints == 0) {
      return calls.call(() -> AioFuture.done(calls.executor(), ""));
    }
    return calls.call(() -> text.find(new TextFinder.CodePoints(text, codePoints)), text::commit);
  }

  /**
   * Reads from the cursor until the end is seen.
   *
   * @return all that text; fails as {@link #readAsync}, and with {@link OutOfMemoryError} beyond 2
   *     GiB
   */
  public AioFuture<String> readAllAsync() {
    file.mode().checkReadable();
    return calls.call(text::findRest, text::commit);
  }

  /**
   * Reads up to the next separator of the options: a newline, unless they say otherwise.
   *
   * @return the line; null at the end. Fails with {@link FileIoException} if it is longer than
   *     {@link LineOptions#lineBytesMax}, and as {@link #readAsync}
   */
  public AioFuture<@Nullable String> readLineAsync() {
    file.mode().checkReadable();
    return calls.call(() -> text.find(new TextFinder.Line(text)), text::commit);
  }

  // ---- writing

  /**
   * Writes text at the cursor.
   *
   * @param written taken as it is now
   * @return the bytes written; fails with {@link UnmappableTextException}, nothing written, where
   *     the charset has no such character
   */
  public AioFuture<Integer> writeAsync(CharSequence written) {
    file.mode().checkWritable();
    Encodings encodings = options.encodings();
    ByteBuffer bytes;
    try {
      bytes = Text.encode(written, encodings.unmarked().charset());
    } catch (UnmappableTextException e) {
      return AioFuture.failed(calls.executor(), e);
    }
    return calls.call(() -> write(bytes), this::advance);
  }

  private AioFuture<Integer> write(ByteBuffer bytes) {
    boolean marked = options.encodings().isMarkWritten() || options.encodings().isOrderOpen();
    if (!marked || !bytes.hasRemaining()) {
      return writeNow(bytes);
    }
    return Chain.then(
        TextStart.of(file, options.encodings(), text.position()),
        start -> writeNow(start.apply(bytes)));
  }

  private AioFuture<Integer> writeNow(ByteBuffer bytes) {
    long position = text.position();
    if (file.isSeekable()) {
      jump(position); // what was fetched may be other bytes now, whatever becomes of the write
    }
    return SequentialWriter.write(file, bytes, position);
  }

  private Integer advance(Integer count) {
    if (!file.mode().appending()) {
      text.advance(count);
    }
    return count;
  }

  /**
   * Makes durable what was written before (fdatasync).
   *
   * @return done when the device has it
   */
  public AioFuture<@Nullable Void> flushAsync() {
    return calls.call(file::dataSyncAsync);
  }

  // ---- the cursor

  /**
   * Moves the cursor, after the calls before this one.
   *
   * @param target in bytes from the start, 0 or more; may be beyond the end, and should be a
   *     character's first byte
   * @throws IllegalStateException if the file is not seekable
   * @throws java.util.concurrent.RejectedExecutionException if calls before this one are under way,
   *     and as many are queued as {@link AioOptions#maxQueued()} allows; the cursor is not moved
   *     then
   */
  public void seek(long target) {
    calls.seek(target, () -> jump(target));
  }

  private void jump(long target) {
    text.jump(target);
    fetches.jumped();
  }

  /** {@return the cursor after the last completed call, in bytes from the start} */
  public long position() {
    return text.position();
  }

  // ---- views

  /**
   * Reads lines from the cursor on, with the same options. The reader has a cursor of its own, and
   * this one stays; of a file that is not seekable it takes what this one has not.
   *
   * @return a reader, which does not close this file
   */
  public LineReader lineReader() {
    long position = position();
    if (file.isSeekable()) {
      return new LineReader(file, options.withStartPosition(position));
    }
    giveBack();
    Encoding known = text.encoding();
    return new LineReader(
        file,
        position == 0 || known == null ? options : options.withCharset(known.charset()),
        position);
  }

  /**
   * Reads chunks of bytes from the cursor on. The reader has a cursor of its own, and this one
   * stays; of a file that is not seekable it takes what this one has not.
   *
   * @param chunkBytes of each chunk but the last, 1 or more
   * @return a reader, which does not close this file
   */
  public ChunkReader chunkReader(int chunkBytes) {
    ChunkOptions chunks =
        ChunkOptions.defaults()
            .withReadAhead(options.readAhead())
            .withChunkBytes(chunkBytes)
            .withStartPosition(position());
    giveBack();
    return new ChunkReader(file, chunks);
  }

  private void giveBack() {
    if (!file.isSeekable()) {
      calls.then(() -> LineReader.giveBack(file, text));
    }
  }

  /** {@return the charset of the text} */
  public Charset charset() {
    return options.charset();
  }

  /** {@return the file below, for positional calls; it is closed with this} */
  public AsyncFile file() {
    return file;
  }

  /**
   * Another cursor, where the options start, with a handle of its own on the same descriptor.
   *
   * @return the file, to be closed
   * @throws ClosedChannelException if this one is closed
   */
  public TextFile duplicate() throws ClosedChannelException {
    return new TextFile(file.duplicate(), options);
  }

  // ---- close

  /**
   * Refuses further calls and closes the file after those before, as {@link AsyncFile#closeAsync()}
   * does; a file that is not seekable is closed at once.
   *
   * @return done when the file is closed
   */
  public AioFuture<@Nullable Void> closeAsync() {
    calls.refuse();
    giveBack();
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
}
