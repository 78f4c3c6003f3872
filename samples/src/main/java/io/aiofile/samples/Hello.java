package io.aiofile.samples;

// snippet: hello-java
import io.aiofile.AioContext;
import io.aiofile.TextFile;
import java.io.IOException;
import java.nio.file.Path;

public final class Hello {
  public static void main(String[] args) throws IOException {
    AioContext context = AioContext.shared();
    try (TextFile file = context.openTextAsync(Path.of(args[0]), "w+").await()) {
      file.writeAsync("Hello, world!\nHere is a second line.\n").await();
      file.seek(7);
      System.out.println(file.readAsync(5).await()); // world
      file.seek(0);
      System.out.println(file.readLineAsync().await()); // Hello, world!
    } // written data is on the disk from here on
  }
}
// end
