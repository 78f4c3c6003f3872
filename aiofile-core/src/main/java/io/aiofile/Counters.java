package io.aiofile;

import io.aiofile.spi.LaneMetrics;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a context counts about its operations. */
final class Counters {

  final LaneMetrics lanes = new LaneMetrics();
  final LongAdder submitted = new LongAdder();
  final LongAdder completed = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder cancelled = new LongAdder();
  final LongAdder bytesRead = new LongAdder();
  final LongAdder bytesWritten = new LongAdder();

  /** One operation is over. */
  void ended(@Nullable Throwable failure, boolean cancelAsked) {
    if (cancelAsked || failure instanceof CancellationException) {
      cancelled.increment();
    } else if (failure != null) {
      failed.increment();
    } else {
      completed.increment();
    }
  }
}
