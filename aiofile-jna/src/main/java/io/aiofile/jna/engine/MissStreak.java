package io.aiofile.jna.engine;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many reads of a file in a row found nothing in the page cache: whether the next one is worth
 * trying on the caller's thread while the workers have more to do than they can.
 *
 * <p>A try that finds nothing is not lost as long as a worker is free: {@code RWF_NOWAIT} has the
 * kernel start to read (page_cache_sync_ra() in filemap_get_pages(), mm/filemap.c), and the worker
 * has less to wait for: cold 4 KiB reads, one at a time, are a fifth quicker by it. But it takes
 * time of one thread, which with many reads in flight is what all wait for: with 24 and 32 they
 * were a tenth quicker without (ADR 9).
 *
 * <p>Thread-safe; a race costs a try, or spares one.
 */
final class MissStreak {

  /** So many misses tell that a file is cold. Of one that is half cached, 1 in 256 do. */
  static final int LONG = 8;

  /** Of a cold file's reads one in so many is tried all the same: it may have been read since. */
  static final int TRY_EVERY = 8;

  private final AtomicInteger count = new AtomicInteger();

  /** A read found something. */
  void end() {
    // A plain read first: the cache line stays shared among the threads that read.
    if (count.get() != 0) {
      count.set(0);
    }
  }

  /** A read found nothing, or was not tried. */
  void goOn() {
    count.incrementAndGet();
  }

  /** Whether a read would find nothing, in all probability, and it is not time to see again. */
  boolean tellsAgainstTrying() {
    int misses = count.get() & Integer.MAX_VALUE; // it may have overflowed
    return misses >= LONG && misses % TRY_EVERY != 0;
  }
}
