package io.aiofile.threads;

import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a file without positions: operations in a line, and a thread that serves the
 * first one, waiting for the other end without a lock. The thread starts with an operation, and
 * ends with the file, or when there was none for a while.
 */
abstract class StreamEnd {

  /** How long the thread waits for an operation before it ends. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Between two tries on a descriptor that somebody else has made non-blocking (EAGAIN). */
  static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Bytes; as much as a pipe holds (pipe(7)). */
  static final int TRANSFER_BYTES_MAX = 64 << 10;

  final WaitingThreads threads;
  private final String role;

  // All guarded by this.
  private final ArrayDeque<Operation> pending = new ArrayDeque<>();
  private @Nullable Thread thread;
  private boolean running;
  private boolean closed;

  StreamEnd(String role, WaitingThreads threads) {
    this.role = role;
    this.threads = threads;
  }

  /** Takes an operation. */
  final void submit(Operation operation) {
    boolean refuse;
    synchronized (this) {
      refuse = closed;
      if (!closed) {
        pending.addLast(operation);
        if (running) {
          notifyAll();
          return;
        }
        running = true;
      }
    }
    if (refuse) {
      Guard.refuse(operation, new ClosedChannelException());
      return;
    }
    try {
      threads.start(role, this::run);
    } catch (IOException e) {
      List<Operation> refused;
      synchronized (this) {
        running = false;
        refused = drain();
      }
      refused.forEach(each -> Guard.refuse(each, e));
    }
  }

  /** Asks for an operation to be given up. */
  void cancel(Operation operation) {
    if (operation.cancel()) {
      remove(operation);
    }
  }

  /** Takes an operation out of the line; false if it is not there. */
  final synchronized boolean remove(Operation operation) {
    return pending.remove(operation);
  }

  /** The file is being closed: nothing is begun any more. */
  final synchronized void end() {
    closed = true;
    notifyAll();
  }

  final synchronized boolean isClosed() {
    return closed;
  }

  /** The thread hangs in a channel that is not ours to close. */
  final synchronized void abandon() {
    if (thread != null) {
      threads.abandon(thread);
    }
  }

  private void run() {
    synchronized (this) {
      thread = Thread.currentThread();
    }
    for (Operation first = first(); first != null; first = first()) {
      Operation waiting = first;
      Guard.run(waiting, () -> serve(waiting));
    }
  }

  /** The first operation in line, which stays there; null if the thread is to end. */
  private @Nullable Operation first() {
    List<Operation> refused;
    synchronized (this) {
      long deadline = System.nanoTime() + IDLE_NANOS;
      while (!closed) {
        Operation first = pending.peekFirst();
        long nanos = deadline - System.nanoTime();
        if (first == null && nanos > 0) {
          await(nanos);
        } else if (first == null) {
          break;
        } else if (first.state() == Operation.State.DONE) {
          pending.removeFirst();
        } else {
          return first;
        }
      }
      running = false;
      thread = null;
      refused = drain();
    }
    refused.forEach(operation -> Guard.refuse(operation, new ClosedChannelException()));
    return null;
  }

  private void await(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, nanos);
    } catch (InterruptedException e) {
      throw new AssertionError("a shielded thread was interrupted", e);
    }
  }

  private synchronized List<Operation> drain() {
    List<Operation> drained = new ArrayList<>(pending);
    pending.clear();
    return drained;
  }

  /** Takes the first operation out of the line; null if there is none. */
  final synchronized @Nullable Operation take() {
    return pending.pollFirst();
  }

  final synchronized boolean hasPending() {
    return !pending.isEmpty();
  }

  /** Puts an operation back to the front. */
  final synchronized void putBack(Operation operation) {
    pending.addFirst(operation);
  }

  /** Waits for the other end, and serves the operation that is first in line then. */
  abstract void serve(Operation first);
}
