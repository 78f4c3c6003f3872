package io.aiofile.threads;

import io.aiofile.spi.BackendFile;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.OpenOperation;
import io.aiofile.spi.OpenOperation.Flag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Opens files: on a worker, or, if the path leads to something that is neither file nor directory,
 * on a thread of its own, since open(2) of a FIFO waits for the other end (fifo(7)).
 *
 * <p>The kind is looked up before the open, which no other process takes part in: a FIFO that
 * appears between the two holds a worker until its other end is opened.
 */
final class Opening {

  private final Workers workers;
  private final WaitingThreads waiting;
  private final LaneMetrics metrics;

  /** Guarded by itself. */
  private final IdentityHashMap<OpenOperation, StreamOpening> waitingOpens =
      new IdentityHashMap<>();

  Opening(Workers workers, WaitingThreads waiting, LaneMetrics metrics) {
    this.workers = workers;
    this.waiting = waiting;
    this.metrics = metrics;
  }

  void open(OpenOperation operation) {
    workers.execute(operation, () -> lookUpAndOpen(operation));
  }

  /** A queued open, also one that waits for the other end of a FIFO, is over with this call. */
  void cancel(OpenOperation operation) {
    if (!operation.cancel()) {
      return;
    }
    workers.forget(operation);
    StreamOpening waitingOpen;
    synchronized (waitingOpens) {
      waitingOpen = waitingOpens.get(operation);
    }
    if (waitingOpen != null) {
      waitingOpen.giveUp();
    }
  }

  private void lookUpAndOpen(OpenOperation operation) {
    BasicFileAttributes attributes = attributes(operation);
    // An exclusive creation of what exists fails by itself, at once, and with the right type.
    if (attributes != null && !operation.flags().contains(Flag.CREATE_NEW)) {
      if (attributes.isDirectory()) {
        // open(2) allows it for reading, and every read fails.
        Guard.refuse(operation, OpenOptions.refusal(operation.path(), "Is a directory", null));
        return;
      }
      if (attributes.isSymbolicLink()) {
        // Only seen under NO_FOLLOW, for which the JDK's own exception names no path.
        Guard.refuse(operation, OpenOptions.refusal(operation.path(), "Is a symbolic link", null));
        return;
      }
      if (attributes.isOther()) {
        openOnItsOwn(operation, attributes.fileKey());
        return;
      }
    }
    if (operation.enterKernel()) {
      openHere(operation);
    }
  }

  private static @Nullable BasicFileAttributes attributes(OpenOperation operation) {
    LinkOption[] options =
        operation.flags().contains(Flag.NO_FOLLOW)
            ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS}
            : new LinkOption[0];
    try {
      return Files.readAttributes(operation.path(), BasicFileAttributes.class, options);
    } catch (IOException | RuntimeException | Error e) {
      return null; // missing, or not to be looked at: the open says it better
    }
  }

  /** Opens a regular file. The operation is in the kernel. */
  private void openHere(OpenOperation operation) {
    ChannelSet channels;
    try {
      channels = ChannelSet.open(operation);
    } catch (Throwable thrown) {
      operation.fail(thrown);
      return;
    }
    if (channels != null) {
      operation.opened(seekable(channels));
    } else if (operation.requeue()) {
      // A file by name, a stream by nature, such as trace_pipe of tracefs.
      openOnItsOwn(operation, null);
    }
  }

  BackendFile seekable(ChannelSet channels) {
    metrics.workerOperations.increment();
    return new ChannelFile(workers, metrics, channels);
  }

  BackendFile stream(StreamChannels channels) {
    metrics.workerOperations.increment();
    return new StreamFile(workers, waiting, metrics, channels);
  }

  private void openOnItsOwn(OpenOperation operation, @Nullable Object fileKey) {
    StreamOpening waitingOpen = new StreamOpening(this, waiting, operation, fileKey);
    synchronized (waitingOpens) {
      waitingOpens.put(operation, waitingOpen);
    }
    try {
      // Either this thread will see that it was withdrawn, or cancel() finds it in the map: never
      // neither.
      waiting.start("open", waitingOpen::run);
    } catch (IOException e) {
      waitingOpen.over();
      Guard.refuse(operation, e);
    }
  }

  void forget(OpenOperation operation) {
    synchronized (waitingOpens) {
      waitingOpens.remove(operation);
    }
  }
}
