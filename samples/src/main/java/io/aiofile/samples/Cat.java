package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.ChunkReader;
import io.aiofile.OpenMode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Writes files to the standard output, as {@code cat} does: {@code Cat PATH…}. */
public final class Cat {

  private static final int CHUNK_BYTES = 1 << 18;

  private Cat() {}

  // snippet: cat-java
  /** Files of any kind: also a FIFO, or one of /proc. Reads ahead while the stream is written. */
  public static long cat(AioContext context, Path path, OutputStream out) throws IOException {
    try (AsyncFile file = context.openFileAsync(path, OpenMode.READ).await();
        ChunkReader chunks = file.chunkReader(CHUNK_BYTES)) {
      byte[] chunk = chunks.readChunkAsync().await();
      while (chunk != null) {
        out.write(chunk);
        chunk = chunks.readChunkAsync().await();
      }
      return chunks.position();
    }
  }

  // end

  public static void main(String[] args) throws IOException {
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      for (String name : args) {
        cat(AioContext.shared(), Path.of(name), out);
      }
    }
  }
}
