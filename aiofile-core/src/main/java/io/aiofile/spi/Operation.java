package io.aiofile.spi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a backend, and the states it passes.
 *
 * <pre>
 *            enterKernel()              complete() / fail()
 *   QUEUED ───────────────▶ IN_KERNEL ─────────────────────▶ DONE
 *     │ ▲                       │                              ▲
 *     │ └────── requeue() ──────┘                              │
 *     └──── cancel() while queued, or fail() before the kernel ┘
 * </pre>
 *
 * <p>{@code IN_KERNEL} is recorded <em>before</em> the operation is published to the kernel, since
 * publishing transfers ownership whatever the system call then says. Losing interest is not {@code
 * DONE}: {@link #cancel()} on an operation in the kernel changes nothing but the answer to {@link
 * #isCancelAsked()}, and the buffer stays the kernel's until {@link #complete(long)} or {@link
 * #fail(Throwable)}.
 *
 * <p>The policy layer subclasses this with what is to happen at the end; backends see only this
 * type. An operation may take several passes through a backend (a short transfer that is
 * continued): {@link #advance(long)} decides.
 *
 * <p>Not a future, and not reusable once {@code DONE}.
 */
public abstract class Operation {

  /** As {@link #position()}: at the place where the open file itself stands (FIFO, append). */
  public static final long SEQUENTIAL = -1L;

  /** Where an operation is; see the diagram above. */
  public enum State {
    /** Owned by the library: in a queue, or waiting for a FIFO to become ready. */
    QUEUED,
    /** Owned by the kernel: buffer and file must stay as they are. */
    IN_KERNEL,
    /** Over; the kernel no longer touches the buffer. Entered once. */
    DONE
  }

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Operation.class, "state", State.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Opcode opcode;
  private volatile State state = State.QUEUED;
  private volatile boolean cancelAsked;

  private @Nullable ByteBuffer buffer;
  private int index;
  private long position;
  private long length;

  /**
   * A queued operation.
   *
   * @param opcode what it asks for
   */
  protected Operation(Opcode opcode) {
    this.opcode = opcode;
  }

  /**
   * Says what the next pass works on. For the policy layer, while the operation is not in the
   * kernel.
   *
   * @param buffer a direct buffer that is not tied to a closable arena; null where there is no data
   * @param index the first byte's index in the buffer, whatever the buffer's own position says
   * @param position the offset in the file in bytes, or {@link #SEQUENTIAL}
   * @param length bytes to transfer, or the size or length that {@link Opcode} says
   */
  protected final void range(@Nullable ByteBuffer buffer, int index, long position, long length) {
    this.buffer = buffer;
    this.index = index;
    this.position = position;
    this.length = length;
  }

  /** {@return what this asks for} */
  public final Opcode opcode() {
    return opcode;
  }

  /**
   * {@return the direct buffer to transfer into or from}
   *
   * @throws IllegalStateException if the operation has none
   */
  public final ByteBuffer buffer() {
    ByteBuffer present = buffer;
    if (present == null) {
      throw new IllegalStateException(opcode + " has no buffer");
    }
    return present;
  }

  /**
   * {@return the file that {@link Opcode#COPY} copies from}; it stays open until the operation is
   * over.
   *
   * @throws IllegalStateException if the operation has none
   */
  public BackendFile source() {
    throw new IllegalStateException(opcode + " has no source");
  }

  /** {@return the index in {@link #buffer()} of the first byte to transfer} */
  public final int index() {
    return index;
  }

  /** {@return the offset in the file in bytes, or {@link #SEQUENTIAL}} */
  public final long position() {
    return position;
  }

  /** {@return bytes to transfer, or the size or length that {@link Opcode} says} */
  public final long length() {
    return length;
  }

  /** {@return where the operation is} */
  public final State state() {
    return state;
  }

  /** {@return whether {@link #cancel()} was called} */
  public final boolean isCancelAsked() {
    return cancelAsked;
  }

  /**
   * Hands the operation to the kernel: to be called before the system call that publishes it.
   *
   * @return false if it was withdrawn meanwhile; the backend then drops it without a word
   */
  public final boolean enterKernel() {
    if (STATE.compareAndSet(this, State.QUEUED, State.IN_KERNEL)) {
      return true;
    }
    if (state == State.IN_KERNEL) {
      throw illegalMove("enterKernel");
    }
    return false;
  }

  /**
   * Takes the operation back from a kernel that did nothing with it, or only a part.
   *
   * @return false if a cancel was asked for meanwhile; the operation is then over, and the backend
   *     drops it
   */
  public final boolean requeue() {
    takeBack();
    return !withdrawIfAsked();
  }

  /**
   * The first half of {@link #requeue()}, which runs nobody's code: for a thread that holds
   * something that others wait for. {@link #withdrawIfAsked()} has to follow.
   */
  public final void takeBack() {
    if (!STATE.compareAndSet(this, State.IN_KERNEL, State.QUEUED)) {
      throw illegalMove("requeue");
    }
  }

  /**
   * The second half of {@link #requeue()}: ends the operation if a cancel was asked for while it
   * was in the kernel, and if nobody has taken it from the queue meanwhile.
   *
   * @return whether it is over by this call; the backend then drops it
   */
  public final boolean withdrawIfAsked() {
    // Either this thread sees the question, or cancel() sees QUEUED: never neither.
    return cancelAsked && withdraw();
  }

  /**
   * Reports the result of one pass. Called by the backend, at any thread, when the kernel has let
   * go.
   *
   * @param result the bytes transferred, or what {@link Opcode} says; never negative
   */
  public final void complete(long result) {
    if (state != State.IN_KERNEL) {
      throw illegalMove("complete");
    }
    boolean more;
    try {
      more = advance(result);
    } catch (Throwable thrown) {
      fail(thrown);
      return;
    }
    if (more) {
      if (requeue()) {
        resubmit();
      }
      return;
    }
    finishAs(null);
  }

  /**
   * Reports that the operation failed, before or in the kernel, and that the kernel has let go.
   *
   * @param cause a {@link SystemCallException} where an errno is known
   */
  public final void fail(Throwable cause) {
    finishAs(cause);
  }

  /**
   * Says that the kernel may keep the operation for good, since nobody hears of its end any more.
   * It stays {@code IN_KERNEL}, and so does its buffer; should its end come all the same, that is
   * reported as any other.
   */
  public final void strand() {
    if (state == State.IN_KERNEL) {
      stranded();
    }
  }

  /**
   * Asks for the operation to be given up. A queued one is over with this call; one in the kernel
   * goes on until the kernel lets go.
   *
   * @return whether this call ended it
   */
  public final boolean cancel() {
    cancelAsked = true;
    return withdraw();
  }

  private boolean withdraw() {
    if (STATE.compareAndSet(this, State.QUEUED, State.DONE)) {
      withdrawn();
      return true;
    }
    return false;
  }

  private void finishAs(@Nullable Throwable failure) {
    State before = (State) STATE.getAndSet(this, State.DONE);
    if (before == State.DONE) {
      throw illegalMove("finish");
    }
    finished(failure);
  }

  private IllegalStateException illegalMove(String move) {
    return new IllegalStateException(move + " of " + this + " in state " + state);
  }

  /**
   * Takes in one pass's result and says whether there is more to do; then also sets the next {@link
   * #range}.
   *
   * @param result as in {@link #complete(long)}
   * @return true to be queued again
   */
  protected abstract boolean advance(long result);

  /** Hands the operation, queued again, to its file's backend once more. */
  protected abstract void resubmit();

  /**
   * The operation is over: done, or failed.
   *
   * @param failure null if it was done
   */
  protected abstract void finished(@Nullable Throwable failure);

  /**
   * The kernel may keep the operation for good: others should not wait for what it holds. May be
   * called more than once.
   */
  protected void stranded() {}

  /** The operation is over because it was cancelled while it was queued. */
  protected abstract void withdrawn();

  @Override
  public String toString() {
    return opcode + " at " + position + ", " + length + " bytes";
  }
}
