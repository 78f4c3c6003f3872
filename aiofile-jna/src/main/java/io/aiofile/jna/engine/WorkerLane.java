package io.aiofile.jna.engine;

import io.aiofile.spi.LaneThread;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Threads for system calls that block: at most so many, started when there is work and no idle one,
 * ended when idle for {@link #IDLE_NANOS}.
 *
 * <p>Whoever submits starts one thread at most, and none while one is on its way: to start a thread
 * takes until it runs, which on a busy machine is milliseconds. The others are started by each
 * other: by one that comes and finds more jobs than there are idle threads for.
 *
 * <p>Why not a ThreadPoolExecutor. Up to its core size it starts a thread for each task, however
 * many are idle. And when a thread can't be started, {@code execute} throws after it may or may not
 * have queued the task: it is lost, or, tried again, done twice. Here a job is in the queue, or
 * with one thread, or refused, and one lock says which.
 *
 * <p>Unbounded, because the policy layer hands over a bounded number of operations.
 */
final class WorkerLane {

  /** What a worker does for one operation. */
  interface Job {
    /** Whose job it is; queued until {@link #run()}. */
    Operation operation();

    /** Does it, and ends the operation or passes it on; also if it was withdrawn. */
    void run();
  }

  /** Idle threads stay this long: far above the gaps of steady work, far below an idle minute. */
  static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /**
   * So long one that was hired counts as arriving. More than a busy scheduler takes; a limit, as
   * nobody else would be hired if it never came.
   */
  private static final long ARRIVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** So often one submitter, or one worker, tries to start a thread. */
  private static final int TRIES_MAX = 16;

  private static final Logger LOG = System.getLogger(WorkerLane.class.getName());

  private final String name;
  private final int threadsMax;
  private final long idleNanos;
  private final ThreadFactory factory;

  /** Made while there was some. */
  private final OutOfMemoryError noMemory = new OutOfMemoryError("no memory for a worker thread");

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  // Guarded by the lock.

  // In their order, and found by their operation: thousands of opens may be given up at once.
  private final LinkedHashMap<Operation, Job> queue = new LinkedHashMap<>();
  private final Set<Worker> workers;
  private final BitSet numbers = new BitSet();
  private int idle;
  private @Nullable Worker arriving; // hired last, and has not asked for a job yet
  private boolean closed;

  /** Written under the lock. */
  private volatile boolean backlog;

  /**
   * No thread yet.
   *
   * @param name of the context, for thread names
   */
  WorkerLane(String name, int threadsMax) {
    this(name, threadsMax, IDLE_NANOS, body -> LaneThread.shielded(name + "-worker", body));
  }

  /** For tests: with a shorter patience, and threads that can't be had. */
  WorkerLane(String name, int threadsMax, long idleNanos, ThreadFactory factory) {
    if (threadsMax < 1) {
      throw new IllegalArgumentException("threadsMax: " + threadsMax);
    }
    this.name = name;
    this.threadsMax = threadsMax;
    this.idleNanos = idleNanos;
    this.factory = factory;
    this.workers = new HashSet<>(2 * threadsMax);
  }

  int threadsMax() {
    return threadsMax;
  }

  /** Sees to it that the job is run by a worker, or its operation fails. */
  void submit(Job job) {
    Worker starting = null;
    boolean nobody = false;
    boolean refused;
    lock.lock();
    try {
      refused = closed;
      if (!refused) {
        enqueue(job);
        work.signal();
        starting = hireIfThereIsMemory();
        nobody = workers.isEmpty();
        noteBacklog();
      }
    } finally {
      lock.unlock();
    }
    if (refused) {
      refuse(job, new IOException("the workers of " + name + " are closed"));
    } else if (starting != null) {
      start(starting);
    } else if (nobody) {
      refuseOrphans(noMemory);
    }
  }

  /** From here on it is in the queue, or this throws. Under the lock. */
  private void enqueue(Job job) {
    try {
      queue.put(job.operation(), job);
    } catch (Throwable noMemory) {
      // A map that finds no memory to grow has the entry already.
      queue.remove(job.operation());
      throw noMemory;
    }
  }

  /** Whether half of the threads there may be have, or are about to have, a job. */
  boolean isBusy() {
    lock.lock();
    try {
      return 2 * (workers.size() - idle + queue.size()) >= threadsMax;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether all threads there may be have a job, and others wait: as of a moment ago, without a
   * lock.
   */
  boolean hasBacklog() {
    return backlog;
  }

  /** After each change of the queue. Under the lock. */
  private void noteBacklog() {
    backlog = workers.size() == threadsMax && queue.size() > idle;
  }

  /** Drops the job of an operation that was withdrawn, if it is still queued. */
  void forget(Operation operation) {
    lock.lock();
    try {
      queue.remove(operation);
      noteBacklog();
    } finally {
      lock.unlock();
    }
  }

  /**
   * One more worker, which the caller has to start, if there are more jobs than idle ones, and none
   * is arriving, who would hire the next. Under the lock.
   */
  private @Nullable Worker hireIfShort() {
    if (queue.size() <= idle || workers.size() == threadsMax) {
      return null;
    }
    Worker last = arriving;
    if (last != null && System.nanoTime() - last.hiredAtNanos < ARRIVAL_NANOS) {
      return null;
    }
    Worker worker = new Worker(numbers.nextClearBit(1));
    numbers.set(worker.number);
    workers.add(worker);
    arriving = worker;
    return worker;
  }

  private void start(Worker hired) {
    Worker worker = hired;
    for (int tries = 1; worker != null; tries++) {
      try {
        worker.start();
        return;
      } catch (Throwable thrown) {
        // OutOfMemoryError: "unable to create native thread". The others do the work, if there are
        // any.
        worker = instead(worker, tries);
        if (worker == null) {
          refuseOrphans(thrown);
        }
      }
    }
  }

  /** Another one, as long as there are as many jobs that may have relied on the one who failed. */
  private @Nullable Worker instead(Worker failed, int tries) {
    lock.lock();
    try {
      removed(failed);
      return tries < Math.min(queue.size(), TRIES_MAX) ? hireIfThereIsMemory() : null;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses the jobs that nobody would ever do now. */
  private void refuseOrphans(Throwable thrown) {
    for (Job orphan = orphan(); orphan != null; orphan = orphan()) {
      Throwable why;
      try {
        why = new IOException("no worker thread could be started", thrown);
      } catch (OutOfMemoryError e) {
        why = thrown;
      }
      refuse(orphan, why);
    }
  }

  private @Nullable Job orphan() {
    lock.lock();
    try {
      return workers.isEmpty() && !queue.isEmpty() ? takeFirst() : null;
    } finally {
      lock.unlock();
    }
  }

  private void removed(Worker worker) {
    if (arriving == worker) {
      arriving = null;
    }
    workers.remove(worker);
    numbers.clear(worker.number);
  }

  private static void refuse(Job job, Throwable why) {
    if (job.operation().opcode() == Opcode.CLOSE) {
      // A descriptor that is never closed is worse than a close(2) on the wrong thread.
      Guarded.run(job::run);
    } else {
      Guarded.failQueued(job.operation(), why);
    }
  }

  /** Waits for a job; null when the worker has to end, and then it is off the list. */
  private @Nullable Job next(Worker worker) {
    long patience = idleNanos;
    lock.lock();
    try {
      if (arriving == worker) {
        arriving = null;
      }
      while (true) {
        if (!queue.isEmpty()) {
          Job first = takeFirst();
          worker.colleague = closed ? null : hireIfThereIsMemory();
          return first;
        }
        if (closed || patience <= 0) {
          removed(worker);
          return null;
        }
        // A worker that was signalled and has not come yet counts as idle, and its job as queued.
        idle++;
        try {
          patience = work.awaitNanos(patience);
        } catch (InterruptedException e) {
          // Left behind by somebody's callback: means nothing to a worker, and the flag is clear
          // now.
        } finally {
          idle--;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** For those who have a job in their hands or in the queue already. Under the lock. */
  private @Nullable Worker hireIfThereIsMemory() {
    try {
      return hireIfShort();
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  /** Of a queue that is not empty. Under the lock. */
  private Job takeFirst() {
    Iterator<Job> jobs = queue.values().iterator();
    Job first = jobs.next();
    jobs.remove();
    noteBacklog();
    return first;
  }

  /** A worker's thread dies, which only an Error in the log or in the lane itself can do. */
  private void replace(Worker dying) {
    Worker starting;
    lock.lock();
    try {
      removed(dying);
      work.signal(); // it may have had the signal that was another's
      starting = hireIfThereIsMemory();
    } finally {
      lock.unlock();
    }
    if (starting != null) {
      start(starting);
    } else {
      refuseOrphans(noMemory);
    }
  }

  /** Ends the threads. Nothing is submitted any more. */
  void close() {
    List<Worker> ending;
    lock.lock();
    try {
      closed = true;
      ending = new ArrayList<>(workers);
      work.signalAll();
    } finally {
      lock.unlock();
    }
    for (Worker worker : ending) {
      Thread thread = worker.thread;
      if (thread != null && !Threads.join(thread)) {
        LOG.log(Level.WARNING, thread.getName() + " did not end; it is left behind");
      }
    }
  }

  private final class Worker implements Runnable {

    private final int number;
    private final long hiredAtNanos = System.nanoTime();
    private @Nullable Worker colleague; // hired by this one, to be started by it
    private volatile @Nullable Thread thread;

    Worker(int number) {
      this.number = number;
    }

    void start() {
      Thread created = factory.newThread(this);
      created.setName(name + "-worker-" + number);
      thread = created;
      created.start();
    }

    private void startColleague() {
      Worker hired = colleague;
      if (hired != null) {
        colleague = null;
        WorkerLane.this.start(hired);
      }
    }

    @Override
    public void run() {
      boolean ended = false;
      try {
        for (Job job = next(this); job != null; job = next(this)) {
          try {
            startColleague();
          } finally {
            Guarded.run(job::run);
          }
        }
        ended = true;
      } finally {
        if (!ended) {
          replace(this);
        }
      }
    }
  }
}
