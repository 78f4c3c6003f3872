package io.aiofile.threads;

import io.aiofile.spi.LaneThread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Threads for what may wait for somebody outside this process, for ever: the two directions of a
 * FIFO, opening one, closing a terminal. One each, never shared, so no operation waits behind
 * another file's silence; as many as such files are open, since none of the JDK's file channels can
 * be polled.
 */
final class WaitingThreads {

  private final String prefix;
  private final Workers.Starter starter;

  // All guarded by this.
  private final Set<Thread> running = new HashSet<>();
  private int started;

  WaitingThreads(String prefix, Workers.Starter starter) {
    this.prefix = prefix;
    this.starter = starter;
  }

  /**
   * Runs something on a thread of its own.
   *
   * @throws IOException if there are no more threads to be had; nothing has run then
   */
  void start(String role, Runnable body) throws IOException {
    LaneThread thread;
    synchronized (this) {
      thread = LaneThread.shielded(prefix + "-" + role + "-" + ++started, () -> run(body));
      running.add(thread);
    }
    try {
      starter.start(thread);
    } catch (OutOfMemoryError e) {
      abandon(thread);
      throw new IOException("no thread could be started to wait for the file", e);
    }
  }

  private void run(Runnable body) {
    Thread self = Thread.currentThread();
    try {
      Guard.run(self.getName(), body);
    } finally {
      abandon(self);
    }
  }

  /** A thread that only somebody outside can wake is not waited for by {@link #close()}. */
  synchronized void abandon(Thread thread) {
    running.remove(thread);
  }

  /** Waits for the threads, all of which have been told to end. */
  void close() {
    List<Thread> ending;
    synchronized (this) {
      ending = new ArrayList<>(running);
    }
    Joining.joinAll(ending);
  }
}
