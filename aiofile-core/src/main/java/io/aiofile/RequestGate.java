package io.aiofile;

import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Lets operations through to the backend: as many at once as there are permits, as long as there is
 * pooled memory for them; the others wait in line, up to a limit.
 *
 * <p>First in, first out, also for memory: nothing overtakes a large request for ever.
 */
final class RequestGate {

  /** Where an operation stands with the gate. */
  enum Place {
    OUTSIDE,
    WAITING,
    ADMITTED,
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

  // All guarded by this.
  private int permits;
  private final int permitsMax;
  private int queued;
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
      if (first != null || !tryAdmit(entry)) {
        if (queued >= queuedMax && !accepted) {
          throw new RejectedExecutionException(
              queued + " operations are queued, as many as maxQueued allows");
        }
        append(entry);
        return false;
      }
      pooled = entry.stage;
    }
    return entry.admitted(pooled);
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
      } else if (entry.place == Place.ADMITTED) {
        permits++;
      }
      entry.place = Place.LEFT;
      if (stage != null) {
        pool.release(stage);
      }
    }
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
    queued++;
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
    queued--;
  }

  synchronized int queued() {
    return queued;
  }

  synchronized int inFlight() {
    return permitsMax - permits;
  }
}
