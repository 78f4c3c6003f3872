package io.aiofile.threads;

import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.ChannelBackend;
import io.aiofile.spi.LaneMetrics;
import io.aiofile.spi.OpenOperation;
import java.nio.channels.FileChannel;

/** Workers, the threads of waiting files, and the files that are opened on them. */
final class FileChannelBackend implements ChannelBackend {

  private final Workers workers;
  private final WaitingThreads waiting;
  private final LaneMetrics metrics;
  private final Opening opening;

  FileChannelBackend(BackendConfig config) {
    this(config, Thread::start);
  }

  FileChannelBackend(BackendConfig config, Workers.Starter starter) {
    String prefix = config.name() + "-" + FileChannelBackendProvider.NAME;
    workers = new Workers(prefix, config.workerThreads(), starter);
    waiting = new WaitingThreads(prefix, starter);
    metrics = config.metrics();
    opening = new Opening(workers, waiting, metrics);
  }

  @Override
  public String name() {
    return FileChannelBackendProvider.NAME;
  }

  @Override
  public String description() {
    return "FileChannel, up to " + workers.threadsMax() + " worker threads";
  }

  @Override
  public void open(OpenOperation operation) {
    opening.open(operation);
  }

  @Override
  public void cancel(OpenOperation operation) {
    opening.cancel(operation);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Waits for a channel on which somebody else is writing at that moment, if it is open for
   * writing only.
   */
  @Override
  public BackendFile wrap(FileChannel channel) {
    if (Seekability.ofForeign(channel, waiting)) {
      return new ChannelFile(workers, metrics, ChannelSet.borrowed(channel));
    }
    return new StreamFile(workers, waiting, metrics, StreamChannels.borrowed(channel));
  }

  @Override
  public void close() {
    waiting.close();
    workers.close();
  }
}
