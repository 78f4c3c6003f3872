package io.aiofile;

import io.aiofile.spi.Opcode;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes of files that are not seekable: FIFOs, terminals, some devices. They wait for
 * the other end as long as it takes, so they pass by the gate and its permits, where they are only
 * counted, and go one at a time in each direction.
 */
final class SequentialTransfers {

  /** The most in one system call: what a pipe holds by default on Linux (pipe(7)). */
  static final int STEP_BYTES_MAX = 64 << 10;

  private SequentialTransfers() {}

  /** What has arrived, up to so many bytes; none at the end. */
  static final class Read extends FileOperation<byte[]> {
    private final int lengthMax;
    private byte[] bytes = {};

    Read(FileHandle handle, int lengthMax) {
      super(Opcode.READ, handle);
      this.lengthMax = lengthMax;
    }

    @Override
    String name() {
      return "read";
    }

    @Override
    void prepare(@Nullable ByteBuffer pooled) {
      // Not pooled: it is held for as long as the other end is silent.
      int count = Math.min(lengthMax, STEP_BYTES_MAX);
      range(ByteBuffer.allocateDirect(count), 0, SEQUENTIAL, count);
    }

    @Override
    void send(boolean accepted) {
      try {
        handle.context().gate().passBy(this);
        prepare(null);
      } catch (RejectedExecutionException | OutOfMemoryError e) {
        refuse(e);
        return;
      }
      handle.file().submitInTurn(this, handle.file().reads());
    }

    @Override
    void leave() {
      super.leave();
      handle.file().endTurn(this, handle.file().reads());
    }

    @Override
    protected boolean advance(long transferred) {
      bytes = new byte[(int) transferred];
      buffer().get(index(), bytes);
      handle.context().counters().bytesRead.add(transferred);
      return false;
    }

    @Override
    byte[] result() {
      return bytes;
    }

    @Override
    void settleAccounts(boolean asked) {
      if (bytes.length > 0 && (asked || !promise().commit())) {
        // They arrived while the reader gave up: the next one gets them, before it asks for more.
        handle.file().unread(bytes);
      }
    }
  }

  /** All of a buffer. */
  static final class Write extends WriteTransfer {

    Write(FileHandle handle, ByteBuffer source, SyncOrder.Epoch epoch) {
      super(handle, source, SEQUENTIAL, 0, epoch);
    }

    @Override
    void send(boolean accepted) {
      try {
        handle.context().gate().passBy(this);
        long bytes = Math.min(stageBytes(), STEP_BYTES_MAX);
        prepare(bytes == 0 ? null : ByteBuffer.allocateDirect((int) bytes));
      } catch (RuntimeException | OutOfMemoryError e) {
        refuse(e);
        return;
      }
      handle.file().submitInTurn(this, handle.file().writes());
    }

    @Override
    void leave() {
      super.leave();
      handle.file().endTurn(this, handle.file().writes());
    }
  }
}
