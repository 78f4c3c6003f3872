package io.aiofile.threads;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.util.concurrent.CountDownLatch;

/** Finds out whether positions mean anything to an open channel. */
final class Seekability {

  /** Past the end of every file that can exist, and a multiple of every block size. */
  private static final long FAR = 1L << 62;

  private static final int PAGE_BYTES = 4096;

  private Seekability() {}

  /**
   * Asks a channel that nobody else has. Setting the position is what matters: asked for it, a
   * channel that was opened for append answers with the size, also for a FIFO (JDK 17 and 25).
   */
  static boolean ofOwn(FileChannel channel) throws IOException {
    try {
      channel.position(channel.position());
      return true;
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      return false;
    } catch (UnsupportedOperationException e) {
      return true;
    }
  }

  /**
   * Asks a channel that somebody else goes on using. On a thread of its own: the calling thread may
   * be interrupted at any time, which would close the channel.
   */
  static boolean ofForeign(FileChannel channel, WaitingThreads threads) {
    boolean[] seekable = {true};
    CountDownLatch asked = new CountDownLatch(1);
    try {
      threads.start(
          "wrap",
          () -> {
            try {
              seekable[0] = probe(channel);
            } finally {
              asked.countDown();
            }
          });
    } catch (IOException e) {
      return probe(channel);
    }
    boolean interrupted = false;
    while (asked.getCount() > 0) {
      try {
        asked.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return seekable[0];
  }

  private static boolean probe(FileChannel channel) {
    try {
      // Neither moves the position nor takes the lock under which another thread may be reading.
      return canRead(channel, FAR) || canRead(channel, 0);
    } catch (NonReadableChannelException e) {
      return canPosition(channel);
    } catch (RuntimeException e) {
      return true;
    }
  }

  private static boolean canRead(FileChannel channel, long position) {
    try {
      // A whole aligned page: the channel may be a direct one.
      ByteBuffer page = ByteBuffer.allocateDirect(2 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
      channel.read(page.limit(PAGE_BYTES), position);
      return true;
    } catch (ClosedChannelException e) {
      return true; // as every operation will say
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean canPosition(FileChannel channel) {
    try {
      if (channel.position() == 0 && channel.size() == 0) {
        channel.position(0); // may be for append: see above
      }
      return true;
    } catch (ClosedChannelException e) {
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
