package io.aiofile.samples;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Works on a channel that something else has opened, and closes: {@code OpenChannel PATH}. */
public final class OpenChannel {

  private OpenChannel() {}

  // snippet: channel-java
  /** Replaces the first bytes of an open file, and gives back what was there. */
  public static String replaceStart(AioContext context, FileChannel channel, String text)
      throws IOException {
    try (AsyncFile file = context.wrap(channel)) {
      int length = text.getBytes(StandardCharsets.UTF_8).length;
      byte[] before = file.readBytesAsync(0, length).await();
      file.writeStringAsync(text, 0).await();
      return new String(before, StandardCharsets.UTF_8);
    } // the channel stays open
  }

  // end

  public static void main(String[] args) throws IOException {
    try (FileChannel channel =
        FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      System.out.println(replaceStart(AioContext.shared(), channel, "HELLO"));
    }
  }
}
