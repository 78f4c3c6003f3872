package io.aiofile.jna.engine;

import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of queued operations into the slots of a {@link KernelQueue}: who submits, how many at
 * once, and what becomes of those that the kernel does not take.
 *
 * <p><b>The role.</b> An operation goes into a queue. If nobody is submitting, the caller becomes
 * <em>the submitter</em>: it moves what there are slots for from the queue into slots, publishes
 * them with one system call, and goes on until the queue is empty. Others meanwhile just add to the
 * queue and leave, so operations pile up behind a system call and go out together; so do those that
 * are handed over together. After {@link #ROUNDS_MAX} rounds a caller hands the role to the
 * completion thread, which is there for that.
 *
 * <p><b>Full.</b> No slot, or the kernel says EAGAIN: operations wait in the queue, and the
 * completion thread looks there after each batch of events. Where there is no event to come,
 * because nothing is in flight, they go to the workers. Both are decided under the lock under which
 * slots are freed, so no wake-up gets lost between.
 *
 * <p><b>The end.</b> An operation counts as published from the moment when its submitter, under the
 * lock and right before the system call, has found that nobody {@linkplain #stop() stopped} this:
 * until then it goes to the workers, and after that it is the kernel's until the call or an event
 * says otherwise. A call that throws says nothing, and its operations may never end.
 *
 * <p><b>Hooks.</b> An operation that the kernel did not take may be over by that, if it was
 * cancelled meanwhile, and its owner's hooks may wait for another operation of this very queue. So
 * they run only when this thread has given the role up, and after the others were handed on.
 */
final class Submitter {

  /**
   * Operations in one system call at most. The gain of a batch is had long before; and an O_DIRECT
   * submission takes some 2 to 5 µs each, of one caller's time.
   */
  static final int BATCH_MAX = 32;

  /** Batches that a submitter takes, at most, before the completion thread takes over. */
  static final int ROUNDS_MAX = 4;

  private static final Logger LOG = System.getLogger(Submitter.class.getName());

  private final KernelQueue queue;
  private final LaneMetrics metrics;
  private final Consumer<Request> workers;
  private final Consumer<Throwable> onFailure;

  private final ReentrantLock lock;
  // Guarded by the lock.
  private final SlotTable slots;
  private final RequestQueue waiting = new RequestQueue();
  private @Nullable Role taken;
  private boolean stopped;
  private boolean eventless;

  // The submitter's, and written under the lock: of the batch it has the slots from the first to
  // before the end; they are in a system call, or not published.
  private final int[] batch;
  private int first;
  private int end;
  private boolean calling;

  /**
   * With an empty queue.
   *
   * @param slots guarded by the lock, under which events free them
   * @param workers take what the kernel does not, in state QUEUED, and never throw
   * @param onFailure told when submitting has thrown; has to {@link #stop}
   */
  Submitter(
      KernelQueue queue,
      SlotTable slots,
      ReentrantLock lock,
      LaneMetrics metrics,
      Consumer<Request> workers,
      Consumer<Throwable> onFailure) {
    this.queue = queue;
    this.slots = slots;
    this.lock = lock;
    this.metrics = metrics;
    this.workers =
        request -> {
          metrics.kernelFallbacks.increment();
          workers.accept(request);
        };
    this.onFailure = onFailure;
    this.batch = new int[Math.min(queue.capacity(), BATCH_MAX)];
  }

  /**
   * Queues; if it returns a role, the caller has to {@linkplain Role#play() play} it. Under the
   * lock.
   */
  @Nullable Role add(List<Request> requests) {
    // Before it is taken, since there may be no memory: one that is not played would stop all.
    Role role = taken == null ? new Role() : null;
    for (Request request : requests) {
      waiting.addLast(request);
    }
    if (role != null) {
      taken = role;
    }
    return role;
  }

  /** Drops an operation that was withdrawn, if it is still queued here. */
  void forget(Operation operation) {
    lock.lock();
    try {
      waiting.remove(operation);
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing is submitted any more. Under the lock. */
  boolean isStopped() {
    return stopped;
  }

  /**
   * Nothing is published any more, and what is queued is to be {@linkplain #poll() polled}. What a
   * submitter has in its hands it hands on itself. Under the lock.
   */
  void stop() {
    stopped = true;
  }

  /** Takes the first one out of the queue; null if it is empty. */
  @Nullable Request poll() {
    lock.lock();
    try {
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  /** How many slots are taken by operations that are not published. Under the lock. */
  int unpublished() {
    return calling ? 0 : end - first;
  }

  /** No event is heard of any more, so nothing is published either. Under the lock. */
  void strand() {
    stopped = true;
    eventless = true;
  }

  /**
   * What a slot holds, if that is the kernel's; null if the slot is free, or in the hands of a
   * submitter, who strands it itself, or not. Under the lock.
   */
  @Nullable Request published(int slot) {
    for (int i = first; i < end; i++) {
      if (batch[i] == slot) {
        return null;
      }
    }
    return slots.isTaken(slot) ? slots.request(slot) : null;
  }

  /** Submits what waits, if there is anything and nobody does so already. */
  void submitIfAny() {
    Role role = null;
    lock.lock();
    try {
      if (taken == null && !waiting.isEmpty()) {
        role = new Role();
        taken = role;
      }
    } finally {
      lock.unlock();
    }
    if (role != null) {
      role.play();
    }
  }

  private void submitWaiting(Role role) {
    for (int round = 1; stage(); round++) {
      prepare(role);
      if (!publish(role)) {
        return;
      }
      if (round % ROUNDS_MAX == 0 && handOver(role)) {
        return;
      }
    }
  }

  /**
   * Moves operations from the queue into slots. Returns false when there is nothing to do; the role
   * is gone.
   */
  private boolean stage() {
    lock.lock();
    try {
      first = 0;
      end = 0;
      while (end < batch.length && slots.hasFree()) {
        Request next = waiting.poll();
        if (next == null) {
          break;
        }
        if (Guarded.enterKernel(next.operation())) {
          batch[end] = slots.take(next);
          end++;
        }
      }
      if (end == 0) {
        taken = null;
      }
      return end > 0;
    } finally {
      lock.unlock();
    }
  }

  /** Fills the slots of the batch; one that can't be filled leaves it. */
  private void prepare(Role role) {
    int next = first;
    while (next < end) {
      try {
        fill(batch[next]);
        next++;
      } catch (RuntimeException | Error e) {
        // A buffer that is not direct, or a range outside of it: the worker says so in the right
        // place.
        role.take(next);
      }
    }
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
   * Submits the batch, unless this was stopped. Returns false if the kernel is full; the role is
   * gone then.
   */
  private boolean publish(Role role) {
    while (first < end) {
      if (!beginCall()) {
        role.takeAll();
        break;
      }
      metrics.kernelSubmissions.increment();
      int result = queue.submit(batch, first, end - first);
      endCall(result, role);
      if (result > 0) {
        continue;
      }
      switch (ErrnoVerdict.ofSubmission(-result)) {
        case RETRY -> {}
        case LATER -> {
          return putBack(role);
        }
        // An errno is the first one's, and says that the kernel took none.
        case WORKER, DELIVER -> role.take(first);
      }
    }
    return true;
  }

  /** From here on the batch counts as published; false if it is not to be any more. */
  private boolean beginCall() {
    lock.lock();
    try {
      calling = !stopped;
      return calling;
    } finally {
      lock.unlock();
    }
  }

  private void endCall(int result, Role role) {
    lock.lock();
    try {
      calling = false;
      int published = first + Math.max(0, result);
      if (eventless) {
        role.strand(first, published);
      }
      first = published;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The kernel took none of these: back into the queue, or to the workers if no event will come.
   */
  private boolean putBack(Role role) {
    lock.lock();
    try {
      if (slots.used() == end - first || stopped) {
        role.takeAll();
        return true;
      }
      while (first < end) {
        end--;
        Request request = slots.release(batch[end]);
        if (role.takeBack(request)) {
          waiting.addFirst(request);
        }
      }
      taken = null;
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Lets somebody else be the submitter; false if there is nobody. */
  private boolean handOver(Role role) {
    lock.lock();
    try {
      taken = null;
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
    } catch (RuntimeException | Error e) {
      LOG.log(Level.WARNING, "the completion thread could not be woken", e);
      lock.lock();
      try {
        if (taken != null || waiting.isEmpty()) {
          return true;
        }
        taken = role;
        return false;
      } finally {
        lock.unlock();
      }
    }
  }

  /** That of the submitter, and what he has to say to operations when he is it no more. */
  final class Role {

    // Chains.
    /** For the workers, in their order. */
    private @Nullable Request refused;

    private @Nullable Request lastRefused;

    /** To be withdrawn. */
    private @Nullable Request asked;

    /** The kernel's, perhaps for good. */
    private @Nullable Request stranded;

    private Role() {}

    /** Submits what waits; gives the role up before it returns. */
    void play() {
      try {
        submitWaiting(this);
      } catch (Throwable thrown) {
        takeAllAfter(thrown);
      }
      handOn();
    }

    /** Takes one out of the batch. */
    private void take(int index) {
      lock.lock();
      try {
        Request request = slots.release(batch[index]);
        end--;
        System.arraycopy(batch, index + 1, batch, index, end - index);
        if (takeBack(request)) {
          refuse(request);
        }
      } finally {
        lock.unlock();
      }
    }

    private void refuse(Request request) {
      Request before = lastRefused;
      if (before == null) {
        refused = request;
      } else {
        before.next = request;
      }
      lastRefused = request;
    }

    private void takeAll() {
      while (first < end) {
        take(first);
      }
    }

    /** Whether it is queued by this; not if it is over, or to be withdrawn when hooks may run. */
    private boolean takeBack(Request request) {
      if (!Guarded.takeBack(request.operation())) {
        return false;
      }
      // A cancel that comes after this finds it QUEUED, and ends it by itself.
      boolean ends = request.operation().isCancelAsked();
      if (ends) {
        request.next = asked;
        asked = request;
      }
      return !ends;
    }

    /**
     * Of a part of the batch, those of which no event has come, which it may before the call
     * returns.
     */
    private void strand(int from, int to) {
      for (int i = from; i < to; i++) {
        if (slots.isTaken(batch[i])) {
          Request request = slots.request(batch[i]);
          request.next = stranded;
          stranded = request;
        }
      }
    }

    /** Submitting threw: nobody knows what the kernel has of a batch that was in a call. */
    private void takeAllAfter(Throwable thrown) {
      lock.lock();
      try {
        stopped = true;
        if (taken == this) {
          if (calling) {
            strand(first, end);
            calling = false;
            first = end;
          } else {
            takeAll();
          }
          taken = null;
        }
      } finally {
        lock.unlock();
      }
      onFailure.accept(thrown);
    }

    /** Without the role, since hooks run here. */
    private void handOn() {
      // First those that are to go on: a hook may wait for one of them.
      Request.each(refused, workers);
      Request.each(asked, request -> Guarded.withdrawIfAsked(request.operation()));
      Request.each(stranded, request -> Guarded.strand(request.operation()));
    }
  }
}
