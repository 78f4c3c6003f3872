package io.aiofile;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The writes of one call, which are over when all of them are. */
final class RangeWrites extends Windowed implements Promise.Request {

  /** Writes of one call at once: as many as reads by default. */
  static final int IN_FLIGHT_MAX = RangeOptions.defaults().inFlightMax();

  private final List<RangeWrite> writes;
  private final List<SyncOrder.Epoch> epochs;
  private final Promise<Long> promise;

  // All guarded by promise.
  private final Set<AioFuture<?>> underWay = new HashSet<>();
  private int left;
  private boolean ending;
  private long bytes;
  private @Nullable Throwable failure;

  private RangeWrites(FileHandle handle, List<RangeWrite> writes) {
    super(handle, writes.size(), IN_FLIGHT_MAX);
    this.writes = writes;
    this.epochs = new ArrayList<>(writes.size());
    this.promise = new Promise<>(handle.executor(), this);
    this.left = writes.size();
  }

  /**
   * Refuses writes whose order would matter, as they have none.
   *
   * @throws IllegalArgumentException if two of them overlap, or share their buffer
   */
  static void checkApart(List<RangeWrite> writes) {
    Set<ByteBuffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
    List<RangeWrite> sorted = new ArrayList<>(writes);
    sorted.sort(Comparator.comparingLong(RangeWrite::position));
    RangeWrite before = null;
    for (RangeWrite write : sorted) {
      if (!buffers.add(write.source())) {
        throw new IllegalArgumentException(
            "one buffer in two writes, the second one at " + write.position());
      }
      if (write.source().hasRemaining()) {
        if (before != null && before.position() + before.source().remaining() > write.position()) {
          throw new IllegalArgumentException(
              "writes overlap, and have no order: "
                  + before.source().remaining()
                  + " bytes at "
                  + before.position()
                  + ", and "
                  + write.source().remaining()
                  + " bytes at "
                  + write.position());
        }
        before = write;
      }
    }
  }

  /** Starts to write what was {@linkplain #checkApart checked}. */
  static AioFuture<Long> start(FileHandle handle, List<RangeWrite> all) {
    List<RangeWrite> writes = new ArrayList<>(all);
    writes.removeIf(write -> !write.source().hasRemaining());
    if (!handle.enter(writes.size() + 1)) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    if (writes.isEmpty()) {
      handle.exit();
      return AioFuture.done(handle.executor(), 0L);
    }
    RangeWrites call = new RangeWrites(handle, writes);
    // All of them now: a sync that is asked for after this call covers those not started too.
    writes.forEach(write -> call.epochs.add(handle.beginWrite()));
    call.promise.hide();
    call.begin();
    return call.promise.show();
  }

  @Override
  long start(int index, Batch batch) {
    RangeWrite write = writes.get(index);
    SyncOrder.Epoch epoch = epochs.get(index);
    if (isEnding()) {
      handle.file().syncOrder.endWrite(epoch);
      handle.exit();
      over(null, null, null);
      return 0;
    }
    handle.context().counters().submitted.increment();
    long length = write.source().remaining();
    AioFuture<Integer> started =
        Writes.begin(handle, write.source(), write.position(), epoch, batch);
    boolean giveUp;
    synchronized (promise) {
      underWay.add(started);
      giveUp = ending;
    }
    if (giveUp) {
      started.cancel(false);
    }
    started.onRelease((count, thrown) -> over(started, count, thrown));
    return length; // copied to pooled memory at least, or written
  }

  private boolean isEnding() {
    synchronized (promise) {
      return ending;
    }
  }

  private void over(
      @Nullable AioFuture<?> write, @Nullable Integer count, @Nullable Throwable thrown) {
    boolean last;
    synchronized (promise) {
      if (write != null) {
        underWay.remove(write);
      }
      bytes += count == null ? 0 : count;
      if (thrown != null) {
        // Nothing more is started: the disk may be full.
        ending = true;
        if (failure == null) {
          failure = thrown;
        } else if (failure != thrown) {
          failure.addSuppressed(thrown);
        }
      }
      last = --left == 0;
    }
    if (last) {
      promise.settle(bytes, failure);
    }
    ended();
  }

  @Override
  public void giveUp() {
    List<AioFuture<?>> toAsk;
    synchronized (promise) {
      ending = true;
      toAsk = List.copyOf(underWay);
    }
    toAsk.forEach(each -> each.cancel(false));
  }
}
