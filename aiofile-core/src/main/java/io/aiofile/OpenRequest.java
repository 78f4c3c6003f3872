package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.OpenOperation;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opening a file on behalf of a future: a cancelled one finishes at once, and what was being opened
 * for it is closed when it comes.
 */
final class OpenRequest extends OpenOperation implements Promise.Request {

  private final AioContext shell;
  private final ContextEngine context;
  private final Backend backend;
  private final OpenMode mode;
  private final Promise<AsyncFile> promise;
  private volatile boolean closedUnder;

  OpenRequest(AioContext shell, Backend backend, Path path, OpenMode mode) {
    super(path, mode.flags(), mode.permissions());
    this.shell = shell;
    this.context = shell.engine();
    this.backend = backend;
    this.mode = mode;
    this.promise = new Promise<>(context.executor(), this);
  }

  AioFuture<AsyncFile> start() {
    backend.open(this);
    return promise;
  }

  @Override
  public void giveUp() {
    backend.cancel(this);
    settle(null, null);
  }

  /** The context closes, and does not wait for the other end of a FIFO. */
  void closeUnder() {
    closedUnder = true;
    backend.cancel(this);
  }

  @Override
  protected boolean advance(long result) {
    return false;
  }

  @Override
  protected void resubmit() {
    throw new IllegalStateException("one pass");
  }

  @Override
  protected void withdrawn() {
    context.gate().passedBy();
    context.counters().ended(null, true);
    settle(null, closedUnder ? new AsynchronousCloseException() : null);
    context.exit(this);
  }

  @Override
  protected void finished(@Nullable Throwable cause) {
    // Before the promise: whoever awaits it finds the place in the queue free.
    context.gate().passedBy();
    if (cause != null) {
      context.counters().ended(cause, isCancelAsked());
      Failure what = Failure.of("open", path());
      settle(null, Errors.describe(mode.direct() ? what.asDirect() : what, cause));
      context.exit(this);
      return;
    }
    BackendFile opened = Objects.requireNonNull(file());
    context.counters().ended(null, isCancelAsked());
    FileHandle handle = new FileHandle(context, new OpenFile(opened), path(), mode);
    if (mode.flags().contains(Flag.TRUNCATE)) {
      handle.cutByOpen();
    }
    // The handle takes over what holds the context open.
    if (!context.handleOpened(handle)) {
      settle(null, new AsynchronousCloseException());
      handle.closeUnattended();
    } else if (!settle(new AsyncFile(shell, handle), null)) {
      // Only the promise knows whether somebody gave up: a context that closes since handleOpened
      // has asked for a cancel too, but closes this handle with the others.
      handle.closeUnattended();
    }
    context.exit(this);
  }

  /** Settles once; answers whether the value reached the future. */
  private boolean settle(@Nullable AsyncFile value, @Nullable Throwable failure) {
    boolean taken = promise.settleOnce(value, failure);
    if (!taken && value != null) {
      value.forget();
    }
    return taken;
  }
}
