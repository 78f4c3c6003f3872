package io.aiofile;

import io.aiofile.spi.BackendFile;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One descriptor, shared by the handles that {@code duplicate()} made: closed with the last of
 * them.
 *
 * <p>Holds what belongs to the file and not to a handle: which writes a sync covers, and, for a
 * file that is not seekable, whose turn it is, and bytes that were read for someone who gave up.
 */
final class OpenFile {

  final BackendFile backend;
  final SyncOrder syncOrder = new SyncOrder();

  // All guarded by this.
  private int handles = 1;
  private byte @Nullable [] unread;
  private final Turns reads = new Turns();
  private final Turns writes = new Turns();

  OpenFile(BackendFile backend) {
    this.backend = backend;
  }

  /** One more handle; false if the last one is gone. */
  synchronized boolean retain() {
    if (handles == 0) {
      return false;
    }
    handles++;
    return true;
  }

  /** One handle less; true if it was the last, and the descriptor is the caller's to close. */
  synchronized boolean release() {
    return --handles == 0;
  }

  /** Submits a sequential operation when the one before it, in its direction, is over. */
  void submitInTurn(Operation operation, Turns turns) {
    synchronized (this) {
      if (turns.current != null) {
        turns.waiting.addLast(operation);
        return;
      }
      turns.current = operation;
    }
    begin(operation);
  }

  /** It is this one's turn; bytes that were put back come before those that the kernel has. */
  private void begin(Operation operation) {
    byte[] kept =
        operation.opcode() == Opcode.READ ? takeUnread(Math.toIntExact(operation.length())) : null;
    if (kept == null) {
      backend.submit(operation);
    } else if (operation.enterKernel()) {
      operation.buffer().put(operation.index(), kept);
      operation.complete(kept.length);
    } else {
      unread(kept); // withdrawn meanwhile
    }
  }

  /** A sequential operation is over, or was withdrawn while it waited. */
  void endTurn(Operation operation, Turns turns) {
    Operation next;
    synchronized (this) {
      if (turns.current != operation) {
        turns.waiting.remove(operation);
        return;
      }
      next = turns.waiting.pollFirst();
      turns.current = next;
    }
    if (next != null) {
      begin(next);
    }
  }

  Turns reads() {
    return reads;
  }

  Turns writes() {
    return writes;
  }

  /** Puts back bytes whose reader gave up while they arrived. */
  synchronized void unread(byte[] bytes) {
    byte[] later = unread;
    if (later == null) {
      unread = bytes;
    } else {
      byte[] joined = java.util.Arrays.copyOf(bytes, bytes.length + later.length);
      System.arraycopy(later, 0, joined, bytes.length, later.length);
      unread = joined;
    }
  }

  /** Takes at most so many of the bytes put back; null if there are none. */
  synchronized byte @Nullable [] takeUnread(int lengthMax) {
    byte[] present = unread;
    if (present == null || present.length <= lengthMax) {
      unread = null;
      return present;
    }
    unread = java.util.Arrays.copyOfRange(present, lengthMax, present.length);
    return java.util.Arrays.copyOf(present, lengthMax);
  }

  /** Whose turn it is, in one direction. Guarded by the file. */
  static final class Turns {
    private @Nullable Operation current;
    private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
  }
}
