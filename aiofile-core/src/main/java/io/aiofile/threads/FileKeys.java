package io.aiofile.threads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Tells whether a path still leads to the file that was opened by it. */
final class FileKeys {

  private FileKeys() {}

  /** What tells a path's file from others (device and inode); null where nothing does. */
  static @Nullable Object of(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /** Whether a path still leads to the file with that key, as far as can be told. */
  static boolean matches(Path path, @Nullable Object fileKey) {
    return fileKey == null || fileKey.equals(of(path));
  }
}
