package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.LaneThread;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file line by line, in order, in any charset, from the start or from a position on.
 *
 * <p>A line ends with the separator of {@link LineOptions}, or with the file; a file that ends with
 * a separator has no empty line behind it, and an empty file has no lines. Lines come without their
 * separator unless told otherwise, and the first one without a byte-order mark.
 *
 * <p>Calls are served in their order. A cancelled call takes no line away from the next one. A line
 * that fails, since it is longer than {@link LineOptions#lineBytesMax}, or since its bytes are no
 * text, is not passed over: {@link #position()} stays where it starts and the next call fails
 * alike. Memory holds one such line, the chunk that its end came with, and what is read ahead.
 *
 * <p>Files that are not seekable work too: a call waits for no more than the line it needs, as long
 * as it takes, and cancel ends the waiting at once.
 *
 * <p>Threads: all methods may be called from any thread; none blocks.
 *
 * <p>Does not close the file, nor follow one that grows, and is not a cursor that can be moved: see
 * {@link TextFile}.
 */
public final class LineReader implements AutoCloseable {

  private final AsyncFile file;
  private final CallQueue calls;
  private final ChunkReader chunks;
  private final TextReader text;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * A reader.
   *
   * @param file open for reading; stays the caller's to close
   * @param options charset, separator, limits, where to start
   * @throws java.nio.channels.NonReadableChannelException if the file is not open for reading
   */
  public LineReader(AsyncFile file, LineOptions options) {
    this(file, options, file.isSeekable() ? options.startPosition() : 0);
  }

  /** A reader of a file that is not seekable, of which so many bytes were read before. */
  LineReader(AsyncFile file, LineOptions options, long position) {
    this.file = file;
    this.calls = new CallQueue(file.handle());
    this.chunks =
        new ChunkReader(
            file,
            ChunkOptions.defaults()
                .withChunkBytes(options.chunkBytes())
                .withReadAhead(options.readAhead())
                .withStartPosition(position)
                .withReusedArrays());
    this.text = new TextReader(file, options, position, new Chunks());
  }

  /** The chunks in their order, each copied before the next one is asked for. */
  private final class Chunks implements TextReader.Source {
    @Override
    public AioFuture<byte @Nullable []> next(long position) {
      return chunks.readChunkAsync();
    }

    @Override
    public boolean areArraysLent() {
      return true;
    }
  }

  /**
   * Reads the next line. Cancel ends the call at once.
   *
   * @return the line; null at the end. Fails with {@link FileIoException} if it is too long, with
   *     {@link MalformedTextException} or {@link UnmappableTextException} where bytes are no text,
   *     and as {@link AsyncFile#readBytesAsync} does
   */
  public AioFuture<@Nullable String> readLineAsync() {
    return inOrder(() -> calls.call(() -> text.find(new TextFinder.Line(text)), text::commit));
  }

  /**
   * Reads some lines: those that are there with the bytes fetched, and one at least, for which it
   * waits. Cancel ends the call at once.
   *
   * @param linesMax 1 or more
   * @return the lines, in a list of their own; none at the end. Fails as {@link #readLineAsync} if
   *     the first of them does
   */
  public AioFuture<List<String>> readLinesAsync(int linesMax) {
    if (linesMax < 1) {
      throw new IllegalArgumentException("linesMax must be 1 or more: " + linesMax);
    }
    return inOrder(
        () -> calls.call(() -> text.find(new TextFinder.Lines(text, linesMax)), text::commit));
  }

  /**
   * Gives each line to a consumer, one at a time and in order: on the caller's thread as far as one
   * slice of lines goes that can be had without waiting ({@link AioOptions#sliceBytes}), then on
   * the completion executor. Cancel ends the call behind the line that the consumer is at.
   *
   * @param consumer must not block, nor wait for another call of this reader, which comes after
   *     this one; what it throws fails the future, and the next call goes on behind the line it was
   *     given
   * @return the number of lines; fails as {@link #readLineAsync}, the lines before being consumed
   */
  public AioFuture<Long> forEachAsync(Consumer<String> consumer) {
    return inOrder(() -> calls.call(() -> new EachLine(consumer).begin()));
  }

  /** {@return where the line starts that is next, in bytes from the start of the file} */
  public long position() {
    return text.position();
  }

  /**
   * Refuses further calls, and drops what was fetched once those before are over. The file stays
   * open. Closing again changes nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      var unused =
          calls.callAlways(
              () -> {
                chunks.close();
                giveBack(file, text);
                return AioFuture.<@Nullable Void>done(calls.executor(), null);
              });
    }
  }

  /**
   * Drops what was fetched; what can't be fetched again goes to the next one who reads the file.
   */
  static void giveBack(AsyncFile file, TextReader text) {
    byte[] rest = text.drain();
    if (rest.length > 0 && !file.isSeekable()) {
      file.handle().file().unread(rest);
    }
  }

  private <T extends @Nullable Object> AioFuture<T> inOrder(Supplier<AioFuture<T>> call) {
    if (closed.get()) {
      return AioFuture.failed(calls.executor(), new ClosedChannelException());
    }
    return call.get();
  }

  static FileIoException tooLong(Path path, long position, int lineBytesMax) {
    return new FileIoException(
        Failure.of("read line", path).at(position, lineBytesMax, 0),
        "the line is longer than that",
        "raise LineOptions.withLineBytesMax if there may be such lines",
        null);
  }

  /** Takes lines as long as there are any, and moves on behind each before the consumer has it. */
  private final class EachLine extends AsyncLoop<byte @Nullable [], Long>
      implements AsciiLines.Taker {
    private final Consumer<String> consumer;
    private final int sliceBytes;
    private boolean fetching;
    private boolean sliceEnded = true;
    private int enough;
    private long taken;
    private long count;
    private volatile boolean givenUp;

    EachLine(Consumer<String> consumer) {
      super(calls.executor(), file.context().options().sliceBytes());
      this.consumer = consumer;
      this.sliceBytes = file.context().options().sliceBytes();
    }

    AioFuture<Long> begin() {
      text.begin();
      return LaneThread.isCurrent() ? startElsewhere() : start();
    }

    @Override
    public void giveUp() {
      givenUp = true;
      super.giveUp();
    }

    @Override
    AioFuture<byte @Nullable []> step() {
      fetching = !sliceEnded;
      return fetching ? text.fetch() : AioFuture.done(calls.executor(), null);
    }

    @Override
    boolean take(byte @Nullable [] chunk) throws IOException {
      if (fetching) {
        text.fetched(chunk);
      }
      long from = text.position();
      int first = text.window().from();
      enough = Math.min(first, Integer.MAX_VALUE - sliceBytes) + sliceBytes;
      sliceEnded = givenUp || !text.takeLines(this);
      taken = text.position() - from;
      return sliceEnded || !text.isAtEnd();
    }

    @Override
    public boolean take(String line, int next) {
      text.passLine(next);
      count++;
      consumer.accept(line);
      return next < enough && !givenUp;
    }

    @Override
    long cost(byte @Nullable [] chunk) {
      return Math.max(taken, chunk == null ? 0 : chunk.length);
    }

    @Override
    boolean isForExecutor(byte @Nullable [] chunk) {
      return true;
    }

    @Override
    Long result() {
      return count;
    }
  }
}
