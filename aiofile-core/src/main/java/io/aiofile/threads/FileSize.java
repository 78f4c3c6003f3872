package io.aiofile.threads;

import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Changes a file's size. {@link FileChannel#truncate} only cuts, so there are two ways to extend:
 *
 * <ul>
 *   <li>An empty mapping behind the end: the JDK then calls ftruncate(2), or its like, and maps
 *       nothing (FileChannelImpl.mapInternal, seen in JDK 17 and 25). Touches no data; but since it
 *       looks at the size first, what another process appends in between is cut off. Needs a
 *       readable channel.
 *   <li>A zero byte in the last place. Cuts nothing; but since the size is looked at first, what
 *       another process writes in exactly that place in between is lost. Impossible with O_DIRECT.
 * </ul>
 *
 * <p>Truncating, which may cut, takes the first; reserving, which must never cut, the second. Each
 * falls back on the other. The file's own writes are kept out meanwhile by {@link ChannelFile}'s
 * lock, so only other opens of the same file see the difference.
 *
 * <p>Reserving reserves no blocks, as the JDK has no fallocate(2): it makes the file large enough.
 */
final class FileSize {

  private static final int ZEROS_BYTES = 64 << 10;

  private final ChannelSet channels;

  FileSize(ChannelSet channels) {
    this.channels = channels;
  }

  /** Does what the operation says. No write of the file may be under way. */
  long change(Operation operation) throws IOException {
    boolean truncate = operation.opcode() == Opcode.TRUNCATE;
    long target =
        truncate ? operation.length() : Math.addExact(operation.position(), operation.length());
    long size = channels.main().size();
    if (truncate && target < size) {
      channels.main().truncate(target);
    } else if (target > size) {
      try {
        extend(target, truncate);
      } catch (NonWritableChannelException e) {
        throw new IOException("it may only be appended to: it can't be extended by zeros", e);
      }
    }
    return 0;
  }

  private void extend(long target, boolean truncate) throws IOException {
    if (!channels.append()) {
      extend(channels.main(), target, truncate);
      return;
    }
    FileChannel side = channels.side();
    if (side != null) {
      extend(side, target, truncate);
      return;
    }
    try (FileChannel opened = openSide()) {
      extend(opened, target, truncate);
    }
  }

  /** Through O_APPEND there is no way to the last place. */
  private FileChannel openSide() throws IOException {
    Path path = channels.path();
    if (path == null) {
      throw new IOException("a file opened for append can't be extended");
    }
    FileChannel opened = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (!FileKeys.matches(path, channels.fileKey())) {
      opened.close();
      throw OpenOptions.refusal(
          path,
          "it was opened for append and has been renamed or replaced since: it can't be extended",
          null);
    }
    return opened;
  }

  private void extend(FileChannel channel, long target, boolean truncate) throws IOException {
    boolean zeros = !channels.isDirect();
    if (zeros && !truncate) {
      writeLast(channel, target);
    } else if (!mapBehind(channel, target)) {
      if (!zeros) {
        throw new IOException(
            "a file opened with O_DIRECT can't be extended without permission to read it");
      }
      writeLast(channel, target);
    }
  }

  private static boolean mapBehind(FileChannel channel, long target) throws IOException {
    try {
      channel.map(FileChannel.MapMode.READ_WRITE, target, 0);
    } catch (NonReadableChannelException | UnsupportedOperationException e) {
      return false;
    }
    return channel.size() >= target;
  }

  private static void writeLast(FileChannel channel, long target) throws IOException {
    channel.write(ByteBuffer.allocate(1), target - 1);
    // A borrowed channel may be open for append, which ignores positions: then the zeros that
    // are missing have to be written one and all.
    for (long size = channel.size(); size < target; size = channel.size()) {
      int length = (int) Math.min(ZEROS_BYTES, target - size);
      channel.write(ByteBuffer.allocate(length), size);
    }
  }
}
