package io.aiofile;

import io.aiofile.ByteOrderMarks.Start;
import io.aiofile.RunningDecoder.Input;
import io.aiofile.TextPiece.After;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes text of a file's bytes, in order: what {@link LineReader} and {@link TextFile} have in
 * common.
 *
 * <p>Taking text has two halves. The first fetches bytes, finds the text in them and decodes it,
 * and may be given up anywhere. The second, {@link #commit}, moves on behind it, and is the only
 * one that does; so a call that was cancelled loses nothing. One call at a time, as {@link
 * CallQueue} sees to.
 */
final class TextReader {

  /** Where the bytes come from. */
  interface Source {

    /**
     * Fetches the bytes behind those fetched before.
     *
     * @param position in the file of the first of them
     * @return null or no bytes at the end
     */
    AioFuture<byte @Nullable []> next(long position);

    /** Whether the arrays are good only until the next fetch. */
    default boolean areArraysLent() {
      return false;
    }

    /** Fetches as much behind those as can be had. */
    default AioFuture<byte @Nullable []> rest(long position) {
      return next(position);
    }
  }

  private final AsyncFile file;
  private final LineOptions options;
  private final Source source;
  private final TextWindow window;
  private final CompletionExecutor executor;
  private final int sliceBytes;

  private volatile @Nullable Encoding encoding;
  private @Nullable TextLines lines;
  private @Nullable AsciiLines ascii;
  private @Nullable RunningDecoder running;
  private boolean begun;
  private int markBytes;
  private After state = After.INITIAL;
  private boolean startAsked;
  private boolean endSeen;

  TextReader(AsyncFile file, LineOptions options, long position, Source source) {
    this.file = file;
    this.options = options;
    this.source = source;
    this.window = new TextWindow(position);
    this.executor = file.handle().executor();
    this.sliceBytes = file.context().options().sliceBytes();
  }

  TextWindow window() {
    return window;
  }

  /** What state a decoder has to be in where the text begins that is next. */
  After state() {
    return state;
  }

  int sliceBytes() {
    return sliceBytes;
  }

  /** The position behind the last piece that was committed. May be asked for at any time. */
  long position() {
    return window.shownPosition();
  }

  /** The encoding, if the start of the file told it or need not. */
  @Nullable Encoding encoding() {
    return encoding;
  }

  /** Moves, and forgets the bytes that were fetched. */
  void jump(long position) {
    window.jump(position);
    begun = false;
    markBytes = 0;
    state = After.INITIAL;
    if (lines != null) {
      lines.forget();
    }
  }

  /** Moves behind bytes that were written. */
  void advance(int bytes) {
    window.advance(bytes);
    if (running != null) {
      running.lose();
    }
  }

  /** Takes out the bytes that were fetched and not used. */
  byte[] drain() {
    return window.drain();
  }

  // ---- the start of the file

  /** Whether the encoding is known, and with it where the text begins; needs bytes, or the end. */
  boolean isBegun() {
    if (begun) {
      return true;
    }
    Encodings all = options.encodings();
    if (window.position() == 0) {
      Start start = all.marks().read(window.bytes(), window.from(), window.to(), endSeen);
      if (start == null) {
        return false;
      }
      become(all.of(start));
      markBytes = options.byteOrderMarkKept() ? 0 : start.markBytes();
    } else if (encoding == null) {
      if (all.isOrderOpen() && file.isSeekable()) {
        return false; // the start of the file must be looked at
      }
      become(all.unmarked());
    }
    begun = true;
    return true;
  }

  private void become(Encoding known) {
    if (known != encoding) {
      encoding = known;
      lines = new TextLines(known, options, window, file.path());
      ascii = new AsciiLines(known, options);
      running = new RunningDecoder(known, options.malformedInput(), file.path());
    }
  }

  /** Takes the order of the bytes from the start of the file. */
  private void startOfFile(byte[] bytes) {
    Start start = options.encodings().marks().read(bytes, 0, bytes.length, true);
    become(options.encodings().of(Objects.requireNonNull(start)));
  }

  /** Where the text begins that is next: behind a mark that is dropped. */
  int start() {
    return window.from() + markBytes;
  }

  TextLines lines() {
    return Objects.requireNonNull(lines);
  }

  private AsciiLines ascii() {
    return Objects.requireNonNull(ascii);
  }

  RunningDecoder running() {
    return Objects.requireNonNull(running);
  }

  // ---- pieces

  /** The first half: finds a piece, fetching what it takes. */
  <T extends @Nullable Object> AioFuture<TextPiece<T>> find(TextFinder<T> finder) {
    begin();
    try {
      if (isBegun() && finder.isMet()) {
        return AioFuture.done(executor, finder.piece());
      }
    } catch (IOException | RuntimeException e) {
      return AioFuture.failed(executor, e);
    }
    return new TextSearch<>(this, finder, executor, sliceBytes).start();
  }

  /** The second half: moves on behind a piece. */
  <T extends @Nullable Object> @Nullable T commit(TextPiece<T> piece) {
    use(window.from() + piece.bytes(), piece.after());
    return piece.value();
  }

  private void use(int index, After after) {
    if (after == After.INITIAL || Objects.requireNonNull(encoding).isStateless()) {
      window.use(index);
      state = After.INITIAL;
    } else {
      window.useAndKeep(index, options.lineBytesMax());
      state = After.ANY;
    }
    markBytes = 0;
  }

  /** Whether the end of the file was seen by the call in progress. */
  boolean isEndSeen() {
    return endSeen;
  }

  /** The text from an index on, which is where the text begins that is next, or a line does. */
  String decode(int from, int to) throws IOException {
    if (from == window.from() && state == After.ANY) {
      // In the midst of a line, in a charset with shift states.
      running().begin(window, from, state, Integer.MAX_VALUE);
      var unused = running().decode(window, from, to, Input.WHOLE);
      return running().text();
    }
    return Objects.requireNonNull(encoding)
        .pieces()
        .decode(
            window.bytes(),
            from,
            to,
            options.malformedInput(),
            window.positionOf(from),
            file.path());
  }

  /**
   * The line at an index, which {@link TextLines#next} is behind; null if it is not all there, or
   * if there is no more.
   */
  @Nullable String lineAt(int from) throws IOException {
    if (lines().find(from)) {
      return decode(from, lines().end());
    }
    if (!endSeen || !lines().findLast(from)) {
      return null;
    }
    String last = decode(from, lines().end());
    // What is left may be the way back from a shift state, which is no text.
    return last.isEmpty() ? null : last;
  }

  /**
   * Gives lines of what was fetched to a taker, from a line's start on, and does not move on.
   *
   * @return whether it took all there are; if not, it has enough
   */
  boolean eachLine(int first, AsciiLines.Taker taker) throws IOException {
    int from = first;
    while (true) {
      from = ascii().each(window.bytes(), from, window.to(), taker);
      if (from < 0) {
        return false;
      }
      String line = lineAt(from);
      if (line == null) {
        return true;
      }
      from = lines().next();
      if (!taker.take(line, from)) {
        return false;
      }
    }
  }

  /** {@link #eachLine} for a taker that moves on, by {@link #passLine}, behind each line. */
  boolean takeLines(AsciiLines.Taker taker) throws IOException {
    if (!isBegun()) {
      return true;
    }
    boolean all = eachLine(start(), taker);
    if (all && endSeen) {
      use(window.to(), After.INITIAL);
    }
    return all;
  }

  /** Moves on behind a line that ends, with its separator, at an index. */
  void passLine(int next) {
    use(next, After.INITIAL);
  }

  /** The first half: finds all there is up to the end. */
  AioFuture<TextPiece<String>> findRest() {
    begin();
    if (file.isSeekable() && state == After.INITIAL) {
      // Better fetched again than copied to where the rest is.
      jump(window.position());
    }
    return new TextSearch<>(this, new TextFinder.Rest(this), executor, sliceBytes).start();
  }

  // ---- fetching

  /** Whether the end of the file was seen, and all text before it taken. */
  boolean isAtEnd() {
    return endSeen && window.from() == window.to();
  }

  /** Begins a call: where the file ended for the last one it may have grown. */
  void begin() {
    endSeen = false;
    begun &= window.position() > 0;
  }

  /** Fetches what is needed next. */
  AioFuture<byte @Nullable []> fetch() {
    return fetch(Amount.SOME);
  }

  /** How much to fetch. */
  enum Amount {
    SOME,
    ALL
  }

  /** Fetches what is needed next, and so much of it. */
  AioFuture<byte @Nullable []> fetch(Amount amount) {
    startAsked = !isBegun() && window.position() > 0;
    if (startAsked) {
      return Reads.bytes(file.handle(), 0, ByteOrderMarks.BYTES_MAX, bytes -> bytes);
    }
    long position = window.positionOf(window.to());
    return amount == Amount.ALL ? source.rest(position) : source.next(position);
  }

  /** Takes in what was fetched. */
  void fetched(byte @Nullable [] chunk) {
    if (startAsked) {
      startOfFile(chunk == null ? new byte[0] : chunk);
    } else if (chunk == null || chunk.length == 0) {
      endSeen = true;
    } else if (source.areArraysLent()) {
      window.appendCopy(chunk);
    } else {
      window.append(chunk);
    }
  }
}
