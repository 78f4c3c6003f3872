package io.aiofile.threads;

import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Ends operations, and what came of them, so that nothing is lost: not the thread that does it
 * either.
 */
final class Guard {

  private static final System.Logger LOG = System.getLogger("io.aiofile");

  private Guard() {}

  /** Fails an operation that is still queued; one that was withdrawn is left alone. */
  static void refuse(Operation operation, Throwable cause) {
    run(
        operation,
        () -> {
          if (operation.enterKernel()) {
            operation.fail(cause);
          }
        });
  }

  /**
   * Runs what ends an operation: its hooks are foreign code, and the thread has other operations to
   * serve.
   */
  static void run(Object subject, Runnable body) {
    try {
      body.run();
    } catch (Throwable thrown) {
      LOG.log(System.Logger.Level.ERROR, "a completion of \"" + subject + "\" threw", thrown);
    }
  }

  /** Closes a channel that nobody was given: there is nobody to tell of a failure either. */
  static void close(@Nullable FileChannel channel) {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      // Linux has released the descriptor whatever close(2) says.
    }
  }
}
