package io.aiofile;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Finds where lines end in a window, without moving it: where to go on is the caller's to say. */
final class TextLines {

  private final TextWindow window;
  private final Path path;
  private final Encoding encoding;
  private final LineScanner scanner;
  private final @Nullable SeparatorProbe probe;
  private final boolean separatorKept;
  private final int lineBytesMax;

  // The line that was searched last: no separator starts before that position.
  private long searchedLine = -1;
  private long searchedTo;

  private int end;
  private int next;

  TextLines(Encoding encoding, LineOptions options, TextWindow window, Path path) {
    this.window = window;
    this.path = path;
    this.encoding = encoding;
    this.scanner = new LineScanner(encoding.separator(), encoding.unitBytes());
    this.probe = encoding.isSearchable() ? null : new SeparatorProbe(encoding);
    this.separatorKept = options.separatorKept();
    this.lineBytesMax = options.lineBytesMax();
  }

  /** Where the line's text ends that was found last: an index of the window. */
  int end() {
    return end;
  }

  /** Where the line behind it starts. */
  int next() {
    return next;
  }

  /** Forgets what was searched, since the bytes are others. */
  void forget() {
    searchedLine = -1;
    if (probe != null) {
      probe.forget();
    }
  }

  /**
   * Looks for the end of a line.
   *
   * @param line index of its first byte
   * @return false if its separator is not in the window
   * @throws FileIoException if it is longer than the limit
   */
  boolean find(int line) throws FileIoException {
    int behind = endOfSeparator(line);
    int separatorBytes = encoding.separator().length;
    if (behind < 0) {
      // What has been seen of the separator does not count.
      int spare = separatorBytes - 1 + encoding.carriageReturn().length;
      checkLength(line, window.to() - spare);
      return false;
    }
    int text = behind - separatorBytes;
    byte[] before = encoding.carriageReturn();
    if (before.length > 0 && text - before.length >= line && isAt(before, text - before.length)) {
      text -= before.length;
    }
    checkLength(line, text);
    end = separatorKept ? behind : text;
    next = behind;
    return true;
  }

  private int endOfSeparator(int line) {
    if (searchedLine != window.positionOf(line)) {
      searchedLine = window.positionOf(line);
      searchedTo = searchedLine;
    }
    while (true) {
      int from = line + (int) (searchedTo - searchedLine);
      int behind = scanner.endOfNext(window.bytes(), from, window.to(), window.positionOf(0));
      int start = (behind < 0 ? window.to() + 1 : behind) - encoding.separator().length;
      searchedTo = Math.max(searchedTo, window.positionOf(start));
      if (behind < 0 || probe == null || probe.isSeparator(window, line, behind)) {
        return behind;
      }
      searchedTo++;
    }
  }

  /**
   * Takes what is left for the last line, at the end of the file.
   *
   * @return false if nothing is left
   */
  boolean findLast(int line) throws FileIoException {
    end = window.to();
    next = window.to();
    checkLength(line, end);
    return line < end;
  }

  private void checkLength(int line, int textEnd) throws FileIoException {
    if (textEnd - line > lineBytesMax) {
      throw LineReader.tooLong(path, window.positionOf(line), lineBytesMax);
    }
  }

  private boolean isAt(byte[] wanted, int index) {
    return Arrays.equals(window.bytes(), index, index + wanted.length, wanted, 0, wanted.length);
  }
}
