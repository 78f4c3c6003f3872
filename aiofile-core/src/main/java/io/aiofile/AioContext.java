package io.aiofile;

import io.aiofile.spi.Backend;
import io.aiofile.spi.LaneMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Where files are opened: a backend with its threads, the limits of {@link AioOptions}, and the
 * files that are open.
 *
 * <p>{@link #shared()} serves most programs. A context of one's own is for other limits, another
 * backend, another completion executor, or an end that can be waited for.
 *
 * <p>Threads: all methods may be called from any thread; only {@link #open()}, which looks for a
 * backend, and {@link #close()} block.
 *
 * <p>Not one per file, nor one per thread: kernel resources are limited on the whole host.
 */
public final class AioContext implements AutoCloseable {

  private static final class Shared {
    static final AioContext INSTANCE = new AioContext(AioOptions.defaults(), true);
  }

  private final ContextEngine engine;
  private final BackendSelector selector;
  private final AioFiles files;
  private final boolean isShared;
  private final Leaks.@Nullable Watch watch;

  private AioContext(AioOptions options, boolean isShared) {
    this.selector = BackendSelector.ofInstalled();
    this.engine = new ContextEngine(options, selector);
    this.isShared = isShared;
    this.files = new AioFiles(this);
    this.watch = isShared ? null : Leaks.watch(this, "context", options.openSites(), engine);
  }

  /**
   * Opens a context with the defaults.
   *
   * @return the context, to be closed
   */
  public static AioContext open() {
    return open(AioOptions.defaults());
  }

  /**
   * Opens a context.
   *
   * @param options limits, backend, executor
   * @return the context, to be closed
   * @throws IllegalArgumentException if the options name an unknown backend
   * @throws UncheckedIOException if the backend that they name is not available, with the reason
   */
  public static AioContext open(AioOptions options) {
    return new AioContext(options, false);
  }

  /**
   * The context of the whole process, opened at the first call, with the defaults. It is not
   * closed; its threads are daemons.
   *
   * @return the context
   */
  public static AioContext shared() {
    return Shared.INSTANCE;
  }

  ContextEngine engine() {
    return engine;
  }

  /** {@return the name of the backend in use, such as "libaio"} */
  public String backend() {
    return engine.backend().name();
  }

  /**
   * Says for people what is in use, and for each backend there is whether it is available, and why
   * not.
   *
   * @return several lines
   */
  public String describe() {
    StringBuilder text = new StringBuilder(backend());
    text.append(": ").append(engine.backend().description());
    for (String refusal : selector.refusals()) {
      text.append("\n  passed over: ").append(refusal);
    }
    return text.append(selector.describe()).toString();
  }

  /** {@return the options it was opened with} */
  public AioOptions options() {
    return engine.options();
  }

  /** {@return what it has done, and does now} */
  public AioMetrics metrics() {
    Counters counters = engine.counters();
    LaneMetrics lanes = counters.lanes;
    return new AioMetrics(
        counters.submitted.sum(),
        counters.completed.sum(),
        counters.failed.sum(),
        counters.cancelled.sum(),
        counters.bytesRead.sum(),
        counters.bytesWritten.sum(),
        engine.gate().inFlight(),
        engine.gate().queued(),
        engine.pool().usedBytes(),
        engine.openFiles(),
        lanes.inlineHits.sum(),
        lanes.inlineMisses.sum(),
        lanes.kernelOperations.sum(),
        lanes.kernelSubmissions.sum(),
        lanes.kernelFallbacks.sum(),
        lanes.workerOperations.sum());
  }

  /** {@return the one-liners on this context} */
  public AioFiles files() {
    return files;
  }

  // ---- opening

  /**
   * Opens a file, on another thread. Opening one end of a FIFO waits for the other one, holding
   * nothing up; cancel ends it at once, and what was being opened is closed.
   *
   * @param path of the file
   * @param mode how to open it
   * @return the open file, to be closed; fails with {@link java.nio.file.NoSuchFileException},
   *     {@link java.nio.file.AccessDeniedException}, {@link
   *     java.nio.file.FileAlreadyExistsException}, {@link FileIoException}, {@link
   *     RejectedExecutionException} beyond {@link AioOptions#maxQueued()}, or {@link
   *     ClosedChannelException} if the context is closed
   */
  public AioFuture<AsyncFile> openFileAsync(Path path, OpenMode mode) {
    Backend lanes = engine.backend();
    if (path.getFileSystem() != FileSystems.getDefault()) {
      try {
        lanes = engine.channels();
      } catch (IOException e) {
        return AioFuture.failed(engine.executor(), e);
      }
    }
    OpenRequest request = new OpenRequest(this, lanes, path, mode);
    try {
      if (!engine.enter(request)) {
        return AioFuture.failed(engine.executor(), new ClosedChannelException());
      }
    } catch (RejectedExecutionException e) {
      engine.counters().submitted.increment();
      engine.counters().ended(e, false);
      return AioFuture.failed(engine.executor(), e);
    }
    engine.counters().submitted.increment();
    return request.start();
  }

  /**
   * Opens a file: {@link #openFileAsync(Path, OpenMode)}.
   *
   * @param path of the file
   * @param mode letters, see {@link OpenMode#parse}
   * @return the open file, to be closed
   */
  public AioFuture<AsyncFile> openFileAsync(Path path, String mode) {
    return openFileAsync(path, OpenMode.parse(mode));
  }

  /**
   * Opens a file with a cursor for bytes.
   *
   * @param path of the file
   * @param mode how to open it
   * @return the open file, to be closed
   */
  public AioFuture<BinaryFile> openBinaryAsync(Path path, OpenMode mode) {
    return Opened.as(openFileAsync(path, mode), BinaryFile::new);
  }

  /**
   * Opens a file with a cursor for bytes.
   *
   * @param path of the file
   * @param mode letters, see {@link OpenMode#parse}
   * @return the open file, to be closed
   */
  public AioFuture<BinaryFile> openBinaryAsync(Path path, String mode) {
    return openBinaryAsync(path, OpenMode.parse(mode));
  }

  /**
   * Opens a file with a cursor for UTF-8 text.
   *
   * @param path of the file
   * @param mode how to open it
   * @return the open file, to be closed
   */
  public AioFuture<TextFile> openTextAsync(Path path, OpenMode mode) {
    return openTextAsync(path, mode, LineOptions.of(options()));
  }

  /**
   * Opens a file with a cursor for UTF-8 text.
   *
   * @param path of the file
   * @param mode letters, see {@link OpenMode#parse}
   * @return the open file, to be closed
   */
  public AioFuture<TextFile> openTextAsync(Path path, String mode) {
    return openTextAsync(path, OpenMode.parse(mode));
  }

  /**
   * Opens a file with a cursor for text.
   *
   * @param path of the file
   * @param mode how to open it
   * @param lines charset, separator, limits
   * @return the open file, to be closed
   */
  public AioFuture<TextFile> openTextAsync(Path path, OpenMode mode, LineOptions lines) {
    return Opened.as(openFileAsync(path, mode), file -> new TextFile(file, lines));
  }

  /**
   * Opens a file with a cursor for text.
   *
   * @param path of the file
   * @param mode letters, see {@link OpenMode#parse}
   * @param lines charset, separator, limits
   * @return the open file, to be closed
   */
  public AioFuture<TextFile> openTextAsync(Path path, String mode, LineOptions lines) {
    return openTextAsync(path, OpenMode.parse(mode), lines);
  }

  /**
   * Takes a channel that is open already. It goes through the lanes of the {@code java} backend,
   * since a channel does not give its descriptor away; closing the file leaves the channel open.
   *
   * @param channel open; readable and writable as it was opened
   * @return a file on it, to be closed
   * @throws UncheckedIOException if this context is closed
   */
  public AsyncFile wrap(FileChannel channel) {
    if (!engine.enter()) {
      throw new UncheckedIOException(new ClosedChannelException());
    }
    try {
      OpenFile file = new OpenFile(engine.channels().wrap(channel));
      FileHandle handle = new FileHandle(engine, file, Path.of("(channel)"), OpenMode.READ_WRITE);
      if (!engine.handleOpened(handle)) {
        handle.closeUnattended();
        throw new ClosedChannelException();
      }
      return new AsyncFile(this, handle);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      engine.exit();
      Reference.reachabilityFence(this);
    }
  }

  // ---- close

  /**
   * Refuses new files, drains and closes those that are open, and ends the threads. Closing again
   * changes nothing and waits for the same.
   *
   * @return done when all is over; fails if what is in flight did not end within {@link
   *     AioOptions#closeTimeout()}
   * @throws IllegalStateException for the shared context
   */
  public AioFuture<@Nullable Void> closeAsync() {
    if (isShared) {
      throw new IllegalStateException(
          "the shared context belongs to the whole process and is not closed; close the files, or"
              + " open a context of your own");
    }
    if (watch != null) {
      watch.end();
    }
    return engine.closeAsync();
  }

  /**
   * Closes the context and waits: see {@link #closeAsync()}. Interrupts don't end the waiting; the
   * flag is restored. On a thread that completes operations it starts the close and does not wait.
   *
   * @throws IOException if it did not end in time
   * @throws IllegalStateException for the shared context
   */
  @Override
  public void close() throws IOException {
    Closing.await(closeAsync(), "the context", options().closeTimeout().multipliedBy(2));
  }

  @Override
  public String toString() {
    return "AioContext[" + backend() + (engine.isOpen() ? "]" : ", closed]");
  }
}
