package io.aiofile;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whole files in one call: open, do, close.
 *
 * <p>What writes makes durable what it wrote before its future is done, as the close of a file
 * does. The memory of results and arguments is as {@link AsyncFile}'s. Cancel asks the step that is
 * under way and then closes the file; of a call that only reads it ends the future at once, and the
 * file is closed behind it.
 *
 * <p>Threads: all methods may be called from any thread; none blocks.
 *
 * <p>Not for files larger than memory, {@link #copyAsync} apart: see {@link AsyncFile#chunkReader}.
 */
public final class AioFiles {

  private final AioContext context;

  AioFiles(AioContext context) {
    this.context = context;
  }

  /** {@return the one-liners on the shared context} */
  public static AioFiles shared() {
    return AioContext.shared().files();
  }

  /**
   * Reads a file.
   *
   * @param path of the file
   * @return its bytes
   */
  public AioFuture<byte[]> readBytesAsync(Path path) {
    return reading(path, AioFiles::readAll);
  }

  /** Also what can only be read in sequence, such as a FIFO. */
  private static AioFuture<byte[]> readAll(AsyncFile file) {
    return file.isSeekable() ? file.readAllBytesAsync() : new BinaryFile(file).readAllAsync();
  }

  /**
   * Reads a file as UTF-8 text; a byte-order mark is dropped.
   *
   * @param path of the file
   * @return its text; fails with {@link MalformedTextException} where it is none
   */
  public AioFuture<String> readStringAsync(Path path) {
    return readStringAsync(path, StandardCharsets.UTF_8);
  }

  /**
   * Reads a file as text; a byte-order mark is dropped.
   *
   * @param path of the file
   * @param charset of the text
   * @return its text; fails with {@link MalformedTextException} where it is none
   */
  public AioFuture<String> readStringAsync(Path path, Charset charset) {
    Text.checkDecodes(charset);
    return reading(
        path,
        file ->
            file.isSeekable()
                ? file.readStringAsync(charset)
                : new TextFile(file, LineOptions.of(context.options()).withCharset(charset))
                    .readAllAsync());
  }

  /**
   * Writes a file: created if it is missing, cut to length 0 before if it exists.
   *
   * @param path of the file
   * @param bytes not to be changed until the future is done
   * @return the bytes written
   */
  public AioFuture<Integer> writeBytesAsync(Path path, byte[] bytes) {
    return with(
        path,
        OpenMode.WRITE,
        file -> SequentialWriter.write(file, java.nio.ByteBuffer.wrap(bytes), 0));
  }

  /**
   * Writes a file as UTF-8 text, as {@link #writeBytesAsync} does.
   *
   * @param path of the file
   * @param text to write
   * @return the bytes written
   */
  public AioFuture<Integer> writeStringAsync(Path path, CharSequence text) {
    return writeStringAsync(path, text, StandardCharsets.UTF_8);
  }

  /**
   * Writes a file as text, as {@link #writeBytesAsync} does.
   *
   * @param path of the file
   * @param text to write
   * @param charset to write it in
   * @return the bytes written; fails with {@link UnmappableTextException}, the file untouched,
   *     where the charset has no such character
   */
  public AioFuture<Integer> writeStringAsync(Path path, CharSequence text, Charset charset) {
    return encoded(path, text, charset, OpenMode.WRITE);
  }

  /**
   * Appends UTF-8 text to a file, which is created if it is missing.
   *
   * @param path of the file
   * @param text to write
   * @return the bytes written
   */
  public AioFuture<Integer> appendStringAsync(Path path, CharSequence text) {
    return appendStringAsync(path, text, StandardCharsets.UTF_8);
  }

  /**
   * Appends text to a file, which is created if it is missing.
   *
   * @param path of the file
   * @param text to write
   * @param charset to write it in
   * @return the bytes written; fails with {@link UnmappableTextException}, the file untouched,
   *     where the charset has no such character
   */
  public AioFuture<Integer> appendStringAsync(Path path, CharSequence text, Charset charset) {
    return encoded(path, text, charset, OpenMode.APPEND);
  }

  private AioFuture<Integer> encoded(Path path, CharSequence text, Charset charset, OpenMode mode) {
    java.nio.ByteBuffer bytes;
    try {
      bytes = Text.encode(text, charset);
    } catch (java.io.IOException e) {
      return AioFuture.failed(context.engine().executor(), e);
    }
    return with(path, mode, file -> SequentialWriter.write(file, bytes, 0));
  }

  /**
   * Copies a file's content, durably: created if it is missing, cut to length 0 before if it
   * exists.
   *
   * @param source to read
   * @param target to write; not the same file
   * @return the bytes copied
   */
  public AioFuture<Long> copyAsync(Path source, Path target) {
    return copyAsync(source, target, OpenMode.WRITE);
  }

  /**
   * Copies a file's content, by the kernel where it can: a file system that lets files share blocks
   * (Btrfs, XFS) may copy none then. A copy that fails or is cancelled leaves a part behind.
   *
   * @param source to read
   * @param target to write; not the same file
   * @param targetMode how the target is opened, such as {@code OpenMode.CREATE_NEW}, or {@code
   *     OpenMode.WRITE.withoutSyncOnClose()} for a copy that the system makes durable in its own
   *     time
   * @return the bytes copied
   */
  public AioFuture<Long> copyAsync(Path source, Path target, OpenMode targetMode) {
    return with(
        source,
        OpenMode.READ,
        from ->
            Chain.then(
                FileCopy.refuseSame(context.engine().executor(), source, target),
                ok -> with(target, targetMode, to -> new FileCopy(from, to).start())));
  }

  /** Opens a file, does something with it, and closes it whatever came of that. */
  private <T extends @Nullable Object> AioFuture<T> with(
      Path path, OpenMode mode, Function<AsyncFile, AioFuture<T>> work) {
    return new Use<>(context.openFileAsync(path, mode), work).promise;
  }

  /** {@link #with} of what ends at once when it is given up: its memory is the library's. */
  private <T extends @Nullable Object> AioFuture<T> reading(
      Path path, Function<AsyncFile, AioFuture<T>> work) {
    return new Use<>(context.openFileAsync(path, OpenMode.READ), work) {
      @Override
      public void giveUp() {
        super.giveUp();
        promise.settleOnce(null, null);
      }
    }.promise;
  }

  /** One file in use. */
  private static class Use<T extends @Nullable Object> implements Promise.Request {
    final Promise<T> promise;
    private final Function<AsyncFile, AioFuture<T>> work;
    private volatile AioFuture<?> underWay;

    Use(AioFuture<AsyncFile> opening, Function<AsyncFile, AioFuture<T>> work) {
      this.promise = new Promise<>(opening.executor(), this);
      this.work = work;
      this.underWay = opening;
      opening.onRelease(this::opened);
    }

    private void opened(@Nullable AsyncFile file, @Nullable Throwable failure) {
      if (file == null) {
        promise.settleOnce(null, failure);
        return;
      }
      AioFuture<T> working;
      try {
        working = work.apply(file);
      } catch (Throwable e) {
        close(file, null, e);
        return;
      }
      underWay = working;
      if (promise.isAsked()) {
        working.cancel(false);
      }
      working.onRelease((value, thrown) -> close(file, value, thrown));
    }

    private void close(AsyncFile file, @Nullable T value, @Nullable Throwable thrown) {
      file.closeAsync()
          .onRelease(
              (nothing, closeFailure) -> {
                if (thrown != null && closeFailure != null) {
                  thrown.addSuppressed(closeFailure);
                }
                promise.settleOnce(value, thrown != null ? thrown : closeFailure);
              });
    }

    @Override
    public void giveUp() {
      underWay.cancel(false);
    }
  }
}
