package io.aiofile.spi;

import java.nio.channels.FileChannel;

/** A backend that can also work on a channel that somebody else opened. */
public interface ChannelBackend extends Backend {

  /**
   * Takes an open channel. Closing the file leaves the channel open.
   *
   * @param channel open
   * @return a file that does its operations on the channel
   */
  BackendFile wrap(FileChannel channel);
}
