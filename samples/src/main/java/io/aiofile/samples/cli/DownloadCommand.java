package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.samples.Download;
import io.aiofile.samples.RangeServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "download",
    description = "Downloads a file in ten ranges at once, each written where it belongs.")
final class DownloadCommand extends Subcommand {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description =
          "An http or https URL; or a file, which an HTTP server on 127.0.0.1 then serves for the"
              + " occasion.")
  private String source = "";

  @Parameters(index = "1", paramLabel = "TARGET", description = "The file to write.")
  private Path target = Path.of("");

  @Override
  public Integer call() throws IOException {
    try (AioContext context = aio().openContext()) {
      if (source.startsWith("http://") || source.startsWith("https://")) {
        download(context, URI.create(source));
        return 0;
      }
      Path file = Path.of(source).toRealPath();
      Path parent = file.getParent();
      if (!Files.isRegularFile(file) || parent == null) {
        throw new IOException(source + " is neither an http URL nor a regular file");
      }
      try (RangeServer server = new RangeServer(context, parent, PATIENCE)) {
        download(context, server.uri(file.getFileName().toString()));
      }
    }
    return 0;
  }

  private void download(AioContext context, URI uri) throws IOException {
    HttpClient client = HttpClient.newBuilder().followRedirects(Redirect.NORMAL).build();
    long start = System.nanoTime();
    try (PartFile part = PartFile.of(target)) {
      OnInterrupt.run(
          () -> interrupted(part),
          () -> {
            Download download = new Download(client, uri);
            long bytes = download.toFileAsync(context, part.path(), part.mode()).join();
            part.commit();
            part.syncDirectory();
            String speed = Amounts.speed(bytes, System.nanoTime() - start);
            aio().err().println(speed + " from " + uri);
          });
    }
  }

  private void interrupted(PartFile part) {
    try {
      part.close();
      aio().err().println("\naio: interrupted: " + target + part.left());
    } catch (IOException e) {
      aio().err().println("\naio: interrupted; " + Faults.describe(e));
    }
  }
}
