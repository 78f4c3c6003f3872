package io.aiofile;

import io.aiofile.FileIoException.Failure;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of one call, on their way to an array each: those that are near are read by one merged
 * read, which copies to each range what is its own and drops what is between.
 */
final class RangeReads extends Windowed {

  private final List<Merged> merged;

  private RangeReads(FileHandle handle, List<Merged> merged, int inFlightMax) {
    super(handle, merged.size(), inFlightMax);
    this.merged = merged;
  }

  /** Starts to read; the futures are in the order of the ranges. */
  static List<AioFuture<byte[]>> start(
      FileHandle handle, List<FileRange> ranges, RangeOptions options) {
    List<Wanted> wanted = new ArrayList<>(ranges.size());
    for (FileRange range : ranges) {
      wanted.add(new Wanted(handle, range));
    }
    RangeReads reads = new RangeReads(handle, merge(wanted, options), options.inFlightMax());
    wanted.forEach(each -> each.promise.hide());
    if (handle.enter(reads.merged.size() + 1)) {
      wanted.stream().filter(each -> each.range.length() == 0).forEach(each -> each.end(0, null));
      reads.begin();
    } else {
      wanted.forEach(each -> each.end(0, new ClosedChannelException()));
    }
    List<AioFuture<byte[]>> futures = new ArrayList<>(wanted.size());
    wanted.forEach(each -> futures.add(each.promise.show()));
    return List.copyOf(futures);
  }

  private static List<Merged> merge(List<Wanted> wanted, RangeOptions options) {
    List<Wanted> sorted = new ArrayList<>(wanted);
    sorted.removeIf(each -> each.range.length() == 0);
    sorted.sort(Comparator.comparingLong(each -> each.range.position()));
    List<Merged> all = new ArrayList<>();
    Merged last = null;
    for (Wanted each : sorted) {
      if (last == null || !last.hasPlaceFor(each.range, options)) {
        last = new Merged(each.range.position());
        all.add(last);
      }
      last.add(each);
    }
    return all;
  }

  @Override
  long start(int index, Batch batch) {
    Merged read = merged.get(index);
    if (read.isGivenUp()) {
      handle.exit();
      ended();
      return 0;
    }
    AioFuture<Long> started = Reads.fill(handle, read, read.start, read.end - read.start, batch);
    read.started(started);
    started.onRelease(
        (moved, failure) -> {
          read.ended(moved == null ? 0 : moved, failure);
          ended();
        });
    return inlineBytes(started, read.end - read.start);
  }

  /** One range, and the future that its caller has. */
  private static final class Wanted implements Promise.Request {
    final FileRange range;
    final Promise<byte[]> promise;
    private final FileHandle handle;
    private final ReadSink.IntoBytes<byte[]> bytes;
    private @Nullable Merged read; // set before the promise is shown

    // Guarded by this: a range that is given up settles there and then, and its read goes on.
    private boolean over;

    Wanted(FileHandle handle, FileRange range) {
      this.handle = handle;
      this.range = range;
      this.bytes = new ReadSink.IntoBytes<>(range.length(), all -> all);
      this.promise = new Promise<>(handle.executor(), this);
    }

    /** Takes what is its own of bytes at a position of the file. */
    void take(ByteBuffer pooled, int from, int count, long position) {
      long first = Math.max(position, range.position());
      long end = Math.min(position + count, range.end());
      if (first < end && !isOver()) {
        bytes.take(
            pooled, from + (int) (first - position), (int) (end - first), first - range.position());
      }
    }

    private synchronized boolean isOver() {
      return over;
    }

    private synchronized boolean endsNow() {
      boolean now = !over;
      over = true;
      return now;
    }

    /** The read is over, and has filled so many bytes of this range. */
    void end(long filled, @Nullable Throwable cause) {
      if (!endsNow()) {
        return;
      }
      byte[] value = null;
      Throwable failure = cause;
      try {
        if (failure == null) {
          value = bytes.result(filled, false);
        } else if (failure instanceof FileIoException told && told.getCause() != null) {
          // Of the merged read, in which the caller would not find his range again.
          Failure what = Errors.transfer("read", handle);
          failure = Errors.describe(what.at(range.position(), range.length(), 0), told.getCause());
        }
      } catch (Throwable e) {
        failure = e;
      }
      promise.settle(value, failure);
    }

    @Override
    public void giveUp() {
      if (endsNow()) {
        promise.settle(null, null);
        if (read != null) {
          read.lost();
        }
      }
    }
  }

  /** Ranges that are read by one read. */
  private static final class Merged implements ReadSink.IntoOwn<Long> {
    final long start;
    long end;
    private final List<Wanted> ranges = new ArrayList<>(1);
    private final AtomicInteger interested = new AtomicInteger();
    private volatile @Nullable AioFuture<?> underWay;

    Merged(long start) {
      this.start = start;
      this.end = start;
    }

    boolean hasPlaceFor(FileRange range, RangeOptions options) {
      long longer = Math.max(end, range.end());
      return longer == end
          || (range.position() - end <= options.gapBytesMax()
              && longer - start <= options.mergedBytesMax());
    }

    void add(Wanted range) {
      ranges.add(range);
      range.read = this;
      interested.incrementAndGet();
      end = Math.max(end, range.range.end());
    }

    boolean isGivenUp() {
      return interested.get() == 0;
    }

    void started(AioFuture<?> read) {
      underWay = read;
      if (isGivenUp()) {
        read.cancel(false);
      }
    }

    /** One of the ranges was given up; the read with the last of them. */
    void lost() {
      boolean last = interested.decrementAndGet() == 0;
      AioFuture<?> read = underWay;
      if (last && read != null) {
        read.cancel(false);
      }
    }

    void ended(long moved, @Nullable Throwable failure) {
      long reached = start + moved;
      for (Wanted each : ranges) {
        long filled = reached - each.range.position();
        each.end(Math.max(0, Math.min(filled, each.range.length())), failure);
      }
    }

    @Override
    public void take(ByteBuffer pooled, int from, int count, long at) {
      long position = start + at;
      for (Wanted each : ranges) {
        if (each.range.position() >= position + count) {
          return; // in the order of their positions
        }
        each.take(pooled, from, count, position);
      }
    }

    @Override
    public Long result(long moved, boolean atEnd) {
      return moved;
    }
  }
}
