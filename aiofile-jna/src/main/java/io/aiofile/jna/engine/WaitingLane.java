package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.EventFd;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.PollFd;
import io.aiofile.spi.LaneThread;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import io.aiofile.spi.SystemCallException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Operations that wait for somebody else: the other end of a FIFO, a terminal. One thread for all
 * of them sleeps in poll(2), and tries an operation when its file is ready.
 *
 * <p>While it waits, an operation is QUEUED: nothing has its buffer, so a cancel ends it at once,
 * however silent the other end is. The thread is woken through an eventfd when something is added
 * or dropped.
 *
 * <p>Opening a FIFO for writing has nothing to poll for before there is a reader: such opens are
 * tried every {@link #TICK_MILLIS}, and only while there are any does the thread wake up by itself.
 *
 * <p>poll(2) rather than epoll(7): nothing to register, hence nothing left behind of a descriptor
 * that was closed; the price, a pass over all that wait for each wake-up, is small next to what
 * terminals and FIFOs deliver.
 */
final class WaitingLane {

  /** One try, which must not block. */
  interface Attempt {
    /** Called in state IN_KERNEL. Returns what ends the operation; null to wait on. */
    @Nullable Runnable attempt();
  }

  /** Between two tries of what can't be polled for. */
  static final int TICK_MILLIS = 20;

  /**
   * So often may a file say that it is ready and then not be, before it is tried by the clock only.
   */
  static final int FALSE_ALARMS_MAX = 8;

  private static final Logger LOG = System.getLogger(WaitingLane.class.getName());
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);

  private final LibC libc;
  private final EventFd wakeUp;
  private final String threadName;
  private final int idleMillis;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private final List<Entry> entries = new ArrayList<>();
  private @Nullable LaneThread thread;
  private boolean closed;

  /**
   * Without a thread, until there is something to wait for.
   *
   * @param wakeUp becomes the lane's to close
   */
  WaitingLane(LibC libc, EventFd wakeUp, String threadName) {
    this(libc, wakeUp, threadName, (int) TimeUnit.NANOSECONDS.toMillis(WorkerLane.IDLE_NANOS));
  }

  /** For tests: with a thread that is less patient. */
  WaitingLane(LibC libc, EventFd wakeUp, String threadName, int idleMillis) {
    this.libc = libc;
    this.wakeUp = wakeUp;
    this.threadName = threadName;
    this.idleMillis = idleMillis;
  }

  /** Waits until the file is ready, then tries. */
  void submit(Operation operation, int fd, Attempt attempt) {
    int events = operation.opcode() == Opcode.WRITE ? PollFd.POLLOUT : PollFd.POLLIN;
    add(new Entry(operation, attempt, fd, events));
  }

  /** Tries again and again. */
  void submitTimed(Operation operation, Attempt attempt) {
    Entry entry = new Entry(operation, attempt, -1, 0);
    entry.tryByTheClock(System.nanoTime());
    add(entry);
  }

  /** Drops an operation that was withdrawn. */
  void forget(Operation operation) {
    boolean dropped;
    lock.lock();
    try {
      dropped = entries.removeIf(entry -> entry.operation == operation);
    } finally {
      lock.unlock();
    }
    // Lest the thread goes on polling a descriptor that is about to be closed.
    if (dropped) {
      wakeUp.signal();
    }
  }

  private void add(Entry entry) {
    LaneThread starting = null;
    boolean refused;
    lock.lock();
    try {
      refused = closed;
      if (!refused) {
        entries.add(entry);
        if (thread == null) {
          starting = LaneThread.shielded(threadName, this::run);
          thread = starting;
        }
      }
    } finally {
      lock.unlock();
    }
    if (refused) {
      Guarded.failQueued(entry.operation, new IOException(threadName + " is closed"));
    } else if (starting != null) {
      start(starting);
    } else {
      wakeUp.signal();
    }
  }

  private void start(LaneThread starting) {
    try {
      starting.start();
    } catch (Throwable thrown) {
      end(starting, new IOException(threadName + " could not be started", thrown));
    }
  }

  // ---- the thread

  private void run() {
    try (PollSet polled = new PollSet(libc)) {
      List<Entry> round = new ArrayList<>();
      while (pollOnce(polled, round)) {
        long now = System.nanoTime();
        for (int i = 0; i < round.size(); i++) {
          Entry entry = round.get(i);
          // The first place is the eventfd's.
          if (entry.isDue(now) || polled.isReady(i + 1)) {
            attempt(entry, now);
          }
        }
      }
    } catch (Throwable thrown) {
      LOG.log(Level.ERROR, threadName + " died", thrown);
      end(Thread.currentThread(), new IOException(threadName + " died: " + thrown, thrown));
    }
  }

  /**
   * Waits for one of the entries, which it puts into {@code round}. False when the thread has to
   * end.
   */
  private boolean pollOnce(PollSet polled, List<Entry> round) throws SystemCallException {
    if (!snapshot(round)) {
      return false;
    }
    polled.reset(round.size() + 1);
    polled.add(wakeUp.fd(), PollFd.POLLIN);
    for (Entry entry : round) {
      polled.add(entry.isByTheClock ? -1 : entry.fd, entry.events);
    }
    int ready = polled.poll(timeoutMillis(round, System.nanoTime()));
    if (ready == -Errno.EINTR || ready == -Errno.EAGAIN) {
      round.clear();
    } else if (ready < 0) {
      throw Errno.exception(-ready);
    } else if (ready == 0 && round.isEmpty()) {
      return !endIfIdle();
    } else if (polled.isReady(0)) {
      // Before the next snapshot: what is added after that signals again.
      wakeUp.drain();
    }
    return true;
  }

  /** Copies the entries. False when the lane is closed. */
  private boolean snapshot(List<Entry> round) {
    round.clear();
    lock.lock();
    try {
      entries.removeIf(entry -> entry.operation.state() == Operation.State.DONE);
      round.addAll(entries);
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private int timeoutMillis(List<Entry> round, long now) {
    if (round.isEmpty()) {
      return idleMillis;
    }
    long soonest = Long.MAX_VALUE;
    for (Entry entry : round) {
      if (entry.isByTheClock) {
        soonest = Math.min(soonest, Math.max(0, entry.dueNanos - now));
      }
    }
    // Rounded up, lest the last fraction of a millisecond is spun away.
    return soonest == Long.MAX_VALUE ? -1 : (int) TimeUnit.NANOSECONDS.toMillis(soonest) + 1;
  }

  private boolean endIfIdle() {
    lock.lock();
    try {
      if (entries.isEmpty()) {
        thread = null;
        return true;
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void attempt(Entry entry, long now) {
    Operation operation = entry.operation;
    if (!Guarded.enterKernel(operation)) {
      remove(entry);
      return;
    }
    Runnable ending;
    try {
      ending = entry.attempt.attempt();
    } catch (Throwable thrown) {
      ending = () -> Guarded.fail(operation, thrown);
    }
    if (ending != null) {
      // First, since the end of one pass may be the submission of the next.
      remove(entry);
      ending.run();
    } else if (Guarded.requeue(operation)) {
      entry.falseAlarm(now);
    } else {
      remove(entry);
    }
  }

  private void remove(Entry entry) {
    lock.lock();
    try {
      entries.remove(entry);
    } finally {
      lock.unlock();
    }
  }

  /** The thread is gone, or never came: whatever waits for it fails. */
  private void end(@Nullable Thread gone, IOException cause) {
    List<Entry> orphans;
    lock.lock();
    try {
      if (gone != null && gone != thread) {
        return;
      }
      thread = null;
      orphans = new ArrayList<>(entries);
      entries.clear();
    } finally {
      lock.unlock();
    }
    for (Entry orphan : orphans) {
      Guarded.failQueued(orphan.operation, cause);
    }
  }

  /** Ends the thread. */
  void close() {
    LaneThread ending;
    lock.lock();
    try {
      closed = true;
      ending = thread;
    } finally {
      lock.unlock();
    }
    wakeUp.signal();
    if (ending != null && !Threads.join(ending)) {
      LOG.log(Level.WARNING, threadName + " did not end; it is left behind");
      return;
    }
    end(null, new IOException(threadName + " is closed"));
    wakeUp.close();
  }

  private static final class Entry {

    private final Operation operation;
    private final Attempt attempt;
    private final int fd;
    private final int events;

    // The thread's, once the entry was added.
    private int falseAlarms;
    private boolean isByTheClock;
    private long dueNanos;

    Entry(Operation operation, Attempt attempt, int fd, int events) {
      this.operation = operation;
      this.attempt = attempt;
      this.fd = fd;
      this.events = events;
    }

    void tryByTheClock(long now) {
      isByTheClock = true;
      dueNanos = now + TICK_NANOS;
    }

    boolean isDue(long now) {
      return isByTheClock && now - dueNanos >= 0;
    }

    /** It was tried for nothing. */
    void falseAlarm(long now) {
      if (isByTheClock || ++falseAlarms >= FALSE_ALARMS_MAX) {
        tryByTheClock(now);
      }
    }
  }
}
