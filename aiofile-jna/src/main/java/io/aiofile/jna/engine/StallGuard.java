package io.aiofile.jna.engine;

/**
 * Keeps writes off the caller's thread for a while after one of them took too long.
 *
 * <p>Nothing says beforehand whether a buffered write will be throttled (RWF_NOWAIT for those is
 * EOPNOTSUPP on ext4 and tmpfs). But stalls come in clusters: the kernel makes writers wait while
 * too many pages are dirty. So the first stall is paid, and the others are spared. Measured with
 * appends on ext4: 4 KiB, median 11 µs, worst 1.5 ms; 64 KiB, median 145 µs, worst 32 ms.
 *
 * <p>Times are those of {@link System#nanoTime()}. Thread-safe; a race costs one inline write more.
 */
final class StallGuard {

  /**
   * A write that takes longer than this is a stall: well above a handover to a worker (20–50 µs).
   */
  static final long STALL_NANOS = 1_000_000;

  /**
   * How long writes stay away after a stall: the kernel's write-back works in steps of 0.2 s and
   * more.
   */
  static final long PAUSE_NANOS = 1_000_000_000;

  private volatile long resumeAtNanos;

  StallGuard(long nowNanos) {
    resumeAtNanos = nowNanos;
  }

  boolean isOpen(long nowNanos) {
    return nowNanos - resumeAtNanos >= 0;
  }

  /** Takes in how long a write took. */
  void measured(long beforeNanos, long afterNanos) {
    if (afterNanos - beforeNanos > STALL_NANOS) {
      resumeAtNanos = afterNanos + PAUSE_NANOS;
    }
  }
}
