package io.aiofile;

import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets operations through to the backend: as many at once as there are permits, as long as there is
 * pooled memory for them; the others wait in line, up to a limit.
 *
 * <p>First in, first out, also for memory: nothing overtakes a large request for ever.
 *
 * <p>What may wait for other reasons than permits or memory (opens, which may wait for the other
 * end of a FIFO; transfers of FIFOs; syncs, for the writes before them) passes by the line, and
 * must not hold it up; but it counts: as many as there are permits may pass by, and the others
 * count as queued.
 *
 * <p>So do calls that wait at a cursor for those before them; but only for other calls. Operations
 * are not refused on their account: those of a call that runs would be, by the calls behind it.
 */
final class RequestGate {

  /** Where an operation stands with the gate. */
  enum Place {
    OUTSIDE,
    ASIDE,
    WAITING,
    ADMITTED,
    STRANDED,
    LEFT
  }

  /** What a gate lets through. */
  abstract static class Entry extends Operation {
    // All guarded by the gate.
    private Place place = Place.OUTSIDE;
    private @Nullable Entry before;
    private @Nullable Entry after;
    private @Nullable ByteBuffer stage;

    Entry(Opcode opcode) {
      super(opcode);
    }

    /** Bytes of pooled memory that the operation can use; 0 for none. */
    abstract long stageBytes();

    /**
     * It is this one's turn: called once, without a lock.
     *
     * @param pooled null if none was asked for, or if native memory can't be had at all
     * @return whether there is something to submit
     */
    abstract boolean admitted(@Nullable ByteBuffer pooled);

    /** Goes to the backend, after it was admitted. */
    abstract void submit();
  }

  private final BufferPool pool;
  private final int queuedMax;
  private final ThreadLocal<Boolean> draining = new ThreadLocal<>();
  private final ThreadLocal<Boolean> promised = new ThreadLocal<>();

  // All guarded by this.
  private int permits;
  private final int permitsMax;
  private int inLine;
  private int aside;
  private int stranded;
  private int callsWaiting;
  private @Nullable Entry first;
  private @Nullable Entry last;

  RequestGate(int permits, int queuedMax, BufferPool pool) {
    this.permits = permits;
    this.permitsMax = permits;
    this.queuedMax = queuedMax;
    this.pool = pool;
  }

  /**
   * Lets an operation through now, or puts it in line.
   *
   * @param accepted whether it was promised a place before, so that a full line must take it
   * @return whether it is now to be submitted, by the caller, perhaps with others
   * @throws RejectedExecutionException if the line is full
   */
  boolean pass(Entry entry, boolean accepted) {
    ByteBuffer pooled;
    synchronized (this) {
      if (entry.place == Place.LEFT) {
        return false; // given up on its way here
      }
      if (entry.place == Place.ASIDE) {
        entry.place = Place.OUTSIDE;
        aside--;
      }
      if (first != null || !tryAdmit(entry)) {
        if (!accepted) {
          refuseIfFull(operationsQueued());
        }
        append(entry);
        return false;
      }
      pooled = entry.stage;
    }
    return entry.admitted(pooled);
  }

  /**
   * Counts an operation that waits elsewhere, until it passes or leaves.
   *
   * @throws RejectedExecutionException if the line is full
   */
  synchronized void passBy(Entry entry) {
    if (entry.place == Place.OUTSIDE) {
      passBy();
      entry.place = Place.ASIDE;
    }
  }

  /**
   * Counts something that is not let through here, such as an open, until it has {@linkplain
   * #passedBy() passed}.
   *
   * @throws RejectedExecutionException if the line is full
   */
  synchronized void passBy() {
    if (aside >= permitsMax) {
      refuseIfFull(operationsQueued());
    }
    aside++;
  }

  /** What was counted is over. */
  synchronized void passedBy() {
    aside--;
  }

  /**
   * Counts a call that waits at a cursor, until its {@linkplain #turnCame() turn has come}.
   *
   * @throws RejectedExecutionException if the line is full
   */
  synchronized void awaitTurn() {
    refuseIfFull(queued());
    callsWaiting++;
  }

  /** A call at a cursor waits no more. */
  synchronized void turnCame() {
    callsWaiting--;
  }

  /**
   * Starts what has waited for its turn: it had a place, and a full line must take it; but no more
   * than it, since users' code may run in here too.
   */
  <T> T asPromised(Supplier<T> start) {
    Boolean before = promised.get();
    promised.set(true);
    try {
      return start.get();
    } finally {
      if (before == null) {
        promised.remove();
      } else {
        promised.set(before); // that of a call around this one
      }
    }
  }

  private void refuseIfFull(int queued) {
    if (queued < queuedMax) {
      return;
    }
    if (promised.get() == null) {
      throw new RejectedExecutionException(
          queued + " operations are queued, as many as maxQueued allows");
    }
    promised.remove(); // one place was promised, and this one has it now
  }

  private boolean tryAdmit(Entry entry) {
    if (permits == 0) {
      return false;
    }
    long bytes = entry.stageBytes();
    if (bytes > 0) {
      try {
        ByteBuffer pooled = pool.acquire(bytes);
        if (pooled == null) {
          return false; // what is in use comes back, and then it is this one's turn again
        }
        entry.stage = pooled;
      } catch (OutOfMemoryError e) {
        entry.stage = null; // nothing comes back: the operation has to be told
      }
    }
    permits--;
    entry.place = Place.ADMITTED;
    return true;
  }

  /** The operation is over, or gave up waiting: its place and memory go to those in line. */
  void leave(Entry entry) {
    ByteBuffer stage;
    synchronized (this) {
      stage = entry.stage;
      entry.stage = null;
      if (entry.place == Place.WAITING) {
        unlink(entry);
      } else if (entry.place == Place.ASIDE) {
        aside--;
      } else if (entry.place == Place.ADMITTED) {
        permits++;
      } else if (entry.place == Place.STRANDED) {
        stranded--;
        stage = null; // written off before
      }
      entry.place = Place.LEFT;
      if (stage != null) {
        pool.release(stage);
      }
    }
    drain();
  }

  /**
   * The kernel may keep this one, and its memory, for good: what it has of permits and of the
   * pool's limit goes to those in line.
   */
  void strand(Entry entry) {
    synchronized (this) {
      if (entry.place != Place.ADMITTED) {
        return;
      }
      entry.place = Place.STRANDED;
      permits++;
      stranded++;
      ByteBuffer stage = entry.stage;
      if (stage != null) {
        pool.writeOff(stage);
      }
    }
    drain();
  }

  /**
   * Memory for a transfer on the caller's thread, to be {@linkplain #giveBack given back}; null if
   * there is none now.
   */
  @Nullable ByteBuffer take(long bytes) {
    ByteBuffer taken = pool.tryAcquire(bytes);
    if (taken == null) {
      drain(); // the first in line may have counted on what this one asked for in vain
    }
    return taken;
  }

  /** The transfer on the caller's thread is over: its memory goes to those in line. */
  void giveBack(ByteBuffer taken) {
    pool.release(taken);
    drain();
  }

  /** Memory went back to the pool without an operation leaving: someone may be waiting for it. */
  void drain() {
    if (draining.get() != null) {
      return; // an operation that ended inside admitted(): the loop below goes on, not the stack
    }
    boolean marked = false;
    try {
      for (; ; ) {
        Entry next;
        ByteBuffer pooled;
        synchronized (this) {
          next = first;
          if (next == null || !tryAdmit(next)) {
            return;
          }
          unlink(next);
          pooled = next.stage;
        }
        if (!marked) {
          marked = true;
          draining.set(true);
        }
        if (next.admitted(pooled)) {
          next.submit();
        }
      }
    } finally {
      if (marked) {
        draining.remove();
      }
    }
  }

  private void append(Entry entry) {
    entry.place = Place.WAITING;
    entry.before = last;
    if (last == null) {
      first = entry;
    } else {
      last.after = entry;
    }
    last = entry;
    inLine++;
  }

  private void unlink(Entry entry) {
    Entry before = entry.before;
    Entry after = entry.after;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.before = before;
    }
    entry.before = null;
    entry.after = null;
    inLine--;
  }

  synchronized int queued() {
    return operationsQueued() + callsWaiting;
  }

  /** Guarded by this. */
  private int operationsQueued() {
    return inLine + Math.max(0, aside - permitsMax);
  }

  /** Those with a permit, and those that the kernel may keep for good. */
  synchronized int inFlight() {
    return permitsMax - permits + stranded;
  }
}
