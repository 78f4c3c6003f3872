package io.aiofile;

import io.aiofile.TextReader.Amount;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Fetches until a piece of text is found. */
final class TextSearch<T extends @Nullable Object>
    extends AsyncLoop<byte @Nullable [], TextPiece<T>> {

  private final TextReader reader;
  private final TextFinder<T> finder;

  TextSearch(TextReader reader, TextFinder<T> finder, CompletionExecutor executor, int sliceBytes) {
    super(executor, sliceBytes);
    this.reader = reader;
    this.finder = finder;
  }

  @Override
  AioFuture<byte @Nullable []> step() {
    return reader.fetch(finder instanceof TextFinder.Rest ? Amount.ALL : Amount.SOME);
  }

  @Override
  boolean take(byte @Nullable [] chunk) throws IOException {
    reader.fetched(chunk);
    boolean begun = reader.isBegun();
    return !reader.isEndSeen() && !(begun && finder.isMet());
  }

  @Override
  long cost(byte @Nullable [] chunk) {
    return chunk == null ? 0 : chunk.length;
  }

  @Override
  boolean isForExecutor(byte @Nullable [] chunk) {
    // Decoding so much would hold up the operations that the thread completes.
    return reader.window().length() > reader.sliceBytes();
  }

  @Override
  TextPiece<T> result() throws IOException {
    return finder.piece();
  }
}
