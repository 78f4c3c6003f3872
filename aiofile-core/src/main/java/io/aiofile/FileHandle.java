package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The engine behind one {@link AsyncFile}: counts what is in flight, and closes when that is over.
 *
 * <pre>
 *   OPEN ──close──▶ DRAINING ──last operation──▶ SYNCING ──▶ CLOSED
 * </pre>
 *
 * <p>New operations are refused from DRAINING on. Several handles may stand on one {@link
 * OpenFile}.
 */
final class FileHandle implements Leaks.Engine {

  private static final System.Logger LOG = System.getLogger("io.aiofile");

  /** See the diagram above. */
  enum State {
    OPEN,
    DRAINING,
    SYNCING,
    CLOSED
  }

  private final ContextEngine context;
  private final OpenFile file;
  private final Path path;
  private final OpenMode mode;
  private final Promise<@Nullable Void> closed;

  // All guarded by this.
  private State state = State.OPEN;
  private int inFlight;
  private long lastWrite;
  private @Nullable Set<FileOperation<?>> waiting;

  FileHandle(ContextEngine context, OpenFile file, Path path, OpenMode mode) {
    this.context = context;
    this.file = file;
    this.path = path;
    this.mode = mode;
    this.closed = new Promise<>(context.executor());
  }

  ContextEngine context() {
    return context;
  }

  CompletionExecutor executor() {
    return context.executor();
  }

  OpenFile file() {
    return file;
  }

  Path path() {
    return path;
  }

  OpenMode mode() {
    return mode;
  }

  @Override
  public synchronized boolean isOpen() {
    return state == State.OPEN;
  }

  /** An operation begins; false if the handle is closed, or closing. */
  synchronized boolean enter() {
    if (state != State.OPEN) {
      return false;
    }
    inFlight++;
    return true;
  }

  /** So many operations begin, or will; false if the handle is closed, or closing. */
  synchronized boolean enter(int operations) {
    if (state != State.OPEN) {
      return false;
    }
    inFlight += operations;
    return true;
  }

  /** An operation is over, its promise settled. */
  void exit() {
    synchronized (this) {
      if (--inFlight > 0 || state != State.DRAINING) {
        return;
      }
      state = State.SYNCING;
    }
    syncThenRelease();
  }

  void exit(FileOperation<?> operation) {
    if (!file.backend.seekable()) {
      synchronized (this) {
        if (waiting != null) {
          waiting.remove(operation);
        }
      }
    }
    exit();
  }

  /** A write begins, in a handle that was entered. */
  SyncOrder.Epoch beginWrite() {
    SyncOrder.Epoch epoch = file.syncOrder.beginWrite();
    long begun = file.syncOrder.begun();
    synchronized (this) {
      lastWrite = Math.max(lastWrite, begun);
    }
    return epoch;
  }

  /** The open has cut the file, or may have: a write as far as a sync is concerned. */
  void cutByOpen() {
    file.syncOrder.endWrite(beginWrite());
  }

  /** Starts an operation that waits for the other end of a pipe, and that close gives up on. */
  <T extends @Nullable Object> AioFuture<T> startWaiting(FileOperation<T> operation) {
    boolean tooLate;
    synchronized (this) {
      if (waiting == null) {
        waiting = new HashSet<>();
      }
      waiting.add(operation);
      tooLate = state != State.OPEN;
    }
    AioFuture<T> future = operation.start();
    if (tooLate) {
      operation.closeUnder();
    }
    return future;
  }

  // ---- close

  /** Refuses new operations, drains, syncs what was written, and lets go of the descriptor. */
  AioFuture<@Nullable Void> closeAsync() {
    boolean idle;
    Set<FileOperation<?>> toGiveUp;
    synchronized (this) {
      if (state != State.OPEN) {
        return closing();
      }
      idle = inFlight == 0;
      state = idle ? State.SYNCING : State.DRAINING;
      toGiveUp = waiting == null ? Set.of() : Set.copyOf(waiting);
    }
    toGiveUp.forEach(FileOperation::closeUnder);
    if (idle) {
      syncThenRelease();
    }
    return closing();
  }

  /** Closes where nobody waits for it; a failure is told in the log. */
  @Override
  public void closeUnattended() {
    closeAsync()
        .onRelease(
            (done, failure) -> {
              if (failure != null) {
                LOG.log(System.Logger.Level.WARNING, "closing " + path, failure);
              }
            });
  }

  private AioFuture<@Nullable Void> closing() {
    return closed.another();
  }

  private void syncThenRelease() {
    long writes;
    synchronized (this) {
      writes = lastWrite;
    }
    if (!mode.syncOnClose() || !file.backend.seekable() || !file.syncOrder.isDirty(writes)) {
      release(null);
      return;
    }
    // Only this handle's writes need be covered, and they are over; those of another handle may not
    // be, and then it must not be told that this sync has covered them.
    long covers = file.syncOrder.over();
    file.backend.submit(
        new Ending(Opcode.DATA_SYNC) {
          @Override
          void ended(@Nullable Throwable failure) {
            if (failure == null) {
              file.syncOrder.synced(covers);
            }
            release(failure);
          }
        });
  }

  private void release(@Nullable Throwable syncFailure) {
    if (!file.release()) {
      closed(syncFailure, null);
      return;
    }
    file.backend.submit(
        new Ending(Opcode.CLOSE) {
          @Override
          void ended(@Nullable Throwable failure) {
            closed(syncFailure, failure);
          }
        });
  }

  private void closed(@Nullable Throwable syncFailure, @Nullable Throwable closeFailure) {
    synchronized (this) {
      state = State.CLOSED;
    }
    Throwable failure = null;
    if (syncFailure != null) {
      failure = Errors.describe(Failure.of("data sync on close of", path), syncFailure);
    } else if (closeFailure != null) {
      failure = Errors.describe(Failure.of("close", path), closeFailure);
    }
    context.handleClosed(this);
    closed.settle(null, failure);
  }

  /**
   * The operations of a close: they pass by the gate, since a full queue must not keep files open.
   */
  private abstract static class Ending extends Operation {

    Ending(Opcode opcode) {
      super(opcode);
    }

    abstract void ended(@Nullable Throwable failure);

    @Override
    protected boolean advance(long result) {
      return false;
    }

    @Override
    protected void resubmit() {
      throw new IllegalStateException("one pass");
    }

    @Override
    protected void finished(@Nullable Throwable failure) {
      ended(failure);
    }

    @Override
    protected void withdrawn() {
      throw new IllegalStateException("a close is not given up");
    }
  }

  /** Another handle on the same descriptor. */
  FileHandle duplicate() throws ClosedChannelException {
    if (!enter()) {
      throw new ClosedChannelException();
    }
    try {
      if (!file.retain()) {
        throw new ClosedChannelException();
      }
      FileHandle twin = new FileHandle(context, file, path, mode);
      if (!context.handleOpened(twin)) {
        twin.closeUnattended();
        throw new ClosedChannelException();
      }
      return twin;
    } finally {
      exit();
    }
  }

  BackendFile backend() {
    return file.backend;
  }
}
