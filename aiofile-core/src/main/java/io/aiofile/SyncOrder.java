package io.aiofile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which writes of a file a sync must wait for: all that were submitted before it, and no later
 * ones.
 *
 * <p>The kernel gives no such order: an fsync submitted to it does not wait for writes in flight
 * (io_submit(2); Vert.x #1369). Each sync closes an epoch of writes and starts when that epoch and
 * all older ones are over.
 *
 * <p>Also knows what is dirty: which writes no completed sync has covered.
 */
final class SyncOrder {

  /** Writes between two syncs. */
  static final class Epoch {
    private final long before;
    private int writes;
    private @Nullable Runnable sync;

    /** An epoch that so many writes were begun before. */
    Epoch(long before) {
      this.before = before;
    }
  }

  // All guarded by this.
  private final ArrayDeque<Epoch> epochs = new ArrayDeque<>();
  private Epoch current = new Epoch(0);
  private long begun;
  private long covered;

  SyncOrder() {
    epochs.add(current);
  }

  /** A write begins; the epoch goes back with {@link #endWrite}. */
  synchronized Epoch beginWrite() {
    begun++;
    current.writes++;
    return current;
  }

  /** The writes begun so far: what a sync that waits for all of them will cover. */
  synchronized long begun() {
    return begun;
  }

  /**
   * The writes known to be over, with all that were begun before them: what a sync covers that
   * starts now and waits for nobody. Others may be over too, behind one that is not.
   */
  synchronized long over() {
    Epoch oldest = epochs.getFirst();
    return oldest == current && oldest.writes == 0 ? begun : oldest.before;
  }

  /** Whether the first {@code writes} writes are not all covered by a completed sync. */
  synchronized boolean isDirty(long writes) {
    return writes > covered;
  }

  /** A sync that covers the first {@code writes} writes is over, and worked. */
  synchronized void synced(long writes) {
    covered = Math.max(covered, writes);
  }

  /** A write is over, done or not. */
  void endWrite(Epoch epoch) {
    List<Runnable> due;
    synchronized (this) {
      epoch.writes--;
      due = due();
    }
    due.forEach(Runnable::run);
  }

  /** Runs a sync when every write begun so far is over: at once if there is none. */
  void afterWrites(Runnable sync) {
    List<Runnable> due;
    synchronized (this) {
      current.sync = sync;
      current = new Epoch(begun);
      epochs.addLast(current);
      due = due();
    }
    due.forEach(Runnable::run);
  }

  private List<Runnable> due() {
    if (epochs.getFirst() == current || epochs.getFirst().writes > 0) {
      return List.of();
    }
    List<Runnable> due = new ArrayList<>(1);
    while (epochs.getFirst() != current && epochs.getFirst().writes == 0) {
      Runnable sync = epochs.removeFirst().sync;
      if (sync != null) {
        due.add(sync);
      }
    }
    return due;
  }
}
