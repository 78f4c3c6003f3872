package io.aiofile.threads;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Makes a file durable, where there is something to be made durable: /dev/null and the files of
 * /proc answer fsync(2) with EINVAL, "does not support synchronization", and writing to them must
 * not end in an error for that.
 */
final class Sync {

  private Sync() {}

  static long force(FileChannel channel, boolean metadata) throws IOException {
    try {
      channel.force(metadata);
    } catch (IOException e) {
      if (e.getClass() != IOException.class
          || e.getMessage() == null
          || !e.getMessage().equals(Unsupported.TEXT)) {
        throw e;
      }
    }
    return 0;
  }

  /**
   * The JDK keeps no errno, only the C library's text for it, in the user's language: so ask for
   * it.
   */
  private static final class Unsupported {
    static final @Nullable String TEXT = ask();

    private static @Nullable String ask() {
      try (FileChannel channel = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE)) {
        channel.force(true);
        return null;
      } catch (IOException | RuntimeException e) {
        return e.getClass() == IOException.class ? e.getMessage() : null;
      }
    }
  }
}
