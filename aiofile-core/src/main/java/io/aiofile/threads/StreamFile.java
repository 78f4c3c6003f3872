package io.aiofile.threads;

import io.aiofile.spi.Alignment;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import org.jspecify.annotations.Nullable;

/**
 * A file without positions: FIFO, terminal, some devices. Each direction waits on a thread of its
 * own; the workers only do what does not wait.
 *
 * <p>Of a wrapped channel less can be promised, as it is not ours to close: a read or write that
 * waits in it goes on doing so when the file is closed; bytes that arrive after that are lost; and
 * a write that has begun can't be cancelled.
 */
final class StreamFile implements BackendFile {

  private final Workers workers;
  private final WaitingThreads waiting;
  private final LaneMetrics metrics;
  private final StreamChannels channels;
  private final @Nullable StreamReader reader;
  private final @Nullable StreamWriter writer;

  StreamFile(
      Workers workers, WaitingThreads waiting, LaneMetrics metrics, StreamChannels channels) {
    this.workers = workers;
    this.waiting = waiting;
    this.metrics = metrics;
    this.channels = channels;
    FileChannel in = channels.reader();
    FileChannel out = channels.writer();
    reader = in == null ? null : new StreamReader(in, waiting, metrics);
    writer = out == null ? null : new StreamWriter(channels, out, waiting, metrics);
  }

  @Override
  public boolean seekable() {
    return false;
  }

  @Override
  public Alignment alignment() {
    return Alignment.NONE;
  }

  @Override
  public int transferBytesMax() {
    return StreamEnd.TRANSFER_BYTES_MAX;
  }

  @Override
  public void submit(Operation operation) {
    switch (operation.opcode()) {
      case READ -> transfer(operation, reader, new NonReadableChannelException());
      case WRITE -> transfer(operation, writer, new NonWritableChannelException());
      case CLOSE -> {
        try {
          // Closing a terminal waits until its output is gone.
          waiting.start("close", () -> close(operation));
        } catch (IOException e) {
          workers.execute(operation, () -> close(operation));
        }
      }
      default -> workers.execute(operation, () -> answer(operation));
    }
  }

  private void transfer(Operation operation, @Nullable StreamEnd end, RuntimeException refusal) {
    if (end == null) {
      workers.execute(operation, () -> Guard.refuse(operation, refusal));
    } else if (operation.position() != Operation.SEQUENTIAL) {
      workers.execute(
          operation, () -> Guard.refuse(operation, new IOException("it has no positions")));
    } else {
      end.submit(operation);
    }
  }

  private void answer(Operation operation) {
    switch (operation.opcode()) {
      case SYNC, DATA_SYNC, SIZE -> {
        // Nothing to be made durable: fsync(2) of a FIFO is EINVAL. And no size, as fstat(2) says.
        if (operation.enterKernel()) {
          metrics.workerOperations.increment();
          operation.complete(0);
        }
      }
      default -> Guard.refuse(operation, new IOException("it has no size"));
    }
  }

  private void close(Operation operation) {
    if (!operation.enterKernel()) {
      return;
    }
    metrics.workerOperations.increment();
    try {
      closeChannels();
    } catch (Throwable thrown) {
      operation.fail(thrown);
      return;
    }
    operation.complete(0);
  }

  /** Closing a channel wakes the thread that waits in it (FileChannelImpl signals its threads). */
  private void closeChannels() throws IOException {
    FileChannel out = null;
    if (reader != null) {
      reader.end();
    }
    if (writer != null) {
      writer.end();
      out = writer.channel();
    }
    if (!channels.owned()) {
      abandon(reader);
      abandon(writer);
      return;
    }
    FileChannel in = channels.reader();
    try {
      if (in != null) {
        in.close();
      }
    } finally {
      if (out != null) {
        out.close();
      }
    }
  }

  private static void abandon(@Nullable StreamEnd end) {
    if (end != null) {
      end.abandon();
    }
  }

  @Override
  public void cancel(Operation operation) {
    StreamEnd end =
        switch (operation.opcode()) {
          case READ -> reader;
          case WRITE -> writer;
          default -> null;
        };
    if (end != null) {
      end.cancel(operation);
    } else if (operation.cancel()) {
      workers.forget(operation);
    }
  }
}
