package io.aiofile.threads;

import io.aiofile.spi.BackendFile;
import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.OpenOperation.Flag;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One open that may wait for the other end, on a thread of its own.
 *
 * <p>The operation stays queued while open(2) waits, so that cancelling ends it at once. What then
 * still waits is this thread, and nothing in the JDK wakes a thread from open(2); but the FIFO
 * does, when both its ends are opened: O_RDWR never waits (fifo(7)). That descriptor is held until
 * this thread is through, and both are closed. Whoever else was waiting to open the same FIFO is
 * woken too, and sees an end of file, or a broken pipe.
 */
final class StreamOpening {

  private final Opening opening;
  private final WaitingThreads threads;
  private final OpenOperation operation;
  private final @Nullable Object fileKey;

  // All guarded by this.
  private boolean over;
  private @Nullable Thread opener;
  private @Nullable FileChannel bothEnds;

  StreamOpening(
      Opening opening, WaitingThreads threads, OpenOperation operation, @Nullable Object fileKey) {
    this.opening = opening;
    this.threads = threads;
    this.operation = operation;
    this.fileKey = fileKey;
  }

  void run() {
    synchronized (this) {
      opener = Thread.currentThread();
    }
    Opened opened = null;
    try {
      if (operation.state() != Operation.State.DONE) {
        opened = openFile();
      }
    } catch (Throwable thrown) {
      Guard.refuse(operation, thrown);
    } finally {
      over();
    }
    if (opened == null) {
      return;
    }
    if (operation.enterKernel()) {
      operation.opened(opened.file);
    } else {
      opened.release.run();
    }
  }

  /** No thread waits in open(2) any more, or ever will. */
  void over() {
    FileChannel helper;
    synchronized (this) {
      over = true;
      helper = bothEnds;
    }
    opening.forget(operation);
    Guard.close(helper);
  }

  /** A file, and how to be rid of it. */
  private record Opened(BackendFile file, Runnable release) {}

  private Opened openFile() throws IOException {
    // A stream has no end to append at, and O_RDWR and O_APPEND don't go together in the JDK.
    Set<Flag> flags = EnumSet.copyOf(operation.flags());
    boolean append = flags.remove(Flag.APPEND);
    flags.remove(Flag.CREATE_NEW);
    if (append) {
      flags.add(Flag.WRITE);
    }
    FileChannel first = OpenOptions.open(operation, flags);
    try {
      if (Seekability.ofOwn(first)) {
        return openDevice(first, append);
      }
      StreamChannels channels = StreamChannels.open(operation, flags, first, fileKey);
      return new Opened(opening.stream(channels), channels::closeQuietly);
    } catch (Throwable thrown) {
      Guard.close(first);
      throw thrown;
    }
  }

  /** A device with positions: a disk, /dev/null, /dev/zero. */
  private Opened openDevice(FileChannel first, boolean append) throws IOException {
    ChannelSet channels = null;
    if (append) {
      first.close();
      channels = ChannelSet.open(operation);
      if (channels == null) {
        throw OpenOptions.refusal(operation.path(), "it changed while it was being opened", null);
      }
    } else {
      channels = ChannelSet.device(operation, first);
    }
    return new Opened(opening.seekable(channels), channels::closeQuietly);
  }

  /** The operation was withdrawn: wakes the thread. */
  void giveUp() {
    try {
      threads.start("cancel", this::openBothEnds);
    } catch (IOException e) {
      abandon();
    }
  }

  private void openBothEnds() {
    Path path = operation.path();
    FileChannel helper;
    try {
      synchronized (this) {
        if (over) {
          return;
        }
      }
      if (!FileKeys.matches(path, fileKey)) {
        abandon();
        return;
      }
      helper = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException | RuntimeException e) {
      abandon();
      return;
    }
    synchronized (this) {
      if (!over) {
        bothEnds = helper;
        return;
      }
    }
    Guard.close(helper);
  }

  /** Nothing here can wake the thread: no permission, or no such FIFO any more. */
  private synchronized void abandon() {
    if (opener != null) {
      threads.abandon(opener);
    }
  }
}
