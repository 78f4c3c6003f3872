package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Operations by way of a {@link KernelQueue}: slots, the {@link Submitter}, and what events mean.
 *
 * <p><b>Ownership.</b> An operation is IN_KERNEL and in its slot before the system call. Whatever
 * comes then, the slot holds it until its event, or until the kernel has said that it did not take
 * it. If the system call leaves that open (it threw), the operation stays as it is.
 *
 * <p><b>Break-down.</b> After a system call that threw, and after the completion thread died, the
 * lane is dead: nothing is submitted any more, no slot is used again, and the workers do whatever
 * was not published, or comes later. What the kernel has stays unfinished where no event is heard
 * of it, and the owners are told ({@link Operation#strand}), lest others wait for its permits.
 *
 * <p>The queue is bounded by what the policy layer hands over. System calls and operations' hooks
 * run outside the lock.
 */
final class KernelLane {

  private static final Logger LOG = System.getLogger(KernelLane.class.getName());

  /**
   * What lanes have in the kernel: where the completion thread has died, nothing else keeps their
   * buffers from the garbage collector, whatever the owners drop. From the start to a close that
   * frees the queue, since a thread that dies of no memory has none for this either.
   */
  private static final Set<SlotTable> KEPT = ConcurrentHashMap.newKeySet();

  private final KernelQueue queue;
  private final LaneMetrics metrics;
  private final Consumer<Request> workers;
  private final CompletionThread completion;

  private final ReentrantLock lock = new ReentrantLock();
  private final Submitter submitter;
  // Guarded by the lock.
  private final SlotTable slots;
  private boolean closed;
  private long strayEvents;

  /**
   * Not started.
   *
   * @param queue of which this becomes the only user
   * @param name of the completion thread
   * @param workers take what this lane can't do; they find it in state QUEUED
   */
  KernelLane(KernelQueue queue, String name, LaneMetrics metrics, Consumer<Request> workers) {
    this.queue = queue;
    this.metrics = metrics;
    this.workers = request -> handTo(workers, request);
    this.slots = new SlotTable(queue.capacity());
    this.submitter =
        new Submitter(
            queue,
            slots,
            lock,
            metrics,
            this.workers,
            thrown -> breakDown("submitting failed", thrown));
    this.completion = new CompletionThread(queue, this, name);
  }

  /** Whatever goes wrong with one operation, such as no memory for its job, is that one's end. */
  private static void handTo(Consumer<Request> workers, Request request) {
    try {
      workers.accept(request);
    } catch (RuntimeException | Error e) {
      Guarded.failQueued(request.operation(), e);
    }
  }

  void start() {
    KEPT.add(slots);
    try {
      completion.start();
    } catch (Throwable thrown) {
      KEPT.remove(slots);
      throw thrown;
    }
  }

  /** Takes a queued operation. */
  void submit(Request request) {
    submitAll(List.of(request));
  }

  /** Takes queued operations that go out together. */
  void submitAll(List<Request> requests) {
    boolean refused;
    boolean dead;
    Submitter.Role role = null;
    lock.lock();
    try {
      refused = closed;
      dead = submitter.isStopped();
      if (!refused && !dead) {
        metrics.kernelOperations.add(requests.size());
        role = submitter.add(requests);
      }
    } finally {
      lock.unlock();
    }
    if (refused) {
      IOException why = new IOException("the kernel lane is closed");
      requests.forEach(request -> Guarded.failQueued(request.operation(), why));
    } else if (dead) {
      requests.forEach(workers);
    } else if (role != null) {
      role.play();
    }
  }

  /** Drops an operation that was withdrawn, if it is still queued here. */
  void forget(Operation operation) {
    submitter.forget(operation);
  }

  /** How many slots are taken. */
  int inFlight() {
    lock.lock();
    try {
      return slots.used();
    } finally {
      lock.unlock();
    }
  }

  /** How many events there were that belonged to no operation in flight. */
  long strayEvents() {
    lock.lock();
    try {
      return strayEvents;
    } finally {
      lock.unlock();
    }
  }

  // ---- the completion thread

  /** Whether there is or may be something to wait for. */
  boolean isRunning() {
    lock.lock();
    try {
      return !closed || slots.used() > 0;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Frees the slots of a batch of events, makes use of them, and then completes.
   *
   * @param finished room for as many requests as there are events
   */
  void deliver(EventBatch events, int count, @Nullable Request[] finished) {
    long strayToken = 0;
    boolean firstStray = false;
    lock.lock();
    try {
      for (int i = 0; i < count; i++) {
        finished[i] = slots.releaseByToken(events.tokens[i]);
        if (finished[i] == null) {
          firstStray |= strayEvents++ == 0;
          strayToken = events.tokens[i];
        }
      }
    } finally {
      lock.unlock();
    }
    try {
      submitter.submitIfAny();
    } finally {
      for (int i = 0; i < count; i++) {
        Request request = finished[i];
        finished[i] = null;
        if (request != null) {
          settle(request, events.results[i]);
        }
      }
    }
    if (firstStray) {
      logStray(strayToken);
    }
  }

  private static void logStray(long token) {
    try {
      LOG.log(
          Level.ERROR,
          "an event for no operation in flight, token 0x{0}; further ones are only counted",
          Long.toHexString(token));
    } catch (Throwable ignored) {
      // Nothing was lost by it, and the thread has other events.
    }
  }

  private void settle(Request request, long result) {
    try {
      conclude(request, request.operation(), result);
    } catch (RuntimeException | Error e) {
      // No memory for its error, say; and the next event is somebody else's. It is still in the
      // kernel's state, since what ends it or hands it on throws nothing.
      Guarded.fail(request.operation(), e);
    }
  }

  private void conclude(Request request, Operation operation, long result) {
    if (result >= 0) {
      request.file().done(operation, result);
      Guarded.complete(operation, result);
      return;
    }
    int errno = (int) -result;
    if (ErrnoVerdict.ofEvent(operation.opcode(), errno) == ErrnoVerdict.DELIVER) {
      Guarded.fail(operation, Errno.exception(errno));
    } else {
      metrics.kernelFallbacks.increment();
      if (Guarded.requeue(operation)) {
        workers.accept(request);
      }
    }
  }

  // ---- the end

  /** No event is heard of any more. The thread may have died of no memory: little is needed. */
  void completionDied(Throwable cause) {
    lock.lock();
    try {
      submitter.strand();
    } finally {
      lock.unlock();
    }
    try {
      breakDown("the completion thread died", cause);
    } finally {
      strandPublished();
    }
  }

  /** Nothing is submitted any more: the workers do what was not published. */
  private void breakDown(String what, Throwable cause) {
    int queued = 0;
    int left;
    lock.lock();
    try {
      submitter.stop();
      left = slots.used() - submitter.unpublished();
    } finally {
      lock.unlock();
    }
    // One by one: a list of them may be more than there is memory for.
    for (Request next = submitter.poll(); next != null; next = submitter.poll()) {
      workers.accept(next);
      queued++;
    }
    try {
      metrics.kernelFallbacks.add(queued);
      LOG.log(
          Level.ERROR,
          what
              + ": workers do what "
              + queue.name()
              + " would have done; in flight, perhaps for good: "
              + left,
          cause);
    } catch (Throwable ignored) {
      // Nowhere else to say it, and there is more to do than that.
    }
  }

  /** Tells the owners of what the kernel has. Nothing is published any more. */
  private void strandPublished() {
    for (int slot = 0; slot < queue.capacity(); slot++) {
      Request request;
      lock.lock();
      try {
        request = submitter.published(slot);
      } finally {
        lock.unlock();
      }
      if (request != null) {
        Guarded.strand(request.operation());
      }
    }
  }

  /**
   * Ends the completion thread and gives the queue back; or leaves both, if something is in flight.
   */
  void close() {
    int left;
    lock.lock();
    try {
      closed = true;
      left = slots.used();
    } finally {
      lock.unlock();
    }
    boolean woken = false;
    try {
      queue.wake();
      woken = true;
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the completion thread could not be woken", e);
    }
    if (left == 0 && woken && completion.join()) {
      queue.close();
      KEPT.remove(slots);
    } else {
      // The kernel may still write to buffers and to the ring: never to be freed.
      LOG.log(
          Level.WARNING,
          queue.name() + " was closed in use; its memory is left as it is; in flight: " + left);
    }
  }
}
