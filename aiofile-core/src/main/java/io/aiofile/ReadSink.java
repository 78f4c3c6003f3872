package io.aiofile;

import io.aiofile.spi.Alignment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where the bytes of a read go. */
interface ReadSink<T extends @Nullable Object> {

  /** The memory to give to the kernel as it is; null if the bytes must go through pooled memory. */
  @Nullable ByteBuffer straight(Alignment alignment, long position);

  /** The first byte's index in {@link #straight}. */
  int index();

  /** Copies bytes out of pooled memory, {@code at} bytes behind the first. */
  void take(ByteBuffer pooled, int from, int count, long at);

  /** The read is over after so many bytes, done or not: the caller's position says so. */
  void advance(long moved);

  /** The result of a read that was done. */
  T result(long moved, boolean atEnd) throws Exception;

  /** Whether the memory is the library's, not the caller's. */
  boolean ownsMemory();

  /** The caller's buffer; the result is the count, or -1 at the end. */
  final class IntoBuffer implements ReadSink<Integer> {
    private final ByteBuffer target;
    private final int start;
    private final int room;

    IntoBuffer(ByteBuffer target) {
      this.target = target;
      this.start = target.position();
      this.room = target.remaining();
    }

    @Override
    public @Nullable ByteBuffer straight(Alignment alignment, long position) {
      if (!target.isDirect() || !ArenaBuffers.isStable(target)) {
        return null;
      }
      boolean aligned =
          alignment.isNone()
              || (position % alignment.offset() == 0
                  && room % alignment.offset() == 0
                  && target.alignmentOffset(start, alignment.memory()) == 0);
      return aligned ? target : null;
    }

    @Override
    public int index() {
      return start;
    }

    @Override
    public void take(ByteBuffer pooled, int from, int count, long at) {
      target.put(start + (int) at, pooled, from, count);
    }

    @Override
    public void advance(long moved) {
      target.position(start + (int) moved);
    }

    @Override
    public Integer result(long moved, boolean atEnd) {
      return atEnd ? -1 : (int) moved;
    }

    @Override
    public boolean ownsMemory() {
      return false;
    }
  }

  /** A buffer of the library's own, which is the result, from 0 to the limit. */
  final class IntoLent implements ReadSink<ByteBuffer> {
    private final ByteBuffer lent;
    private final IntoBuffer target;

    /** With the limit where the read is to end. */
    IntoLent(ByteBuffer lent) {
      this.lent = lent;
      this.target = new IntoBuffer(lent);
    }

    @Override
    public @Nullable ByteBuffer straight(Alignment alignment, long position) {
      return target.straight(alignment, position);
    }

    @Override
    public int index() {
      return target.index();
    }

    @Override
    public void take(ByteBuffer pooled, int from, int count, long at) {
      target.take(pooled, from, count, at);
    }

    @Override
    public void advance(long moved) {}

    @Override
    public ByteBuffer result(long moved, boolean atEnd) {
      return lent.clear().limit((int) moved);
    }

    @Override
    public boolean ownsMemory() {
      return true;
    }
  }

  /** Memory of the library's own, which the bytes reach by way of pooled memory. */
  interface IntoOwn<T extends @Nullable Object> extends ReadSink<T> {

    @Override
    default @Nullable ByteBuffer straight(Alignment alignment, long position) {
      return null;
    }

    @Override
    default int index() {
      return 0;
    }

    @Override
    default void advance(long moved) {}

    @Override
    default boolean ownsMemory() {
      return true;
    }
  }

  /** An array that grows as the bytes come. */
  final class IntoBytes<T> implements IntoOwn<T> {

    /** What is made of the bytes. */
    interface Finish<T> {
      T of(byte[] bytes) throws Exception;
    }

    /** The longest array that every JVM can make: HotSpot keeps some words for its header. */
    static final int LENGTH_MAX = Integer.MAX_VALUE - 8;

    private static final byte[] NONE = {};

    private final long wanted;
    private final Finish<T> finish;
    private byte[] bytes = NONE;

    IntoBytes(long wanted, Finish<T> finish) {
      this.wanted = wanted;
      this.finish = finish;
    }

    /** Into an array that was used before, for as many bytes as it has room. */
    IntoBytes(byte[] room, Finish<T> finish) {
      this(room.length, finish);
      bytes = room;
    }

    @Override
    public void take(ByteBuffer pooled, int from, int count, long at) {
      long end = at + count;
      if (end > LENGTH_MAX) {
        throw new OutOfMemoryError("more than 2 GiB do not fit in an array: read it in chunks");
      }
      if (end > bytes.length) {
        // Not all that is wanted at once: the file may be far shorter.
        long grown = Math.max(end, Math.min(wanted, 2L * bytes.length));
        bytes = Arrays.copyOf(bytes, (int) Math.min(grown, LENGTH_MAX));
      }
      pooled.get(from, bytes, (int) at, count);
    }

    @Override
    public T result(long moved, boolean atEnd) throws Exception {
      return finish.of(moved == bytes.length ? bytes : Arrays.copyOf(bytes, (int) moved));
    }
  }
}
