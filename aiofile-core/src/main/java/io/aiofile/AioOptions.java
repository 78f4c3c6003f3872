package io.aiofile;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How a context is set up: its backend, its limits, and where its futures complete. Immutable; each
 * {@code with…} method returns a copy.
 *
 * <p>Every limit of the library stands here, with its unit and its default. Not for single files:
 * see {@link OpenMode}, {@link ChunkOptions} and {@link LineOptions}.
 */
public final class AioOptions {

  private static final AioOptions DEFAULTS = new AioOptions();

  // Copied, then changed once by a wither, and not after: final in effect.
  private @Nullable String backend;
  private @Nullable Executor completionExecutor;
  // io_setup draws on fs.aio-max-nr, 65,536 for the whole host: contexts of 512 entries, one an
  // event loop, exhausted hosts (langflow #12414). 256 saturates the devices measured here.
  private int maxRequests = 256;
  private int maxQueued = 131_072;
  // Direct memory is limited as the heap is, unless told otherwise: a small heap keeps most of it.
  private long pooledBytes =
      Math.max(BufferPool.LIMIT_MIN, Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4));
  private int workerThreads = 16;
  private int readAhead = 1;
  private int lineBytesMax = 16 << 20;
  private int sliceBytes = 256 << 10;
  private int inlineReadBytes = 128 << 10;
  private int inlineWriteBytes = 64 << 10;
  private Duration closeTimeout = Duration.ofSeconds(30);
  private boolean openSites;

  private AioOptions() {}

  private AioOptions(AioOptions other) {
    backend = other.backend;
    completionExecutor = other.completionExecutor;
    maxRequests = other.maxRequests;
    maxQueued = other.maxQueued;
    pooledBytes = other.pooledBytes;
    workerThreads = other.workerThreads;
    readAhead = other.readAhead;
    lineBytesMax = other.lineBytesMax;
    sliceBytes = other.sliceBytes;
    inlineReadBytes = other.inlineReadBytes;
    inlineWriteBytes = other.inlineWriteBytes;
    closeTimeout = other.closeTimeout;
    openSites = other.openSites;
  }

  /** {@return the defaults, as each getter names them} */
  public static AioOptions defaults() {
    return DEFAULTS;
  }

  /** {@return the backend asked for by name; null, the default, for the automatic choice} */
  public @Nullable String backend() {
    return backend;
  }

  /**
   * Asks for one backend, and for an error where it isn't available.
   *
   * @param name such as "libaio", "posix" or "java", or an alias ("linux", "thread", "python")
   * @return a copy
   */
  public AioOptions withBackend(String name) {
    AioOptions copy = new AioOptions(this);
    copy.backend = Objects.requireNonNull(name, "name");
    return copy;
  }

  /** {@return where futures complete; null, the default, for the library's own pool} */
  public @Nullable Executor completionExecutor() {
    return completionExecutor;
  }

  /**
   * Chooses where futures complete. It is never shut down by the library. {@code Runnable::run} is
   * the opt-in for the completion thread itself, where a callback must not wait.
   *
   * @param executor that runs each completion
   * @return a copy
   */
  public AioOptions withCompletionExecutor(Executor executor) {
    AioOptions copy = new AioOptions(this);
    copy.completionExecutor = Objects.requireNonNull(executor, "executor");
    return copy;
  }

  /** {@return the most operations that a backend works on at once; 256} */
  public int maxRequests() {
    return maxRequests;
  }

  /**
   * Limits the operations that a backend works on at once; further ones are queued.
   *
   * @param operations 1 to 32,768
   * @return a copy
   */
  public AioOptions withMaxRequests(int operations) {
    AioOptions copy = new AioOptions(this);
    copy.maxRequests = between("maxRequests", operations, 1, 32_768);
    return copy;
  }

  /**
   * {@return the most operations, opens and calls at cursors included, that wait in the queue;
   * 131,072}
   */
  public int maxQueued() {
    return maxQueued;
  }

  /**
   * Limits the queue; an operation beyond it fails with {@link
   * java.util.concurrent.RejectedExecutionException}, and those in it are not affected.
   *
   * <p>Opens, syncs that wait for earlier writes, and transfers of files that are not seekable do
   * not take the places of {@link #maxRequests()}; as many of them again may be under way, and
   * further ones count as queued. One that was cancelled counts until the system call that it is in
   * has returned.
   *
   * <p>A call that waits for the one before it ({@link BinaryFile}, {@link TextFile}, readers and
   * writers) counts as queued, for other calls: they are refused beyond the limit, and the cursor
   * stays as it is. One that was accepted gets its turn, whatever else is queued by then; a close
   * is always accepted.
   *
   * @param operations 0 or more
   * @return a copy
   */
  public AioOptions withMaxQueued(int operations) {
    AioOptions copy = new AioOptions(this);
    copy.maxQueued = between("maxQueued", operations, 0, Integer.MAX_VALUE);
    return copy;
  }

  /**
   * {@return the most bytes of native memory for transfers; 64 MiB, or a quarter of a smaller heap}
   */
  public long pooledBytes() {
    return pooledBytes;
  }

  /**
   * Limits the native memory that heap buffers, {@code byte[]} results and unaligned reads go
   * through; operations beyond it wait in the queue.
   *
   * @param bytes 64 KiB or more
   * @return a copy
   */
  public AioOptions withPooledBytes(long bytes) {
    if (bytes < BufferPool.LIMIT_MIN) {
      throw new IllegalArgumentException(
          "pooledBytes must be " + BufferPool.LIMIT_MIN + " or more: " + bytes);
    }
    AioOptions copy = new AioOptions(this);
    copy.pooledBytes = bytes;
    return copy;
  }

  /** {@return the most threads for system calls that block; 16} */
  public int workerThreads() {
    return workerThreads;
  }

  /**
   * Limits the threads for system calls that block. They end when idle.
   *
   * @param threads 1 to 1,024
   * @return a copy
   */
  public AioOptions withWorkerThreads(int threads) {
    AioOptions copy = new AioOptions(this);
    copy.workerThreads = between("workerThreads", threads, 1, 1024);
    return copy;
  }

  /** {@return the chunks that readers fetch ahead unless told otherwise; 1} */
  public int readAhead() {
    return readAhead;
  }

  /**
   * Sets how many chunks readers fetch ahead unless told otherwise.
   *
   * @param chunks 0 to 64
   * @return a copy
   */
  public AioOptions withReadAhead(int chunks) {
    AioOptions copy = new AioOptions(this);
    copy.readAhead = between("readAhead", chunks, 0, ChunkOptions.READ_AHEAD_MAX);
    return copy;
  }

  /** {@return the longest line, in bytes, that readers accept unless told otherwise; 16 MiB} */
  public int lineBytesMax() {
    return lineBytesMax;
  }

  /**
   * Limits the length of a line unless the reader is told otherwise.
   *
   * @param bytes 1 or more, without the separator
   * @return a copy
   */
  public AioOptions withLineBytesMax(int bytes) {
    AioOptions copy = new AioOptions(this);
    copy.lineBytesMax = between("lineBytesMax", bytes, 1, LineOptions.LINE_BYTES_LIMIT);
    return copy;
  }

  /** {@return the most bytes that one call moves on the caller's thread; 1 MiB} */
  public int sliceBytes() {
    return sliceBytes;
  }

  /**
   * Limits what a loop of the library (read all, for each) does on the caller's thread, in bytes;
   * beyond it the loop goes on elsewhere.
   *
   * @param bytes 4 KiB or more
   * @return a copy
   */
  public AioOptions withSliceBytes(int bytes) {
    AioOptions copy = new AioOptions(this);
    copy.sliceBytes = between("sliceBytes", bytes, 4096, Integer.MAX_VALUE);
    return copy;
  }

  /** {@return the longest cached read done on the caller's thread, in bytes; 128 KiB} */
  public int inlineReadBytes() {
    return inlineReadBytes;
  }

  /**
   * Limits a single read on the caller's thread; 0 turns them off.
   *
   * @param bytes 0 or more
   * @return a copy
   */
  public AioOptions withInlineReadBytes(int bytes) {
    AioOptions copy = new AioOptions(this);
    copy.inlineReadBytes = between("inlineReadBytes", bytes, 0, Integer.MAX_VALUE);
    return copy;
  }

  /** {@return the longest buffered write done on the caller's thread, in bytes; 64 KiB} */
  public int inlineWriteBytes() {
    return inlineWriteBytes;
  }

  /**
   * Limits a single write on the caller's thread; 0 turns them off. One that makes its file longer
   * may have a quarter of that.
   *
   * @param bytes 0 or more
   * @return a copy
   */
  public AioOptions withInlineWriteBytes(int bytes) {
    AioOptions copy = new AioOptions(this);
    copy.inlineWriteBytes = between("inlineWriteBytes", bytes, 0, Integer.MAX_VALUE);
    return copy;
  }

  /** {@return how long a close waits for what is in flight; 30 seconds} */
  public Duration closeTimeout() {
    return closeTimeout;
  }

  /**
   * Limits how long the close of a context, and a blocking close of a file, wait for what is in
   * flight. After it the memory that the kernel may touch is kept for good, and the log says so.
   *
   * @param timeout more than zero
   * @return a copy
   */
  public AioOptions withCloseTimeout(Duration timeout) {
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("closeTimeout must be more than zero: " + timeout);
    }
    AioOptions copy = new AioOptions(this);
    copy.closeTimeout = timeout;
    return copy;
  }

  /** {@return whether reports of files dropped without close say where they were opened; false} */
  public boolean openSites() {
    return openSites;
  }

  /**
   * Records a stack trace at each open, for the report about a file or context that was dropped
   * without close. Costs some microseconds an open.
   *
   * @return a copy
   */
  public AioOptions withOpenSites() {
    AioOptions copy = new AioOptions(this);
    copy.openSites = true;
    return copy;
  }

  static int between(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " must be " + min + " to " + max + ": " + value);
    }
    return value;
  }
}
