package io.aiofile.threads;

import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the other end. A write that has begun is in the kernel: part of it may be gone, and
 * only the kernel can say how much. So it can't be withdrawn; but closing the channel under it
 * makes write(2) return, with the exact count. To give up a write, therefore, the FIFO is opened
 * once more, which keeps its reader from seeing the end; then the channel with the write in it is
 * closed; and the file goes on with the new one. Where the path no longer leads to the FIFO there
 * is no going on: giving up the write then gives up writing.
 */
final class StreamWriter extends StreamEnd {

  private final StreamChannels channels;
  private final LaneMetrics metrics;

  // All guarded by this.
  private @Nullable FileChannel channel;
  private @Nullable IOException lost;
  private @Nullable Operation current;
  private boolean givingUp;

  StreamWriter(
      StreamChannels channels, FileChannel channel, WaitingThreads threads, LaneMetrics metrics) {
    super("write", threads);
    this.channels = channels;
    this.channel = channel;
    this.metrics = metrics;
  }

  @Override
  void serve(Operation first) {
    Operation operation;
    FileChannel present;
    IOException why;
    synchronized (this) {
      operation = take();
      // Before it enters the kernel: a cancel that finds it there must find it here too.
      current = operation;
      present = channel;
      why = lost;
    }
    if (operation == null || !operation.enterKernel()) {
      over(present);
      return;
    }
    metrics.workerOperations.increment();
    if (present == null) {
      over(null);
      operation.fail(why == null ? new ClosedChannelException() : why);
      return;
    }
    write(operation, present);
  }

  private void write(Operation operation, FileChannel present) {
    int transferred;
    try {
      transferred = transfer(operation, present);
    } catch (Throwable thrown) {
      boolean given = over(present);
      if (given && thrown instanceof ClosedChannelException) {
        takeBack(operation);
      } else {
        operation.fail(thrown);
      }
      return;
    }
    over(present);
    if (transferred == 0 && operation.length() > 0) {
      takeBack(operation);
    } else {
      operation.complete(transferred);
    }
  }

  private static int transfer(Operation operation, FileChannel present) throws IOException {
    ByteBuffer source = Transfers.slice(operation);
    int transferred = present.write(source);
    while (transferred == 0 && source.hasRemaining() && !operation.isCancelAsked()) {
      LockSupport.parkNanos(present, RETRY_NANOS);
      transferred = present.write(source);
    }
    return transferred;
  }

  /** Nothing of it went out. */
  private void takeBack(Operation operation) {
    if (operation.requeue()) {
      putBack(operation);
    }
  }

  /** No write is under way any more; true if the channel it was in was given up meanwhile. */
  private synchronized boolean over(@Nullable FileChannel used) {
    current = null;
    return channel != used;
  }

  @Override
  void cancel(Operation operation) {
    super.cancel(operation);
    synchronized (this) {
      if (current != operation || givingUp || !channels.canOpenAgain()) {
        return;
      }
      givingUp = true;
    }
    try {
      threads.start("cancel", () -> giveUp(operation));
    } catch (IOException e) {
      // No threads: the write goes on until the other end reads, or the file is closed.
      synchronized (this) {
        givingUp = false;
      }
    }
  }

  private void giveUp(Operation operation) {
    FileChannel next = null;
    IOException why = null;
    try {
      next = channels.openWriterAgain();
    } catch (IOException | RuntimeException e) {
      why =
          new IOException(
              "closed to give up a write that waited for its reader; it can't be opened again", e);
    }
    FileChannel closing = next;
    synchronized (this) {
      givingUp = false;
      if (current == operation && !isClosed()) {
        closing = channel;
        channel = next;
        lost = why;
      }
    }
    Guard.close(closing);
  }

  /** What is to be closed with the file. */
  synchronized @Nullable FileChannel channel() {
    return channel;
  }
}
