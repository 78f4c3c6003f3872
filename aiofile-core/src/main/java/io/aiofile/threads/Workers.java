package io.aiofile.threads;

import io.aiofile.spi.LaneThread;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The worker lane: operations in one queue, served by at most so many threads, which start when
 * there is work for them and end when there was none for a while.
 *
 * <p>Not a {@link java.util.concurrent.ThreadPoolExecutor}: that one wakes its idle threads by
 * interrupts, which must not exist here ({@link LaneThread#shielded}), and forgets or throws a task
 * whose thread cannot be started.
 */
final class Workers {

  /** How long a thread waits for work before it ends. */
  static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** What is to be done for an operation; ends it itself, or hands it on. */
  private record Work(Operation operation, Runnable body) {}

  /** Starts threads; a seam for tests, where the machine runs out of them. */
  interface Starter {
    void start(Thread thread);
  }

  private final String prefix;
  private final int threadsMax;
  private final Starter starter;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ready = lock.newCondition();

  // All guarded by the lock.
  // In their order, and found by their operation: thousands of opens may be given up at once.
  private final LinkedHashMap<Operation, Work> queue = new LinkedHashMap<>();
  private final Set<Thread> running = new HashSet<>();
  private int threads; // running, and being started
  private int idle;
  private int started;
  private boolean closed;

  Workers(String prefix, int threadsMax, Starter starter) {
    this.prefix = prefix;
    this.threadsMax = Math.max(1, threadsMax);
    this.starter = starter;
  }

  int threadsMax() {
    return threadsMax;
  }

  /** Queues what is to be done for an operation. If it can never be done, the operation fails. */
  void execute(Operation operation, Runnable body) {
    int number;
    lock.lock();
    try {
      if (closed) {
        number = -1;
      } else {
        queue.put(operation, new Work(operation, body));
        if (queue.size() <= idle) {
          ready.signal();
          return;
        }
        if (threads == threadsMax) {
          return;
        }
        threads++;
        number = ++started;
      }
    } finally {
      lock.unlock();
    }
    if (number < 0) {
      Guard.refuse(operation, new IOException("the backend is closed"));
    } else {
      startThread(number);
    }
  }

  private void startThread(int number) {
    Thread thread = null;
    try {
      thread = LaneThread.shielded(prefix + "-" + number, this::serve);
      lock.lock();
      try {
        running.add(thread);
      } finally {
        lock.unlock();
      }
      starter.start(thread);
    } catch (Throwable thrown) {
      // Where another thread lives it comes to the queue sooner or later. The last one to fail
      // takes the queue along.
      List<Work> lost = List.of();
      lock.lock();
      try {
        threads--;
        if (thread != null) {
          running.remove(thread);
        }
        if (threads == 0) {
          lost = new ArrayList<>(queue.values());
          queue.clear();
        }
      } finally {
        lock.unlock();
      }
      for (Work work : lost) {
        Guard.refuse(work.operation, new IOException("no worker thread could be started", thrown));
      }
    }
  }

  private void serve() {
    for (Work work = next(); work != null; work = next()) {
      Guard.run(work.operation, work.body);
    }
  }

  /** The next work; null if this thread is to end, and has been taken off the books. */
  private @Nullable Work next() {
    lock.lock();
    try {
      long nanos = IDLE_NANOS;
      while (queue.isEmpty() && !closed && nanos > 0) {
        idle++;
        try {
          nanos = ready.awaitNanos(nanos);
        } catch (InterruptedException e) {
          throw new AssertionError("a shielded thread was interrupted", e);
        } finally {
          idle--;
        }
      }
      if (queue.isEmpty()) {
        threads--;
        running.remove(Thread.currentThread());
        return null;
      }
      Iterator<Work> queued = queue.values().iterator();
      Work work = queued.next();
      queued.remove();
      return work;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a withdrawn operation out of the queue, where it would stay, with its buffer, for as long
   * as all threads hang.
   */
  void forget(Operation operation) {
    lock.lock();
    try {
      queue.remove(operation);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the threads when the queue is empty, and waits for them. */
  void close() {
    List<Thread> ending;
    lock.lock();
    try {
      closed = true;
      ready.signalAll();
      ending = new ArrayList<>(running);
    } finally {
      lock.unlock();
    }
    Joining.joinAll(ending);
  }
}
