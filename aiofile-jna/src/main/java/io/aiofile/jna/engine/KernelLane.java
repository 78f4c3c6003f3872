package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Operations by way of a {@link KernelQueue}: slots, submission, and what events mean.
 *
 * <p><b>Submission.</b> An operation goes into a queue. If nobody is submitting, the caller becomes
 * <em>the submitter</em>: it moves what there are slots for from the queue into slots, publishes
 * them with one system call, and goes on until the queue is empty. Others meanwhile just add to the
 * queue and leave, so operations pile up behind a system call and go out together; so do those that
 * are handed over together, with {@link #submitAll}. After {@link #ROUNDS_MAX} rounds a caller
 * hands the role to the completion thread, which is there for that.
 *
 * <p><b>Ownership.</b> An operation is IN_KERNEL and in its slot before the system call. Whatever
 * comes then, the slot holds it until its event, or until the kernel has said that it did not take
 * it. If the system call leaves that open (it threw), the operation stays as it is, and the lane
 * takes no more.
 *
 * <p><b>Full.</b> No slot, or the kernel says EAGAIN: operations wait in the queue, and the
 * completion thread looks there after each batch of events. Where there is no event to come,
 * because nothing is in flight, they go to the workers. Both are decided under the lock under which
 * slots are freed, so no wake-up gets lost between.
 *
 * <p>The queue is bounded by what the policy layer hands over. System calls and operations' hooks
 * run outside the lock.
 */
final class KernelLane {

  /**
   * Operations in one system call at most. The gain of a batch is had long before; and an O_DIRECT
   * submission takes some 2 to 5 µs each, of one caller's time.
   */
  static final int BATCH_MAX = 32;

  /** Batches that a submitter takes, at most, before the completion thread takes over. */
  static final int ROUNDS_MAX = 4;

  private static final Logger LOG = System.getLogger(KernelLane.class.getName());

  private final KernelQueue queue;
  private final LaneMetrics metrics;
  private final Consumer<Request> workers;
  private final CompletionThread completion;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private final SlotTable slots;
  private final ArrayDeque<Request> waiting = new ArrayDeque<>();
  private boolean submitting;
  private boolean closed;
  private @Nullable Throwable broken;
  private long strayEvents;

  // The submitter's, and written under the lock.
  private final int[] batch;

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
    this.workers = workers;
    this.slots = new SlotTable(queue.capacity());
    this.batch = new int[Math.min(queue.capacity(), BATCH_MAX)];
    this.completion = new CompletionThread(queue, this, name);
  }

  void start() {
    completion.start();
  }

  /** Takes a queued operation. */
  void submit(Request request) {
    IOException refusal;
    lock.lock();
    try {
      refusal = refusalNow();
      if (refusal == null) {
        metrics.kernelOperations.increment();
        waiting.addLast(request);
        if (submitting) {
          return;
        }
        submitting = true;
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      Guarded.failQueued(request.operation(), refusal);
    } else {
      submitWaiting();
    }
  }

  /** Takes queued operations that go out together, {@link #BATCH_MAX} in one system call. */
  void submitAll(List<Request> requests) {
    IOException refusal;
    lock.lock();
    try {
      refusal = refusalNow();
      if (refusal == null) {
        metrics.kernelOperations.add(requests.size());
        waiting.addAll(requests);
        if (submitting) {
          return;
        }
        submitting = true;
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      for (Request request : requests) {
        Guarded.failQueued(request.operation(), refusal);
      }
    } else {
      submitWaiting();
    }
  }

  /** Why nothing is taken; null if it is. Under the lock. */
  private @Nullable IOException refusalNow() {
    return broken != null || closed ? refusal(broken) : null;
  }

  /** Drops an operation that was withdrawn, if it is still queued here. */
  void forget(Operation operation) {
    lock.lock();
    try {
      waiting.removeIf(request -> request.operation() == operation);
    } finally {
      lock.unlock();
    }
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

  // ---- the submitter

  /** Submits what waits, if there is anything and nobody does so already. */
  private void submitWaitingIfAny() {
    if (takeRole()) {
      submitWaiting();
    }
  }

  private boolean takeRole() {
    lock.lock();
    try {
      if (submitting || waiting.isEmpty()) {
        return false;
      }
      submitting = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** As the submitter; gives the role up before it returns. */
  private void submitWaiting() {
    try {
      for (int round = 1; ; round++) {
        int staged = stage();
        if (staged == 0 || !publish(prepare(staged))) {
          return;
        }
        if (round % ROUNDS_MAX == 0 && handOver()) {
          return;
        }
      }
    } catch (Throwable thrown) {
      breakDown("submitting failed", thrown);
    }
  }

  /**
   * Moves operations from the queue into slots. Returns 0 when there is nothing to do; the role is
   * gone.
   */
  private int stage() {
    lock.lock();
    try {
      int count = 0;
      while (count < batch.length && slots.hasFree() && !waiting.isEmpty()) {
        Request next = waiting.removeFirst();
        if (Guarded.enterKernel(next.operation())) {
          batch[count++] = slots.take(next);
        }
      }
      if (count == 0) {
        submitting = false;
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fills the slots of the batch; one that can't be filled leaves it. Returns how many are left.
   */
  private int prepare(int staged) {
    int prepared = 0;
    for (int i = 0; i < staged; i++) {
      int slot = batch[i];
      try {
        fill(slot);
        batch[prepared++] = slot;
      } catch (RuntimeException e) {
        // A buffer that is not direct, or a range outside of it: the worker says so in the right
        // place.
        toWorkers(released(slot));
      }
    }
    return prepared;
  }

  private void fill(int slot) {
    Request request;
    long token;
    lock.lock();
    try {
      request = slots.request(slot);
      token = slots.token(slot);
    } finally {
      lock.unlock();
    }
    Operation operation = request.operation();
    int fd = request.file().fd();
    Opcode opcode = operation.opcode();
    switch (opcode) {
      case READ, WRITE -> {
        int length = Transfers.length(operation, request.file());
        long address = Transfers.address(operation, length);
        if (opcode == Opcode.READ) {
          queue.prepareRead(slot, token, fd, address, length, operation.position());
        } else {
          queue.prepareWrite(slot, token, fd, address, length, operation.position());
        }
      }
      case SYNC, DATA_SYNC -> queue.prepareSync(slot, token, fd, opcode == Opcode.DATA_SYNC);
      default -> throw new IllegalArgumentException("not for the kernel lane: " + opcode);
    }
  }

  /**
   * Submits the first slots of the batch. Returns false if the kernel is full; the role is gone
   * then.
   */
  private boolean publish(int count) {
    int from = 0;
    while (from < count) {
      metrics.kernelSubmissions.increment();
      int taken = queue.submit(batch, from, count - from);
      if (taken > 0) {
        from += taken;
        continue;
      }
      switch (ErrnoVerdict.ofSubmission(-taken)) {
        case RETRY -> {}
        case LATER -> {
          return putBack(from, count);
        }
        // An errno is the first one's, and says that the kernel took none.
        case WORKER, DELIVER -> toWorkers(released(batch[from++]));
      }
    }
    return true;
  }

  /**
   * The kernel took none of these: back into the queue, or to the workers if no event will come.
   */
  private boolean putBack(int from, int count) {
    List<Request> queued = new ArrayList<>(count - from);
    for (int i = from; i < count; i++) {
      Request request = released(batch[i]);
      if (Guarded.requeue(request.operation())) {
        queued.add(request);
      }
    }
    lock.lock();
    try {
      if (slots.used() > 0 && broken == null) {
        for (int i = queued.size() - 1; i >= 0; i--) {
          waiting.addFirst(queued.get(i));
        }
        submitting = false;
        return false;
      }
    } finally {
      lock.unlock();
    }
    metrics.kernelFallbacks.add(queued.size());
    queued.forEach(workers);
    return true;
  }

  /** Lets somebody else be the submitter; false if there is nobody. */
  private boolean handOver() {
    lock.lock();
    try {
      submitting = false;
      if (waiting.isEmpty()) {
        return true;
      }
    } finally {
      lock.unlock();
    }
    try {
      // After the role is free, else the completion thread would find it taken, and sleep.
      queue.wake();
      return true;
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the completion thread could not be woken", e);
      return !takeRole();
    }
  }

  private Request released(int slot) {
    lock.lock();
    try {
      return slots.release(slot);
    } finally {
      lock.unlock();
    }
  }

  /** An operation that the kernel has let go of without doing it. */
  private void toWorkers(Request request) {
    metrics.kernelFallbacks.increment();
    if (Guarded.requeue(request.operation())) {
      workers.accept(request);
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
    submitWaitingIfAny();
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
      toWorkers(request);
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
      submitting = false;
      queued = new ArrayList<>(waiting);
      waiting.clear();
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
