package io.aiofile.spi;

/**
 * A thread that completes operations, and so must never wait for one.
 *
 * <p>Futures refuse to be joined here: the thread would wait for itself. Platform daemon threads,
 * since a blocking native call pins a virtual thread's carrier.
 */
public final class LaneThread extends Thread {

  private final boolean shielded;

  /**
   * A daemon thread, not started.
   *
   * @param name says context and role, such as {@code aiofile-1-completion}
   * @param body what it runs
   */
  public LaneThread(String name, Runnable body) {
    this(name, body, false);
  }

  private LaneThread(String name, Runnable body, boolean shielded) {
    super(null, body, name, 0, false);
    this.shielded = shielded;
    setDaemon(true);
  }

  /**
   * A daemon thread, not started, that nothing can interrupt: {@link #interrupt()} does nothing.
   *
   * <p>For threads that call a {@link java.nio.channels.FileChannel}, which closes itself when its
   * thread is interrupted before or during the call: user code that runs here could do that, by
   * mistake or by restoring an interrupt that it caught.
   *
   * @param name says context and role
   * @param body what it runs
   * @return the thread
   */
  public static LaneThread shielded(String name, Runnable body) {
    return new LaneThread(name, body, true);
  }

  @Override
  public void interrupt() {
    if (!shielded) {
      super.interrupt();
    }
  }

  /** {@return whether the current thread completes operations} */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof LaneThread;
  }
}
