package io.aiofile.jna.engine;

import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.EventFd;
import io.aiofile.jna.sys.LibC;
import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.Operation;
import io.aiofile.spi.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lanes of one context on system calls: inline, worker, waiting, and where there is a {@link
 * KernelQueue}, kernel. {@link Route} says which operation takes which.
 *
 * <p>An operation may move on: from the kernel lane to a worker (the kernel does not want it), from
 * a worker to the waiting lane (a special file that has nothing yet). It is QUEUED in between, so
 * it can be withdrawn there as anywhere.
 */
public final class NativeBackend implements Backend {

  private final String name;
  private final String description;
  private final LargePages largePages;
  private final LaneMetrics metrics;
  private final Route route;
  private final Scratch scratch;
  private final BlockingCalls calls;
  private final FileOpener opener;
  private final InlineLane inline;
  private final WorkerLane workers;
  private final WaitingLane waiting;
  private final @Nullable KernelLane kernel;

  private NativeBackend(
      String name,
      LibC libc,
      @Nullable KernelQueue queue,
      BackendConfig config,
      WorkerLane workers,
      Scratch scratch,
      EventFd wakeUp) {
    this.name = name;
    this.largePages = new LargePages(libc);
    this.scratch = scratch;
    metrics = config.metrics();
    route = new Route(queue != null, config.inlineReadBytes(), config.inlineWriteBytes());
    calls = new BlockingCalls(libc, scratch);
    opener = new FileOpener(libc, new FileInspector(libc, scratch));
    inline = new InlineLane(libc, scratch, calls, workers, metrics);
    this.workers = workers;
    waiting = new WaitingLane(libc, wakeUp, config.name() + "-waiter");
    kernel =
        queue == null
            ? null
            : new KernelLane(queue, config.name() + "-completion", metrics, this::submitToWorker);
    description =
        (queue == null ? "" : queue.name() + ", " + queue.capacity() + " slots, ")
            + workers.threadsMax()
            + " workers";
  }

  /**
   * Starts the lanes.
   *
   * @param name of the backend, as users write it
   * @param queue of the kernel lane, which becomes the backend's to close, also if this fails; null
   *     for none
   * @throws IOException if there is no descriptor, no memory or no thread for it
   */
  public static NativeBackend start(
      String name, LibC libc, @Nullable KernelQueue queue, BackendConfig config)
      throws IOException {
    return start(name, libc, queue, config, new WorkerLane(config.name(), config.workerThreads()));
  }

  /** For tests: with workers of their own, such as threads that can't be had. */
  static NativeBackend start(
      String name, LibC libc, @Nullable KernelQueue queue, BackendConfig config, WorkerLane workers)
      throws IOException {
    Scratch scratch = null;
    EventFd wakeUp = null;
    try {
      scratch = new Scratch(libc);
      wakeUp = EventFd.open(libc);
      NativeBackend backend =
          new NativeBackend(name, libc, queue, config, workers, scratch, wakeUp);
      if (backend.kernel != null) {
        backend.kernel.start();
      }
      return backend;
    } catch (SystemCallException | OutOfMemoryError e) {
      // Descriptors, native memory or threads are used up. Nothing is in flight yet.
      if (wakeUp != null) {
        wakeUp.close();
      }
      if (scratch != null) {
        scratch.close();
      }
      if (queue != null) {
        queue.close();
      }
      throw new IOException("no resources for " + name + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  // ---- opening

  @Override
  public void open(OpenOperation operation) {
    try {
      workers.submit(new Open(operation));
    } catch (RuntimeException | Error e) {
      Guarded.failQueued(operation, e);
    }
  }

  @Override
  public void cancel(OpenOperation operation) {
    withdraw(operation);
  }

  private final class Open implements WorkerLane.Job, WaitingLane.Attempt {

    private final OpenOperation operation;

    Open(OpenOperation operation) {
      this.operation = operation;
    }

    @Override
    public Operation operation() {
      return operation;
    }

    @Override
    public void run() {
      if (!Guarded.enterKernel(operation)) {
        return;
      }
      metrics.workerOperations.increment();
      Runnable ending = attempt();
      if (ending != null) {
        ending.run();
      } else if (Guarded.requeue(operation)) {
        waiting.submitTimed(operation, this);
      }
    }

    @Override
    public @Nullable Runnable attempt() {
      try {
        Descriptor descriptor = opener.open(operation);
        return descriptor == null ? null : () -> opened(descriptor);
      } catch (SystemCallException | RuntimeException | Error e) {
        return () -> Guarded.fail(operation, e);
      }
    }

    private void opened(Descriptor descriptor) {
      NativeFile file = new NativeFile(NativeBackend.this, descriptor, route, inline, largePages);
      Guarded.run(() -> operation.opened(file));
    }
  }

  // ---- operations of an open file

  /** Takes a queued operation, and sees to its end. */
  void submit(Operation operation, Descriptor file) {
    Request request = new Request(operation, file);
    try {
      switch (lane(operation, file)) {
        case KERNEL -> submitToKernel(request);
        case WORKER -> submitToWorker(request);
        case WAITING -> submitToWaiting(request);
      }
    } catch (RuntimeException | Error e) {
      Guarded.failQueued(operation, e);
    }
  }

  /** Takes queued operations; those for the kernel lane go there together. */
  void submitAll(List<? extends Operation> operations, Descriptor file) {
    List<Request> toKernel = new ArrayList<>(operations.size());
    for (Operation operation : operations) {
      if (lane(operation, file) == Lane.KERNEL) {
        toKernel.add(new Request(operation, file));
      } else {
        submit(operation, file);
      }
    }
    KernelLane lane = kernel;
    if (lane != null && !toKernel.isEmpty()) {
      try {
        lane.submitAll(toKernel);
      } catch (RuntimeException | Error e) {
        toKernel.forEach(request -> Guarded.failQueued(request.operation(), e));
      }
    }
  }

  private Lane lane(Operation operation, Descriptor file) {
    Opcode opcode = operation.opcode();
    FileTraits traits = file.traits();
    Lane lane = route.lane(opcode, traits, operation.position(), file.growsWith(operation));
    return lane == Lane.WORKER && workers.isBusy() ? route.laneWhileBusy(opcode, traits) : lane;
  }

  private void submitToKernel(Request request) {
    KernelLane lane = kernel;
    if (lane == null) {
      throw new IllegalStateException("no kernel lane for " + request.operation());
    }
    lane.submit(request);
  }

  private void submitToWorker(Request request) {
    workers.submit(new Call(request));
  }

  private void submitToWaiting(Request request) {
    waiting.submit(request.operation(), request.file().fd(), new Call(request));
  }

  /** Gives an operation up where it waits; in the kernel it is only asked. */
  void withdraw(Operation operation) {
    if (!Guarded.cancel(operation)) {
      return;
    }
    // It may be in any queue, and would be dropped there sooner or later; but later may be
    // never, where everything before it is stuck.
    workers.forget(operation);
    waiting.forget(operation);
    if (kernel != null) {
      kernel.forget(operation);
    }
  }

  /** A plain system call. */
  private final class Call implements WorkerLane.Job, WaitingLane.Attempt {

    private final Request request;

    Call(Request request) {
      this.request = request;
    }

    @Override
    public Operation operation() {
      return request.operation();
    }

    @Override
    public void run() {
      Operation operation = request.operation();
      if (!Guarded.enterKernel(operation)) {
        return;
      }
      metrics.workerOperations.increment();
      Runnable ending = attempt();
      if (ending != null) {
        ending.run();
      } else if (Guarded.requeue(operation)) {
        waiting.submit(operation, request.file().fd(), this);
      }
    }

    @Override
    public @Nullable Runnable attempt() {
      Operation operation = request.operation();
      Descriptor file = request.file();
      long result;
      try {
        result = perform(operation, file);
      } catch (RuntimeException | Error e) {
        return () -> Guarded.fail(operation, e);
      }
      if (result == -Errno.EAGAIN && file.traits().kind().isNonBlocking()) {
        return null;
      }
      if (result < 0) {
        return () -> Guarded.fail(operation, Errno.exception((int) -result));
      }
      file.done(operation, result);
      return () -> Guarded.complete(operation, result);
    }

    private long perform(Operation operation, Descriptor file) {
      return switch (operation.opcode()) {
        case WRITE, COPY, TRUNCATE, ALLOCATE -> {
          file.changeBegins();
          try {
            yield calls.perform(operation, file);
          } finally {
            file.changeEnds();
          }
        }
        default -> calls.perform(operation, file);
      };
    }
  }

  @Override
  public void close() {
    if (kernel != null) {
      kernel.close();
    }
    waiting.close();
    workers.close();
    scratch.close();
  }
}
