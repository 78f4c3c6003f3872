package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.ChunkReader;
import io.aiofile.OpenMode;
import io.aiofile.samples.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "hash", description = "Computes digests of files, all of a file's at once.")
final class HashCommand extends Subcommand {

  private static final int CHUNK_BYTES = 1 << 18;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "What to read; the standard input for -.")
  private List<Path> files = List.of();

  @Option(
      names = {"-a", "--algorithm"},
      paramLabel = "NAME",
      split = ",",
      description = "Which, as Java names them. Default: MD5, SHA-1, SHA-256 and SHA-512.")
  private List<String> algorithms = Digests.FOUR;

  @Override
  public Integer call() throws IOException, NoSuchAlgorithmException {
    try (AioContext context = aio().openContext()) {
      for (Path file : files) {
        Map<String, String> digests =
            Files.isRegularFile(input(file))
                ? Digests.digestsAsync(context, input(file), algorithms).await()
                : inOnePass(context, input(file));
        for (Map.Entry<String, String> digest : digests.entrySet()) {
          aio().out().line(digest.getKey() + " (" + file + ") = " + digest.getValue());
        }
      }
    }
    return 0;
  }

  /** Of what can be read only once, such as a FIFO. */
  private Map<String, String> inOnePass(AioContext context, Path path)
      throws IOException, NoSuchAlgorithmException {
    Map<String, MessageDigest> digests = new LinkedHashMap<>();
    for (String name : algorithms) {
      digests.put(name, MessageDigest.getInstance(name));
    }
    try (AsyncFile file = context.openFileAsync(path, OpenMode.READ).await();
        ChunkReader chunks = file.chunkReader(CHUNK_BYTES)) {
      byte[] chunk = chunks.readChunkAsync().await();
      while (chunk != null) {
        for (MessageDigest digest : digests.values()) {
          digest.update(chunk);
        }
        chunk = chunks.readChunkAsync().await();
      }
    }
    Map<String, String> results = new LinkedHashMap<>();
    digests.forEach((name, digest) -> results.put(name, HexFormat.of().formatHex(digest.digest())));
    return results;
  }
}
