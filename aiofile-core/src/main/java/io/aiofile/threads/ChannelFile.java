package io.aiofile.threads;

import io.aiofile.spi.Alignment;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A file with positions: each operation is one call on a worker. */
final class ChannelFile implements BackendFile {

  /** What one read(2) or write(2) of Linux moves at most: 0x7ffff000 bytes. */
  private static final int APPEND_BYTES_MAX = 0x7ffff000;

  /** A longer transfer would put off a cancel, and keep a worker to itself. */
  private static final int TRANSFER_BYTES_MAX = 16 << 20;

  /** Very large O_DIRECT requests hang some kernels (glommio #633). */
  private static final int DIRECT_BYTES_MAX = 1 << 20;

  private final Workers workers;
  private final LaneMetrics metrics;
  private final ChannelSet channels;
  private final FileSize size;

  /** Writes share it; changes of the size, which look before they act, have it for themselves. */
  private final ReadWriteLock sizeLock = new ReentrantReadWriteLock();

  /** Of the main channel, whose cursor serves what the JDK has no positional call for. */
  private final Object cursorLock = new Object();

  ChannelFile(Workers workers, LaneMetrics metrics, ChannelSet channels) {
    this.workers = workers;
    this.metrics = metrics;
    this.channels = channels;
    this.size = new FileSize(channels);
  }

  @Override
  public boolean seekable() {
    return true;
  }

  @Override
  public Alignment alignment() {
    return channels.alignment();
  }

  @Override
  public int transferBytesMax() {
    if (channels.isDirect()) {
      return DIRECT_BYTES_MAX;
    }
    // What is appended in one piece must not be cut into several.
    return channels.append() ? APPEND_BYTES_MAX : TRANSFER_BYTES_MAX;
  }

  @Override
  public boolean isCopyWorthTrying(BackendFile source) {
    return source instanceof ChannelFile from && channels.copyable() && from.channels.copyable();
  }

  @Override
  public void submit(Operation operation) {
    workers.execute(operation, () -> perform(operation));
  }

  @Override
  public void cancel(Operation operation) {
    if (operation.cancel()) {
      workers.forget(operation);
    }
  }

  private void perform(Operation operation) {
    if (!operation.enterKernel()) {
      return;
    }
    metrics.workerOperations.increment();
    long result;
    try {
      result = call(operation);
    } catch (Throwable thrown) {
      operation.fail(thrown);
      return;
    }
    operation.complete(result);
  }

  private long call(Operation operation) throws IOException {
    return switch (operation.opcode()) {
      case READ -> read(operation);
      case WRITE, COPY -> {
        sizeLock.readLock().lock();
        try {
          yield operation.opcode() == Opcode.WRITE ? write(operation) : copy(operation);
        } finally {
          sizeLock.readLock().unlock();
        }
      }
      case SYNC -> Sync.force(channels.main(), true);
      case DATA_SYNC -> Sync.force(channels.main(), false);
      case SIZE -> channels.main().size();
      case TRUNCATE, ALLOCATE -> {
        sizeLock.writeLock().lock();
        try {
          yield size.change(operation);
        } finally {
          sizeLock.writeLock().unlock();
        }
      }
      case CLOSE -> {
        channels.close();
        yield 0;
      }
      case OPEN -> throw new IOException("OPEN is no operation of a file channel");
    };
  }

  private long read(Operation operation) throws IOException {
    ByteBuffer target = Transfers.slice(operation);
    FileChannel channel = channels.reader();
    long position = operation.position();
    if (position > Long.MAX_VALUE - operation.length() && position >= channel.size()) {
      return 0; // a range beyond all ranges is EINVAL to Linux, not the end of the file
    }
    int transferred =
        position == Operation.SEQUENTIAL ? channel.read(target) : channel.read(target, position);
    return Math.max(0, transferred); // -1 at the end
  }

  private long write(Operation operation) throws IOException {
    ByteBuffer source = Transfers.slice(operation);
    FileChannel channel = channels.main();
    long position = operation.position();
    if (position == Operation.SEQUENTIAL) {
      return channel.write(source);
    }
    try {
      return channel.write(source, position);
    } catch (IOException e) {
      return writeAtCursor(source, position, e);
    }
  }

  /**
   * Files of /proc that take write(2) and not pwrite(2): seq_open() of Linux clears FMODE_PWRITE.
   * They all say that they are empty.
   */
  private long writeAtCursor(ByteBuffer source, long position, IOException refused)
      throws IOException {
    FileChannel channel = channels.main();
    if (!channels.owned() || channels.append() || !channel.isOpen() || channel.size() != 0) {
      throw refused;
    }
    synchronized (cursorLock) {
      channel.position(position);
      return channel.write(source);
    }
  }

  /**
   * By sendfile(2) on JDK 17, copy_file_range(2) on 25. {@code transferFrom}, which takes a
   * position, maps the source into memory on JDK 17.
   */
  private long copy(Operation operation) throws IOException {
    FileChannel source = ((ChannelFile) operation.source()).channels.reader();
    FileChannel target = channels.main();
    if (operation.position() >= source.size()) {
      return 0; // a file of /proc, say: JDK 25 would read and write it 8 KiB at a time
    }
    synchronized (cursorLock) {
      target.position(operation.position());
      return source.transferTo(operation.position(), operation.length(), target);
    }
  }
}
