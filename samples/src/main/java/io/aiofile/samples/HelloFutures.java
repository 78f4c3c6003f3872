package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.TextFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@link Hello} with futures all the way: nobody waits before the end of {@code main}. */
public final class HelloFutures {

  private HelloFutures() {}

  // snippet: hello-futures-java
  public static AioFuture<List<String>> helloAsync(AioContext context, Path path) {
    return Scoped.use(
        context.openTextAsync(path, "w+"), TextFile::closeAsync, HelloFutures::writeAndReadAsync);
  }

  private static AioFuture<List<String>> writeAndReadAsync(TextFile file) {
    // A cursor serves its calls in their order, so they need not be awaited one by one.
    AioFuture<Integer> written = file.writeAsync("Hello, world!\nHere is a second line.\n");
    file.seek(7);
    AioFuture<String> word = file.readAsync(5);
    file.seek(0);
    AioFuture<String> line = file.readLineAsync();
    return written.thenCompose(bytes -> word.thenCombine(line, List::of));
  }

  // end

  /** As above with a file and a name given: {@code HelloFutures PATH}. */
  public static void main(String[] args) throws IOException {
    helloAsync(AioContext.shared(), Path.of(args[0])).await().forEach(System.out::println);
  }
}
