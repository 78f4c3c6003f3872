package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Downloads a file in ten ranges at once, each written where it belongs: {@code Download URL PATH}.
 * From a server that has no ranges, in one piece.
 */
public final class Download {

  private static final int RANGES = 10;
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient client;
  private final URI uri;

  /** A download to be made. */
  public Download(HttpClient client, URI uri) {
    this.client = client;
    this.uri = uri;
  }

  /** Asks for the size first; gives the bytes that the file has in the end. */
  public CompletableFuture<Long> toFileAsync(AioContext context, Path target, OpenMode mode) {
    HttpRequest head = request().method("HEAD", BodyPublishers.noBody()).build();
    return client
        .sendAsync(head, BodyHandlers.discarding())
        .thenCompose(
            answer ->
                Scoped.use(context.openFileAsync(target, mode), file -> fetchAsync(answer, file)));
  }

  private CompletableFuture<Long> fetchAsync(HttpResponse<?> head, AsyncFile file) {
    long size = head.headers().firstValueAsLong("Content-Length").orElse(-1);
    boolean hasRanges = head.headers().firstValue("Accept-Ranges").orElse("").equals("bytes");
    if (head.statusCode() == 200 && hasRanges && size > 0) {
      return rangesAsync(file, size, head.headers().firstValue("ETag").orElse(""));
    }
    return client
        .sendAsync(request().build(), RangeWriter.whole(file))
        .thenApply(HttpResponse::body);
  }

  // snippet: download-java
  private CompletableFuture<Long> rangesAsync(AsyncFile file, long size, String tag) {
    List<CompletableFuture<HttpResponse<Long>>> ranges = new ArrayList<>();
    long rangeBytes = (size + RANGES - 1) / RANGES;
    for (long from = 0; from < size; from += rangeBytes) {
      long to = Math.min(from + rangeBytes, size) - 1;
      HttpRequest.Builder range = request().header("Range", "bytes=" + from + "-" + to);
      if (tag.startsWith("\"")) {
        range.header("If-Range", tag); // all of the same version
      }
      ranges.add(client.sendAsync(range.build(), RangeWriter.range(file, from, to, size)));
    }
    CompletableFuture<Long> all =
        CompletableFuture.allOf(ranges.toArray(CompletableFuture<?>[]::new))
            .thenApply(done -> size);
    for (CompletableFuture<?> range : ranges) {
      var unused = range.whenComplete((done, failure) -> endAll(all, ranges, failure));
    }
    return all;
  }

  /** The first to fail ends the others; the file's close waits for the writes of those. */
  private static void endAll(
      CompletableFuture<Long> all,
      List<? extends CompletableFuture<?>> ranges,
      @Nullable Throwable failure) {
    if (failure != null) {
      all.completeExceptionally(failure);
      ranges.forEach(range -> range.cancel(true));
    }
  }

  // end

  private HttpRequest.Builder request() {
    return HttpRequest.newBuilder(uri).timeout(ANSWER_TIMEOUT);
  }

  public static void main(String[] args) {
    HttpClient client = HttpClient.newBuilder().followRedirects(Redirect.NORMAL).build();
    Download download = new Download(client, URI.create(args[0]));
    long bytes = download.toFileAsync(AioContext.shared(), Path.of(args[1]), OpenMode.WRITE).join();
    System.out.println(bytes + " bytes");
  }
}
