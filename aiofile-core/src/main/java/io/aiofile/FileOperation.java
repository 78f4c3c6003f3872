package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.Opcode;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * An operation of a file handle, from the gate through the backend to its promise: what reads,
 * writes and commands have in common, and above all the order in which things end.
 */
abstract class FileOperation<T extends @Nullable Object> extends RequestGate.Entry
    implements Promise.Request {

  final FileHandle handle;
  private final Promise<T> promise;
  private volatile boolean closedUnder;

  /** An operation of a handle that has been {@linkplain FileHandle#enter entered}. */
  FileOperation(Opcode opcode, FileHandle handle) {
    super(opcode);
    this.handle = handle;
    this.promise = new Promise<>(handle.executor(), this);
  }

  /** The name of this operation in messages. */
  abstract String name();

  /** What failed, for messages. */
  Failure what() {
    return Failure.of(name(), handle.path());
  }

  /** The result, once the operation is over; may throw what the caller is to see instead. */
  abstract @Nullable T result() throws Exception;

  /**
   * Gives the caller's buffer back, and notes what is to be noted. Runs whatever the ending was.
   *
   * @param asked whether it was asked to end before, so that its result is nobody's
   */
  void settleAccounts(boolean asked) {}

  /** Whether the caller has no memory in this, so that giving up needs no waiting. */
  boolean ownsMemory() {
    return false;
  }

  /** Says what the first pass works on; the pooled buffer is there if {@link #stageBytes} asked. */
  abstract void prepare(@Nullable ByteBuffer pooled) throws Exception;

  @Override
  long stageBytes() {
    return 0;
  }

  /** Lets the operation take its way; what happens to it is in the future that is returned. */
  AioFuture<T> start() {
    promise.hide();
    send(false);
    return promise.show();
  }

  /** Through the gate to the backend. */
  void send(boolean accepted) {
    if (pass(accepted)) {
      submit();
    }
  }

  /** Through the gate; whether it is now to be submitted, rather than waiting there, or over. */
  final boolean pass(boolean accepted) {
    try {
      return handle.context().gate().pass(this, accepted);
    } catch (RejectedExecutionException e) {
      refuse(e);
      return false;
    }
  }

  /** Fails before the backend has it; nothing if it was given up meanwhile. */
  final void refuse(Throwable cause) {
    if (enterKernel()) {
      fail(cause);
    }
  }

  final Promise<T> promise() {
    return promise;
  }

  @Override
  final boolean admitted(@Nullable ByteBuffer pooled) {
    // Not to be withdrawn while data is copied: the pooled memory would go to somebody else
    // meanwhile.
    if (!enterKernel()) {
      return false;
    }
    try {
      if (stageBytes() > 0 && pooled == null) {
        throw new OutOfMemoryError("no direct memory: raise -XX:MaxDirectMemorySize");
      }
      prepare(pooled);
    } catch (Throwable e) {
      fail(e);
      return false;
    }
    return requeue();
  }

  @Override
  final void submit() {
    try {
      handle.file().backend.submit(this);
    } catch (Throwable e) {
      if (state() != State.QUEUED) {
        throw e; // its end is the backend's to tell
      }
      refuse(e);
    }
  }

  @Override
  protected void resubmit() {
    submit();
  }

  @Override
  public final void giveUp() {
    handle.file().backend.cancel(this);
    if (ownsMemory() && state() != State.DONE) {
      promise.settleOnce(null, null);
    }
  }

  /** The handle closes, and does not wait for the other end of a pipe. */
  final void closeUnder() {
    closedUnder = true;
    handle.file().backend.cancel(this);
  }

  @Override
  protected final void finished(@Nullable Throwable failure) {
    end(failure);
  }

  @Override
  protected final void withdrawn() {
    end(null);
  }

  @Override
  protected final void stranded() {
    handle.context().gate().strand(this);
  }

  /** Memory and permit first, then the future, then the handle, whose close may be waiting. */
  private void end(@Nullable Throwable cause) {
    // Looked at once: what is asked from here on, by a close too, comes after the end. Else
    // bytes of a pipe could be the caller's first, and then be dropped with the value.
    boolean asked = isCancelAsked();
    T value = null;
    Throwable failure = null;
    try {
      settleAccounts(asked);
      if (cause == null && !asked) {
        value = result();
      }
    } catch (Throwable e) {
      failure = e;
    }
    if (cause != null) {
      failure = Errors.describe(what(), cause);
    } else if (asked && closedUnder && failure == null) {
      failure = new AsynchronousCloseException();
    }
    try {
      leave();
    } finally { // whatever the next in line did
      handle.context().counters().ended(failure, asked);
      promise.settleOnce(value, failure);
      exit();
    }
  }

  /** Lets the handles go that were entered for this: last of all, as a close may be waiting. */
  void exit() {
    handle.exit(this);
  }

  /** Gives permit and pooled memory back. */
  void leave() {
    handle.context().gate().leave(this);
  }
}
