package io.aiofile.samples.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory that goes with all that is in it, also while others still write there. */
final class TemporaryDirectory implements AutoCloseable {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Path path;

  private TemporaryDirectory(Path path) {
    this.path = path;
  }

  /** Makes one in a directory, or, for null, where the system has them. */
  static TemporaryDirectory in(@Nullable Path parent) throws IOException {
    String prefix = "aiofile-demo-";
    return new TemporaryDirectory(
        parent == null
            ? Files.createTempDirectory(prefix)
            : Files.createTempDirectory(parent, prefix));
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    long start = System.nanoTime();
    while (Files.exists(path)) {
      try {
        deleteAll();
      } catch (IOException | UncheckedIOException e) {
        // Something came or went meanwhile.
        if (System.nanoTime() - start > PATIENCE_NANOS) {
          throw new IOException(path + " can't be removed: " + e.getMessage(), e);
        }
        Thread.onSpinWait();
      }
    }
  }

  private void deleteAll() throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(path)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return;
    }
    for (Path each : deepestFirst) {
      Files.deleteIfExists(each);
    }
  }
}
