package io.aiofile.samples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.ChunkOptions;
import io.aiofile.ChunkReader;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves the regular files below a directory over HTTP, whole or in ranges, to this machine only:
 * what {@link Download} is shown and tested with.
 *
 * <p>Not for the Internet: no TLS, no limit by client.
 */
public final class RangeServer implements AutoCloseable {

  private static final int THREADS = 32;
  private static final int CHUNK_BYTES = 1 << 16;
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  static {
    // The JDK's server waits for ever for the rest of a request's header. In seconds.
    if (System.getProperty("sun.net.httpserver.maxReqTime") == null) {
      System.setProperty("sun.net.httpserver.maxReqTime", "10");
    }
  }

  private final AioContext context;
  private final Path root;
  private final Duration patience;
  private final HttpServer server;
  private final ExecutorService workers =
      Executors.newFixedThreadPool(THREADS, RangeServer::daemon);
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(RangeServer::daemon);

  /**
   * Starts serving, on a free port of 127.0.0.1.
   *
   * @param root of what is served; links that lead out of it are not followed
   * @param patience how long a client may take for a chunk before it is cut off
   */
  public RangeServer(AioContext context, Path root, Duration patience) throws IOException {
    this.context = context;
    this.root = root.toRealPath();
    this.patience = patience;
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(workers);
    server.start();
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "range-server");
    thread.setDaemon(true);
    return thread;
  }

  /** {@return where a file below the root is served} */
  public URI uri(String name) {
    try {
      int port = server.getAddress().getPort();
      URI uri = new URI("http", null, "127.0.0.1", port, "/" + name, null, null);
      return URI.create(uri.toASCIIString());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      Path path = path(exchange.getRequestURI());
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
      } else if (path == null) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        send(exchange, path);
      }
    }
  }

  /** The regular file that is meant; null for none, and for what is outside the root. */
  private @Nullable Path path(URI uri) {
    try {
      Path named = root.resolve(uri.getPath().substring(1)).normalize();
      if (!named.startsWith(root)) {
        return null;
      }
      Path real = named.toRealPath();
      return real.startsWith(root) && Files.isRegularFile(real) ? real : null;
    } catch (IOException | InvalidPathException | IndexOutOfBoundsException e) {
      return null;
    }
  }

  private void send(HttpExchange exchange, Path path) throws IOException {
    var about = Files.readAttributes(path, BasicFileAttributes.class);
    String tag = "\"" + about.size() + "-" + about.lastModifiedTime().toMillis() + "\"";
    String wanted = exchange.getRequestHeaders().getFirst("Range");
    String onlyIf = exchange.getRequestHeaders().getFirst("If-Range");
    boolean ranged = onlyIf == null || onlyIf.equals(tag);
    ByteRange range = ranged ? ByteRange.parse(wanted, about.size()) : null;

    var headers = exchange.getResponseHeaders();
    headers.set("Accept-Ranges", "bytes");
    headers.set("Content-Type", "application/octet-stream");
    headers.set("ETag", tag);
    int status = 200;
    if (range == null) {
      range = new ByteRange(0, about.size());
    } else if (range.length() == 0) {
      headers.set("Content-Range", "bytes */" + about.size());
      exchange.sendResponseHeaders(416, -1);
      return;
    } else {
      status = 206;
      long last = range.first() + range.length() - 1;
      headers.set("Content-Range", "bytes " + range.first() + "-" + last + "/" + about.size());
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", String.valueOf(range.length()));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    // 0 would mean: of a length not known before.
    exchange.sendResponseHeaders(status, range.length() == 0 ? -1 : range.length());
    sendBytes(exchange, path, range);
  }

  /** On a thread of the server's own, which waits for the file and for the client. */
  private void sendBytes(HttpExchange exchange, Path path, ByteRange range) throws IOException {
    ChunkOptions part =
        ChunkOptions.defaults()
            .withChunkBytes(CHUNK_BYTES)
            .withStartPosition(range.first())
            .withEndPosition(range.first() + range.length());
    try (AsyncFile file = context.openFileAsync(path, OpenMode.READ).await();
        ChunkReader chunks = new ChunkReader(file, part)) {
      OutputStream body = exchange.getResponseBody();
      byte[] chunk = chunks.readChunkAsync().await();
      while (chunk != null) {
        Future<?> cutOff =
            clock.schedule(exchange::close, patience.toMillis(), TimeUnit.MILLISECONDS);
        body.write(chunk);
        cutOff.cancel(false);
        chunk = chunks.readChunkAsync().await();
      }
    }
  }

  /** Cuts off whoever is being served. */
  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
    clock.shutdownNow();
  }
}
