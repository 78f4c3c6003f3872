package io.aiofile;

import io.aiofile.spi.LaneThread;
import java.nio.charset.Charset;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The text of bytes that are being read: decoded on the caller's thread if they are there, else on
 * the executor, as it may take long for a thread that completes operations. Giving it up ends it at
 * once, as its memory is the library's.
 */
final class DecodedText implements Promise.Request {

  private final AioFuture<byte[]> bytes;
  private final Charset charset;
  private final Path path;
  private final Promise<String> promise;

  private DecodedText(AioFuture<byte[]> bytes, Charset charset, Path path) {
    this.bytes = bytes;
    this.charset = charset;
    this.path = path;
    this.promise = new Promise<>(bytes.executor(), this);
  }

  /**
   * Decodes when the bytes are there.
   *
   * @param path for messages
   */
  static AioFuture<String> of(AioFuture<byte[]> bytes, Charset charset, Path path) {
    DecodedText text = new DecodedText(bytes, charset, path);
    text.promise.hide();
    bytes.onRelease(text::read);
    return text.promise.show();
  }

  private void read(byte @Nullable [] all, @Nullable Throwable failure) {
    if (all == null) {
      promise.settleOnce(null, failure);
    } else if (LaneThread.isCurrent()) {
      promise.executor().execute(() -> decode(all));
    } else {
      decode(all);
    }
  }

  private void decode(byte[] all) {
    String text = null;
    Throwable failure = null;
    try {
      text = Text.decodeAll(all, charset, path);
    } catch (Throwable e) {
      failure = e;
    }
    promise.settleOnce(text, failure);
  }

  @Override
  public void giveUp() {
    bytes.cancel(false);
    promise.settleOnce(null, null);
  }
}
