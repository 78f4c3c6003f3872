package io.aiofile;

import io.aiofile.FileIoException.Failure;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.Opcode;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** An operation without data of its own: sync, truncate, allocate, copy, size. */
abstract class FileCommand<T extends @Nullable Object> extends FileOperation<T> {

  private long answer;

  /**
   * A command.
   *
   * @param position for {@link Opcode#ALLOCATE} and {@link Opcode#COPY}, else 0
   * @param length as the opcode says, else 0
   */
  FileCommand(Opcode opcode, FileHandle handle, long position, long length) {
    super(opcode, handle);
    range(null, 0, position, length);
  }

  @Override
  String name() {
    return switch (opcode()) {
      case DATA_SYNC -> "data sync";
      default -> opcode().name().toLowerCase(java.util.Locale.ROOT);
    };
  }

  @Override
  Failure what() {
    return switch (opcode()) {
      case ALLOCATE, COPY -> super.what().at(position(), length(), 0);
      default -> super.what();
    };
  }

  @Override
  void prepare(@Nullable ByteBuffer pooled) {}

  @Override
  protected boolean advance(long result) {
    answer = result;
    return false;
  }

  long answer() {
    return answer;
  }

  /** Makes durable every write that was begun before it. */
  static final class Sync extends FileCommand<@Nullable Void> {
    private final long covers;

    Sync(Opcode opcode, FileHandle handle) {
      super(opcode, handle, 0, 0);
      this.covers = handle.file().syncOrder.begun();
    }

    @Override
    AioFuture<@Nullable Void> start() {
      promise().hide();
      try {
        handle.context().gate().passBy(this);
        handle.file().syncOrder.afterWrites(() -> send(true));
      } catch (RejectedExecutionException e) {
        refuse(e);
      }
      return promise().show();
    }

    @Override
    @Nullable Void result() {
      handle.file().syncOrder.synced(covers);
      return null;
    }
  }

  /** Changes the size, or reserves room: a write as far as a sync is concerned. */
  static final class Resize extends FileCommand<@Nullable Void> {
    private final SyncOrder.Epoch epoch;

    Resize(Opcode opcode, FileHandle handle, long position, long length, SyncOrder.Epoch epoch) {
      super(opcode, handle, position, length);
      this.epoch = epoch;
    }

    @Override
    void settleAccounts(boolean asked) {
      handle.file().syncOrder.endWrite(epoch);
    }

    @Override
    @Nullable Void result() {
      return null;
    }
  }

  /** Has the kernel copy from another file: a write as far as a sync is concerned. */
  static final class Copy extends FileCommand<Long> {
    private final FileHandle source;
    private final SyncOrder.Epoch epoch;

    /**
     * A copy between handles that have both been {@linkplain FileHandle#enter entered}.
     *
     * @param position in both files
     * @param length at most
     */
    Copy(FileHandle source, FileHandle target, long position, long length) {
      super(Opcode.COPY, target, position, length);
      this.source = source;
      this.epoch = target.beginWrite();
    }

    @Override
    public BackendFile source() {
      return source.backend();
    }

    @Override
    void settleAccounts(boolean asked) {
      handle.file().syncOrder.endWrite(epoch);
    }

    @Override
    void exit() {
      try {
        super.exit();
      } finally {
        source.exit();
      }
    }

    @Override
    protected boolean advance(long result) {
      handle.context().counters().bytesRead.add(result);
      handle.context().counters().bytesWritten.add(result);
      return super.advance(result);
    }

    @Override
    Long result() {
      return answer();
    }
  }

  /** Asks for the size. */
  static final class Size extends FileCommand<Long> {

    Size(FileHandle handle) {
      super(Opcode.SIZE, handle, 0, 0);
    }

    @Override
    Long result() {
      return answer();
    }
  }
}
