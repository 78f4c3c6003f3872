package io.aiofile.jna.engine;

/**
 * Keeps writes off the caller's thread for a while after one of them took too long.
 *
 * <p>Nothing says beforehand whether a buffered write will be throttled (RWF_NOWAIT for those is
 * EOPNOTSUPP on ext4 and tmpfs). But stalls come in clusters: the kernel makes writers wait while
 * too many pages are dirty. So the first stall is paid, and the others are spared. Measured with
 * appends on ext4: 4 KiB, median 11 µs, worst 1.5 ms; 64 KiB, median 145 µs, worst 32 ms.
 *
 * <p>The longer it took, the longer the others stay away: a millisecond may as well have been the
 * scheduler's, and a second without inline writes would be a high price for that.
 *
 * <p>Times are those of {@link System#nanoTime()}. Thread-safe.
 */
final class StallGuard {

  /**
   * A write that takes longer than this is a stall: well above a handover to a worker (20–50 µs).
   */
  static final long STALL_NANOS = 1_000_000;

  /** One that takes as long as this was the kernel's, and no caller should meet two in a second. */
  static final long LONG_STALL_NANOS = 5_000_000;

  /** How long writes stay away after a long stall. */
  static final long PAUSE_NANOS = 1_000_000_000;

  /**
   * How much longer than another stall writes stay away: meanwhile a worker does a thousand of them
   * and more, so that at most one in a thousand is held for a millisecond.
   */
  static final long PAUSE_FACTOR = 50;

  private volatile long resumeAtNanos;

  StallGuard(long nowNanos) {
    resumeAtNanos = nowNanos;
  }

  boolean isOpen(long nowNanos) {
    return nowNanos - resumeAtNanos >= 0;
  }

  /** Takes in how long a write took. */
  void measured(long beforeNanos, long afterNanos) {
    long took = afterNanos - beforeNanos;
    if (took > STALL_NANOS) {
      pauseUntil(afterNanos + (took >= LONG_STALL_NANOS ? PAUSE_NANOS : took * PAUSE_FACTOR));
    }
  }

  /** The longest pause counts, not that of the stall which ended last. */
  private synchronized void pauseUntil(long nanos) {
    if (nanos - resumeAtNanos > 0) {
      resumeAtNanos = nanos;
    }
  }
}
