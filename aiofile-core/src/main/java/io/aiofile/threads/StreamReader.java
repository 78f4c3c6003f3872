package io.aiofile.threads;

import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads what comes from the other end, into memory of its own: the operation stays queued while the
 * read waits, so it can be withdrawn at once, and what comes for a withdrawn one is kept for the
 * next.
 *
 * <p>Never asks the kernel for more than an operation asked for: what nobody wants stays in the
 * FIFO.
 */
final class StreamReader extends StreamEnd {

  private static final int BUFFER_BYTES_MIN = 4 << 10;

  private final FileChannel channel;
  private final LaneMetrics metrics;

  // What the last read(2) came to. Touched by the end's thread only; one of them hands it to the
  // next by way of the lock under which it ended.
  private ByteBuffer kept = ByteBuffer.allocateDirect(0);
  private boolean atEnd;
  private @Nullable Throwable failure;

  StreamReader(FileChannel channel, WaitingThreads threads, LaneMetrics metrics) {
    super("read", threads);
    this.channel = channel;
    this.metrics = metrics;
  }

  @Override
  void serve(Operation first) {
    if (first.length() == 0) {
      if (remove(first) && first.enterKernel()) {
        first.complete(0);
      }
      return;
    }
    if (!hasOutcome()) {
      fill((int) Math.min(first.length(), TRANSFER_BYTES_MAX));
    }
    while (hasOutcome()) {
      Operation operation = take();
      if (operation == null) {
        return;
      }
      if (operation.enterKernel()) {
        metrics.workerOperations.increment();
        deliver(operation);
        return;
      }
    }
  }

  private boolean hasOutcome() {
    return kept.hasRemaining() || atEnd || failure != null;
  }

  /** Waits for bytes, the end, or a failure; or until nobody wants them any more. */
  private void fill(int length) {
    try {
      if (kept.capacity() < length) {
        kept = ByteBuffer.allocateDirect(Math.max(BUFFER_BYTES_MIN, length));
      }
      kept.clear().limit(length);
      int transferred = channel.read(kept);
      while (transferred == 0 && hasPending() && !isClosed()) {
        LockSupport.parkNanos(this, RETRY_NANOS);
        transferred = channel.read(kept);
      }
      atEnd = transferred < 0;
    } catch (IOException | RuntimeException | Error thrown) {
      failure = thrown;
    }
    kept.flip();
  }

  private void deliver(Operation operation) {
    Throwable thrown = failure;
    if (!kept.hasRemaining() && thrown != null) {
      failure = null;
      operation.fail(thrown);
      return;
    }
    int transferred = 0;
    if (kept.hasRemaining()) {
      try {
        ByteBuffer target = Transfers.slice(operation);
        transferred = Math.min(kept.remaining(), target.remaining());
        target.put(kept.slice().limit(transferred));
      } catch (RuntimeException e) {
        operation.fail(e);
        return;
      }
      kept.position(kept.position() + transferred);
    } else {
      atEnd = false; // another process may open the FIFO and go on writing
    }
    operation.complete(transferred);
  }
}
