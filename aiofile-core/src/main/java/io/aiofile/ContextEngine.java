package io.aiofile;

import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.ChannelBackend;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The engine behind one {@link AioContext}: its backend, its limits, and the files that are open.
 *
 * <pre>
 *   RUNNING ──close──▶ DRAINING ──last file──▶ CLOSED
 * </pre>
 */
final class ContextEngine implements Leaks.Engine {

  private static final System.Logger LOG = System.getLogger("io.aiofile");
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** See the diagram above. */
  enum State {
    RUNNING,
    DRAINING,
    CLOSED
  }

  private final AioOptions options;
  private final BackendConfig config;
  private final Backend backend;
  private final CompletionExecutor executor;
  private final Counters counters = new Counters();
  private final BufferPool pool;
  private final RequestGate gate;
  private final Promise<@Nullable Void> closed;

  // All guarded by this.
  private State state = State.RUNNING;
  private final Set<FileHandle> handles = new HashSet<>();
  private final Set<OpenRequest> opens = new HashSet<>();
  private int opening;
  private @Nullable ChannelBackend channels;

  ContextEngine(AioOptions options, BackendSelector selector) {
    this(options, selector, new BufferPool(options.pooledBytes()));
  }

  /** For tests: with a pool of their own, such as one that finds no memory. */
  ContextEngine(AioOptions options, BackendSelector selector, BufferPool pool) {
    this.options = options;
    this.executor = new CompletionExecutor(options.completionExecutor());
    this.pool = pool;
    this.gate = new RequestGate(options.maxRequests(), options.maxQueued(), pool);
    this.closed = new Promise<>(executor);
    this.config =
        new BackendConfig(
            "aiofile-" + COUNT.incrementAndGet(),
            options.maxRequests(),
            options.workerThreads(),
            options.inlineReadBytes(),
            options.inlineWriteBytes(),
            counters.lanes);
    this.backend = selector.start(options.backend(), config);
  }

  /** What the names of this context's threads begin with. */
  String name() {
    return config.name();
  }

  AioOptions options() {
    return options;
  }

  Backend backend() {
    return backend;
  }

  CompletionExecutor executor() {
    return executor;
  }

  Counters counters() {
    return counters;
  }

  BufferPool pool() {
    return pool;
  }

  RequestGate gate() {
    return gate;
  }

  /** The lanes for channels, and for paths that no system call knows; started when first needed. */
  synchronized ChannelBackend channels() throws IOException {
    ChannelBackend present = channels;
    if (present == null) {
      present = backend instanceof ChannelBackend own ? own : BackendSelector.startChannels(config);
      channels = present;
    }
    return present;
  }

  /** An open begins; false if the context is closed, or closing. */
  synchronized boolean enter() {
    if (state != State.RUNNING) {
      return false;
    }
    opening++;
    return true;
  }

  /**
   * An open begins that may wait for the other end of a FIFO, and that close gives up.
   *
   * @throws RejectedExecutionException if so many are under way that this one would be queued, and
   *     the queue is full
   */
  boolean enter(OpenRequest open) {
    gate.passBy();
    synchronized (this) {
      if (enter()) {
        return opens.add(open);
      }
    }
    gate.passedBy();
    return false;
  }

  /** An open that may wait is over. */
  void exit(OpenRequest open) {
    synchronized (this) {
      opens.remove(open);
    }
    exit();
  }

  /** An open is over. */
  void exit() {
    boolean last;
    synchronized (this) {
      opening--;
      last = isDrained();
    }
    if (last) {
      shutDown();
    }
  }

  /** A handle is there; false if the context is closing, and the handle should too. */
  synchronized boolean handleOpened(FileHandle handle) {
    handles.add(handle);
    return state == State.RUNNING;
  }

  /** A handle is gone. */
  void handleClosed(FileHandle handle) {
    boolean last;
    synchronized (this) {
      last = handles.remove(handle) && isDrained();
    }
    if (last) {
      shutDown();
    }
  }

  /** Once true, true for no other caller: the state moves on. Guarded by this. */
  private boolean isDrained() {
    if (state != State.DRAINING || opening > 0 || !handles.isEmpty()) {
      return false;
    }
    state = State.CLOSED;
    return true;
  }

  @Override
  public synchronized boolean isOpen() {
    return state == State.RUNNING;
  }

  /** Whether the last file is closed; the threads may still be ending. */
  synchronized boolean isClosed() {
    return state == State.CLOSED;
  }

  synchronized int openFiles() {
    return handles.size();
  }

  /** Refuses new files, closes those that are open, and ends the backend. */
  AioFuture<@Nullable Void> closeAsync() {
    List<FileHandle> open;
    List<OpenRequest> waiting;
    boolean last;
    boolean first;
    synchronized (this) {
      first = state == State.RUNNING;
      if (first) {
        state = State.DRAINING;
      }
      open = List.copyOf(handles);
      waiting = List.copyOf(opens);
      last = isDrained();
    }
    if (first) {
      waiting.forEach(OpenRequest::closeUnder);
      // The files' own failures reach whoever closes the file; here they are told in the log.
      open.forEach(FileHandle::closeUnattended);
      if (last) {
        shutDown();
      } else {
        giveUpAfterTimeout();
      }
    }
    return closed.another();
  }

  /** Closes where nobody waits for it; a failure is told in the log. */
  @Override
  public void closeUnattended() {
    closeAsync()
        .onRelease(
            (done, failure) -> {
              if (failure != null) {
                LOG.log(System.Logger.Level.WARNING, "closing " + config.name(), failure);
              }
            });
  }

  /** Not on a lane's thread: the backend joins its threads. */
  private void shutDown() {
    Thread closer =
        new Thread(
            () -> {
              Throwable failure = null;
              try {
                closeBackends();
              } catch (Throwable e) {
                failure = e;
              }
              settleClosed(failure);
            },
            config.name() + "-close");
    closer.setDaemon(true);
    closer.start();
  }

  private void closeBackends() {
    ChannelBackend extra;
    synchronized (this) {
      extra = channels;
    }
    try {
      backend.close();
    } finally {
      if (extra != null && extra != backend) {
        extra.close();
      }
    }
  }

  private boolean closeSettled; // guarded by closed

  private void settleClosed(@Nullable Throwable failure) {
    synchronized (closed) {
      if (closeSettled) {
        return;
      }
      closeSettled = true;
    }
    closed.settle(null, failure);
  }

  private void giveUpAfterTimeout() {
    long nanos = options.closeTimeout().toNanos();
    // Not runAsync on a delayedExecutor: a task cancelled there stays until its time has come, and
    // keeps this, with its pooled memory, reachable. orTimeout takes its task back.
    CompletableFuture<@Nullable Void> timer = new CompletableFuture<>();
    var unused =
        timer
            .orTimeout(nanos, TimeUnit.NANOSECONDS)
            .whenCompleteAsync(
                (done, late) -> {
                  if (late != null) {
                    giveUp();
                  }
                });
    closed.onRelease((done, failure) -> timer.complete(null));
  }

  private void giveUp() {
    String held =
        gate.inFlight()
            + " operations are still in the kernel after "
            + options.closeTimeout()
            + "; their futures stay unfinished and their memory is kept for good";
    LOG.log(System.Logger.Level.ERROR, "closing {0}: {1}", config.name(), held);
    settleClosed(new IOException("close gave up: " + held));
  }
}
