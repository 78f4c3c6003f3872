package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Four digests of one file at once, over one descriptor: {@code Digests PATH}. Not for a FIFO,
 * whose bytes the four would share out among them.
 */
public final class Digests {

  public static final List<String> FOUR = List.of("MD5", "SHA-1", "SHA-256", "SHA-512");

  private static final int CHUNK_BYTES = 1 << 18;

  private Digests() {}

  // snippet: digests-java
  /** Each digest has a handle of its own on the one descriptor, and reads at its own pace. */
  public static AioFuture<Map<String, String>> digestsAsync(
      AioContext context, Path path, List<String> algorithms) {
    return Scoped.use(
        context.openFileAsync(path, OpenMode.READ),
        file -> {
          Map<String, CompletableFuture<String>> digests = new LinkedHashMap<>();
          algorithms.forEach(name -> digests.put(name, digestAsync(file, name)));
          return CompletableFuture.allOf(digests.values().toArray(CompletableFuture<?>[]::new))
              .thenApply(done -> results(digests));
        });
  }

  private static CompletableFuture<String> digestAsync(AsyncFile file, String algorithm) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      return Scoped.use(
              file.duplicate(), own -> own.chunkReader(CHUNK_BYTES).forEachAsync(digest::update))
          .thenApply(bytes -> HexFormat.of().formatHex(digest.digest()))
          .toCompletableFuture();
    } catch (ClosedChannelException | NoSuchAlgorithmException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  // end

  private static Map<String, String> results(Map<String, CompletableFuture<String>> done) {
    Map<String, String> results = new LinkedHashMap<>();
    done.forEach((name, digest) -> results.put(name, digest.join()));
    return results;
  }

  public static void main(String[] args) throws IOException {
    digestsAsync(AioContext.shared(), Path.of(args[0]), FOUR)
        .await()
        .forEach((name, hex) -> System.out.println(name + " " + hex));
  }
}
