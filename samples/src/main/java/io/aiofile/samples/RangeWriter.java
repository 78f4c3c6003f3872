package io.aiofile.samples;

import io.aiofile.AsyncFile;
import java.io.EOFException;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * Writes the body of an HTTP response to its place in a file while it arrives: what comes next is
 * asked for when what came is written, so that no more than that is in memory.
 */
final class RangeWriter implements BodySubscriber<Long> {

  /** As an end: the body tells. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  private final AsyncFile file;
  private final long start;
  private final long end;
  private final @Nullable IOException refusal;
  private final CompletableFuture<Long> body = new CompletableFuture<>();

  // A subscriber is called by one thread at a time, each call seeing what those before it did.
  private @Nullable Subscription subscription;
  private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);
  private long position;

  private RangeWriter(AsyncFile file, long start, long end, @Nullable IOException refusal) {
    this.file = file;
    this.start = start;
    this.end = end;
    this.refusal = refusal;
    this.position = start;
  }

  /** For all of a file, to be written from position 0 on. */
  static BodyHandler<Long> whole(AsyncFile file) {
    return answer ->
        new RangeWriter(
            file,
            0,
            answer.headers().firstValueAsLong("Content-Length").orElse(UNKNOWN),
            answer.statusCode() == 200 ? null : unexpected(answer));
  }

  /** For the bytes from first to last, both included, of a file of the size given. */
  static BodyHandler<Long> range(AsyncFile file, long first, long last, long size) {
    String expected = "bytes " + first + "-" + last + "/" + size;
    return answer ->
        new RangeWriter(
            file,
            first,
            last + 1,
            answer.statusCode() == 206
                    && answer.headers().firstValue("Content-Range").orElse("").equals(expected)
                ? null
                : unexpected(answer));
  }

  private static IOException unexpected(ResponseInfo answer) {
    return new IOException(
        switch (answer.statusCode()) {
          case 200 -> "the file has changed on the server during the download";
          case 206 ->
              "the server sent another range: "
                  + answer.headers().firstValue("Content-Range").orElse("none");
          default -> "the server answered with status " + answer.statusCode();
        });
  }

  @Override
  public CompletionStage<Long> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Subscription source) {
    subscription = source;
    if (refusal != null) {
      fail(refusal);
    } else {
      source.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> arrived) {
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (ByteBuffer each : arrived) {
      if (each.remaining() > end - position) {
        fail(new IOException("the server sent more than it announced"));
        return;
      }
      long there = position;
      position += each.remaining();
      writes.add(file.writeAsync(each, there));
    }
    written =
        CompletableFuture.allOf(writes.toArray(CompletableFuture<?>[]::new))
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    fail(failure);
                  } else if (subscription != null) {
                    subscription.request(1);
                  }
                });
  }

  @Override
  public void onError(Throwable failure) {
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    if (end != UNKNOWN && position < end) {
      fail(new EOFException("the server sent " + (position - start) + " of " + (end - start)));
    }
    written = written.thenRun(() -> body.complete(position - start));
  }

  private void fail(Throwable failure) {
    if (subscription != null) {
      subscription.cancel();
    }
    body.completeExceptionally(failure);
  }
}
