package io.aiofile;

import io.aiofile.RunningDecoder.Input;
import io.aiofile.TextPiece.After;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds a piece of text in what a reader has fetched, without moving the reader. */
abstract class TextFinder<T extends @Nullable Object> {

  final TextReader reader;

  private TextFinder(TextReader reader) {
    this.reader = reader;
  }

  /** Whether no more bytes are needed. */
  abstract boolean isMet() throws IOException;

  /** The piece, in what there is: all that is needed, or all up to the end. */
  abstract TextPiece<T> piece() throws IOException;

  final TextPiece<T> pieceUpTo(int end, @Nullable T value, After after) {
    return new TextPiece<>(value, end - reader.window().from(), after);
  }

  /** The next line; null at the end. */
  static final class Line extends TextFinder<@Nullable String> {

    Line(TextReader reader) {
      super(reader);
    }

    @Override
    boolean isMet() throws FileIoException {
      return reader.lines().find(reader.start());
    }

    @Override
    TextPiece<@Nullable String> piece() throws IOException {
      String line = reader.lineAt(reader.start());
      int end = line == null ? reader.window().to() : reader.lines().next();
      return pieceUpTo(end, line, After.INITIAL);
    }
  }

  /** Some lines, of what there is, and one at least; none at the end. */
  static final class Lines extends TextFinder<List<String>> implements AsciiLines.Taker {
    /** A kilobyte of references: growing up to there would cost each line 2 ns. */
    private static final int LINES_EXPECTED = 256;

    private final int linesMax;
    private List<String> found = List.of();
    private int end;
    private int enough;

    Lines(TextReader reader, int linesMax) {
      super(reader);
      this.linesMax = linesMax;
    }

    @Override
    boolean isMet() throws FileIoException {
      return reader.lines().find(reader.start());
    }

    @Override
    TextPiece<List<String>> piece() throws IOException {
      found = new ArrayList<>(Math.min(linesMax, LINES_EXPECTED));
      int from = reader.start();
      int slice = reader.sliceBytes();
      enough = Math.min(from, Integer.MAX_VALUE - slice) + slice;
      try {
        var unused = reader.eachLine(from, this);
      } catch (IOException e) {
        if (found.isEmpty()) {
          throw e;
        }
        // Those before it are good; the next call fails.
      }
      return pieceUpTo(found.isEmpty() ? reader.window().to() : end, found, After.INITIAL);
    }

    @Override
    public boolean take(String line, int next) {
      found.add(line);
      end = next;
      return found.size() < linesMax && next < enough;
    }
  }

  /** So many code points; fewer at the end. */
  static final class CodePoints extends TextFinder<String> {
    private final int wanted;
    private boolean started;
    private int decoded;

    CodePoints(TextReader reader, int wanted) {
      super(reader);
      this.wanted = wanted;
    }

    @Override
    boolean isMet() throws IOException {
      decode(Input.OPEN);
      return reader.running().isFull();
    }

    private void decode(Input input) throws IOException {
      TextWindow window = reader.window();
      if (!started) {
        started = true;
        decoded = reader.start() - window.from();
        reader.running().begin(window, reader.start(), reader.state(), wanted);
      }
      if (!reader.running().isFull()) {
        int at = window.from() + decoded;
        decoded = reader.running().decode(window, at, window.to(), input) - window.from();
      }
    }

    @Override
    TextPiece<String> piece() throws IOException {
      decode(Input.WHOLE);
      return pieceUpTo(reader.window().from() + decoded, reader.running().text(), After.ANY);
    }
  }

  /** All there is up to the end. */
  static final class Rest extends TextFinder<String> {

    Rest(TextReader reader) {
      super(reader);
    }

    @Override
    boolean isMet() {
      return false;
    }

    @Override
    TextPiece<String> piece() throws IOException {
      int end = reader.window().to();
      return pieceUpTo(end, reader.decode(reader.start(), end), After.INITIAL);
    }
  }
}
