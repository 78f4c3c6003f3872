package io.aiofile;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of a file that text is made of just now: those fetched and not used yet, and, where a
 * decoder needs them to find its state again, some before those.
 *
 * <pre>
 *            keep            from                    to
 *   (garbage) │ used, held on │ fetched, not yet used │ (room)
 * </pre>
 *
 * <p>Used by one call at a time; only {@link #shownPosition()} may be asked for at any time.
 */
final class TextWindow {

  private static final byte[] NONE = {};

  /**
   * Room beyond what is needed, so that the rest of a line and the next chunk fit without growing.
   */
  private static final int ROOM_BYTES = 4096;

  private static final int LENGTH_MAX = Integer.MAX_VALUE - 8;

  private byte[] bytes = NONE;
  private int keep;
  private int from;
  private int to;
  private long position;
  private final AtomicLong shownPosition;

  TextWindow(long position) {
    this.position = position;
    this.shownPosition = new AtomicLong(position);
  }

  /** The array; indices are valid until the next {@link #append}. */
  byte[] bytes() {
    return bytes;
  }

  int keep() {
    return keep;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  /** How many bytes are fetched and not used. */
  int length() {
    return to - from;
  }

  /** The file position of the first byte that is not used. */
  long position() {
    return position;
  }

  /** {@link #position()} for any thread, at any time. */
  long shownPosition() {
    return shownPosition.getAcquire();
  }

  private void moveTo(long target) {
    position = target;
    // Release suffices, and costs nothing: a full fence for each line would.
    shownPosition.setRelease(target);
  }

  /** The file position of an index. */
  long positionOf(int index) {
    return position + (index - from);
  }

  /** Adds bytes at the end; the array given may become the window's own. */
  void append(byte[] chunk) {
    if (to == keep) {
      bytes = chunk;
      keep = 0;
      from = 0;
      to = chunk.length;
    } else {
      appendCopy(chunk);
    }
  }

  /** Adds bytes at the end out of an array that stays its owner's. */
  void appendCopy(byte[] chunk) {
    int held = to - keep;
    long needed = (long) held + chunk.length;
    if (needed > LENGTH_MAX) {
      throw new OutOfMemoryError(
          "more than 2 GiB of text do not fit in an array: read it in parts");
    }
    byte[] target = bytes;
    if (needed > bytes.length) {
      long grown = Math.max(needed + ROOM_BYTES, held > chunk.length ? 2L * held : 0);
      target = new byte[(int) Math.min(grown, LENGTH_MAX)];
    }
    System.arraycopy(bytes, keep, target, 0, held);
    System.arraycopy(chunk, 0, target, held, chunk.length);
    bytes = target;
    from -= keep;
    to = (int) needed;
    keep = 0;
  }

  /** Bytes up to an index are used, and need not be held on. */
  void use(int index) {
    int used = index - from;
    from = index;
    keep = index;
    moveTo(position + used);
  }

  /** Bytes up to an index are used, but stay as long as they are no more than so many. */
  void useAndKeep(int index, int keptMax) {
    int kept = keep;
    use(index);
    if (index - kept <= keptMax) {
      keep = kept;
    }
  }

  /** Forgets all bytes, and goes on at a position. */
  void jump(long target) {
    bytes = NONE;
    keep = 0;
    from = 0;
    to = 0;
    moveTo(target);
  }

  /** Counts bytes that did not go through here. */
  void advance(int count) {
    moveTo(position + count);
  }

  /** Takes all bytes that are not used out. */
  byte[] drain() {
    byte[] rest = Arrays.copyOfRange(bytes, from, to);
    jump(position);
    return rest;
  }
}
