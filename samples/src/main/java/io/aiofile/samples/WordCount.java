package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.OpenMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Counts the words of many large files, a few files at once: {@code WordCount PATH…}. A few chunks
 * of each of those are in memory, however many files there are and however large.
 */
public final class WordCount {

  private static final int FILES_AT_ONCE = 4;
  private static final int CHUNK_BYTES = 1 << 18;

  private final AioContext context;
  private final Queue<Path> waiting;
  private final LongAdder words = new LongAdder();

  private WordCount(AioContext context, List<Path> paths) {
    this.context = context;
    this.waiting = new ConcurrentLinkedQueue<>(paths);
  }

  // snippet: word-count-java
  public static CompletableFuture<Long> countAsync(AioContext context, List<Path> paths) {
    WordCount job = new WordCount(context, paths);
    return CompletableFuture.allOf(
            Stream.generate(job::countNextAsync)
                .limit(FILES_AT_ONCE)
                .toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> job.words.sum());
  }

  private CompletableFuture<Void> countNextAsync() {
    Path path = waiting.poll();
    if (path == null) {
      return CompletableFuture.completedFuture(null);
    }
    return countAsync(path)
        .whenComplete((count, failure) -> waiting.removeIf(rest -> failure != null))
        .thenAccept(words::add)
        .thenCompose(done -> countNextAsync());
  }

  private AioFuture<Long> countAsync(Path path) {
    Words found = new Words();
    return Scoped.use(
        context.openFileAsync(path, OpenMode.READ),
        file ->
            file.chunkReader(CHUNK_BYTES)
                .forEachAsync(found::addChunk)
                .thenApply(bytes -> found.count()));
  }

  // end

  public static void main(String[] args) {
    List<Path> paths = Stream.of(args).map(Path::of).toList();
    System.out.println(countAsync(AioContext.shared(), paths).join() + " words");
  }
}
