package io.aiofile.spi;

import java.util.concurrent.atomic.LongAdder;

/** What the lanes of one context count, since it was opened. */
public final class LaneMetrics {

  /** Operations that the inline lane did whole. */
  public final LongAdder inlineHits = new LongAdder();

  /** Operations that the inline lane tried and could not do, or not whole, without waiting. */
  public final LongAdder inlineMisses = new LongAdder();

  /** Operations handed to the kernel lane. */
  public final LongAdder kernelOperations = new LongAdder();

  /** System calls that submitted them. */
  public final LongAdder kernelSubmissions = new LongAdder();

  /** Operations that the kernel lane gave back and a worker did. */
  public final LongAdder kernelFallbacks = new LongAdder();

  /** Operations done by worker threads. */
  public final LongAdder workerOperations = new LongAdder();

  /** Nothing counted yet. */
  public LaneMetrics() {}
}
