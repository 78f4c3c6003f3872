package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Operations by way of a {@link KernelQueue}: slots, the {@link Submitter}, and what events mean.
 *
 * <p><b>Ownership.</b> An operation is IN_KERNEL and in its slot before the system call. Whatever
 * comes then, the slot holds it until its event, or until the kernel has said that it did not take
 * it. If the system call leaves that open (it threw), the operation stays as it is, and the lane
 * takes no more.
 *
 * <p>The queue is bounded by what the policy layer hands over. System calls and operations' hooks
 * run outside the lock.
 */
final class KernelLane {

  private static final Logger LOG = System.getLogger(KernelLane.class.getName());

  private final KernelQueue queue;
  private final LaneMetrics metrics;
  private final Consumer<Request> workers;
  private final CompletionThread completion;

  private final ReentrantLock lock = new ReentrantLock();
  private final Submitter submitter;
  // Guarded by the lock.
  private final SlotTable slots;
  private boolean closed;
  private @Nullable Throwable broken;
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
    completion.start();
  }

  /** Takes a queued operation. */
  void submit(Request request) {
    submitAll(List.of(request));
  }

  /** Takes queued operations that go out together. */
  void submitAll(List<Request> requests) {
    IOException refusal;
    boolean mine = false;
    lock.lock();
    try {
      refusal = broken != null || closed ? refusal(broken) : null;
      if (refusal == null) {
        metrics.kernelOperations.add(requests.size());
        mine = submitter.add(requests);
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      for (Request request : requests) {
        Guarded.failQueued(request.operation(), refusal);
      }
    } else if (mine) {
      submitter.submit();
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
    if (firstStray) {
      LOG.log(
          Level.ERROR,
          "an event for no operation in flight, token 0x{0}; further ones are only counted",
          Long.toHexString(strayToken));
    }
    submitter.submitIfAny();
    for (int i = 0; i < count; i++) {
      Request request = finished[i];
      finished[i] = null;
      if (request != null) {
        settle(request, events.results[i]);
      }
    }
  }

  private void settle(Request request, long result) {
    Operation operation = request.operation();
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

  /** Takes no more; what is queued fails, and what is in the kernel stays as it is. */
  void breakDown(String what, Throwable cause) {
    List<Request> queued;
    int left;
    lock.lock();
    try {
      if (broken == null) {
        broken = cause;
      }
      queued = submitter.stop();
      left = slots.used();
    } finally {
      lock.unlock();
    }
    LOG.log(
        Level.ERROR,
        what + ": " + queue.name() + " takes no more operations; in flight: " + left,
        cause);
    for (Request request : queued) {
      Guarded.failQueued(request.operation(), refusal(cause));
    }
  }

  private static IOException refusal(@Nullable Throwable cause) {
    return cause == null
        ? new IOException("the kernel lane is closed")
        : new IOException("the kernel lane broke down (see the log): " + cause, cause);
  }

  /**
   * Ends the completion thread and gives the queue back; or leaves both, if something is in flight.
   */
  void close() {
    boolean busy;
    lock.lock();
    try {
      closed = true;
      busy = slots.used() > 0;
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
    if (!busy && woken && completion.join()) {
      queue.close();
    } else {
      // The kernel may still write to buffers and to the ring: never to be freed.
      LOG.log(Level.WARNING, queue.name() + " was closed in use; its memory is left as it is");
    }
  }
}
