package io.aiofile.jna.engine;

/**
 * Whether the file systems of one device know preadv2(RWF_NOWAIT): tried with the first read, not
 * derived from a kernel version or a name, which also covers gVisor and odd file systems.
 *
 * <p>Thread-safe; a race costs one system call more.
 */
final class NowaitSupport {

  private enum Verdict {
    UNTRIED,
    WORKS,
    NEVER
  }

  private volatile Verdict verdict = Verdict.UNTRIED;

  /** False once it is known to be of no use. */
  boolean isWorthTrying() {
    return verdict != Verdict.NEVER;
  }

  /** A read was done, or would have had to wait. */
  void worked() {
    // A plain read first: the cache line stays shared among the threads that read.
    if (verdict == Verdict.UNTRIED) {
      verdict = Verdict.WORKS;
    }
  }

  /**
   * A read was refused as unsupported.
   *
   * @return whether that goes for the whole device; not where it had worked with another file
   */
  boolean refused() {
    if (verdict == Verdict.WORKS) {
      return false;
    }
    verdict = Verdict.NEVER;
    return true;
  }
}
