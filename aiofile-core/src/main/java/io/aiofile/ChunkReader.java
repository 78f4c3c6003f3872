package io.aiofile;

import java.lang.ref.Reference;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file chunk by chunk, in order, fetching some chunks ahead of the one that is asked for.
 *
 * <p>Calls are served in their order. A cancelled call takes no chunk away from the next one. At
 * most {@link ChunkOptions#readAhead} chunks, and the one asked for, are in memory.
 *
 * <p>Threads: all methods may be called from any thread; none blocks.
 *
 * <p>Does not close the file. Does not follow a file that grows: the end that was seen is the end.
 */
public final class ChunkReader implements AutoCloseable {

  private final AsyncFile file;
  private final ChunkOptions options;
  private final CallQueue calls;
  private final AtomicBoolean closed = new AtomicBoolean();

  // Guarded by ahead, as is what it holds; changed by the call whose turn it is, refetch and close.
  private final ArrayDeque<AioFuture<byte[]>> ahead = new ArrayDeque<>();
  private final ArrayDeque<byte[]> spare = new ArrayDeque<>();
  private byte @Nullable [] lent;
  private long nextPosition;
  private long position;
  private volatile boolean endSeen;

  /**
   * A reader.
   *
   * @param file open for reading; stays the caller's to close
   * @param options chunk size, read-ahead, range
   */
  public ChunkReader(AsyncFile file, ChunkOptions options) {
    if (!file.mode().readable()) {
      throw new NonReadableChannelException();
    }
    this.file = file;
    this.options = options;
    this.calls = new CallQueue(file.handle());
    this.nextPosition = options.startPosition();
    this.position = file.isSeekable() ? options.startPosition() : 0;
  }

  /**
   * Reads the next chunk. Cancel ends the call at once.
   *
   * @return the chunk: of {@link ChunkOptions#chunkBytes}, fewer only at the end, or, from a file
   *     that is not seekable, what has arrived; null at the end. Fails as {@link
   *     AsyncFile#readBytesAsync}, and the next call tries the same chunk again
   */
  public AioFuture<byte @Nullable []> readChunkAsync() {
    return calls.call(this::head, this::taken, this::refused);
  }

  private AioFuture<byte[]> head() {
    if (closed.get()) {
      return AioFuture.failed(calls.executor(), new ClosedChannelException());
    }
    if (!file.isSeekable()) {
      return Reads.sequential(file.handle(), options.chunkBytes());
    }
    takeBack();
    askAgainIfRefused();
    fetch(1 + options.readAhead());
    AioFuture<byte[]> head;
    synchronized (ahead) {
      head = ahead.peekFirst();
    }
    return head == null ? AioFuture.done(calls.executor(), new byte[0]) : watched(head);
  }

  /** The chunk before is the caller's no more. */
  private void takeBack() {
    synchronized (ahead) {
      if (lent != null) {
        spare.addLast(lent);
        lent = null;
      }
    }
  }

  /** A fetch ahead found the queue full: that is no reason to refuse the call that it is for. */
  private void askAgainIfRefused() {
    AioFuture<byte[]> first;
    synchronized (ahead) {
      first = ahead.peekFirst();
    }
    if (first != null) {
      first.onRelease(
          (bytes, failure) -> {
            if (failure instanceof RejectedExecutionException) {
              refetch(first);
            }
          });
    }
  }

  /** Starts fetches, up to so many, together. Only the call whose turn it is does this. */
  private void fetch(int fetchesMax) {
    Batch batch = new Batch(file.handle());
    try {
      addFetches(fetchesMax, batch);
    } finally {
      batch.send(false);
      // What is in flight keeps the file open; what is not yet must not lose it.
      Reference.reachabilityFence(file);
    }
    if (closed.get()) {
      drop();
    }
  }

  private void addFetches(int fetchesMax, Batch batch) {
    while (true) {
      long from;
      int length;
      byte[] room;
      synchronized (ahead) {
        if (endSeen || ahead.size() >= fetchesMax || nextPosition >= options.endPosition()) {
          return;
        }
        from = nextPosition;
        length = lengthAt(from);
        nextPosition += length;
        room = length == options.chunkBytes() ? spare.pollLast() : null;
      }
      AioFuture<byte[]> chunk = Reads.bytes(file.handle(), from, length, room, batch);
      synchronized (ahead) {
        ahead.addLast(chunk);
      }
      if (closed.get() || isShort(chunk, length)) {
        return; // nothing behind it
      }
    }
  }

  private int lengthAt(long from) {
    return (int) Math.min(options.chunkBytes(), options.endPosition() - from);
  }

  private static boolean isShort(AioFuture<byte[]> chunk, int length) {
    return chunk.isDone() && (chunk.isCompletedExceptionally() || chunk.join().length < length);
  }

  /** A view of a fetch that can be given up without giving up the fetch. */
  private AioFuture<byte[]> watched(AioFuture<byte[]> fetch) {
    AtomicBoolean over = new AtomicBoolean();
    Promise<byte[]> view = new Promise<>(calls.executor());
    view.request(
        () -> {
          if (over.compareAndSet(false, true)) {
            view.settle(null, null);
          }
        });
    view.hide();
    fetch.onRelease(
        (bytes, failure) -> {
          if (failure != null) {
            refetch(fetch);
          }
          if (over.compareAndSet(false, true)) {
            view.settle(bytes, failure);
          }
        });
    return view.show();
  }

  /** Forgets what was fetched, so that the next call starts again where the last one ended. */
  private void refetch(AioFuture<byte[]> failed) {
    synchronized (ahead) {
      if (ahead.peekFirst() != failed) {
        return;
      }
      nextPosition = position;
    }
    drop();
  }

  /** Gives up what was fetched ahead; outside the lock, since their hooks run here. */
  private void drop() {
    List<AioFuture<byte[]>> dropped;
    synchronized (ahead) {
      dropped = List.copyOf(ahead);
      ahead.clear();
      // Not the arrays of those dropped: a read that was given up may still write into its own.
      spare.clear();
    }
    dropped.forEach(each -> each.cancel(false));
  }

  /** Of a file that is seekable the chunk is still the first of those ahead. */
  private void refused(byte[] chunk) {
    if (!file.isSeekable() && chunk.length > 0) {
      file.handle().file().unread(chunk);
    }
  }

  private byte @Nullable [] taken(byte[] chunk) {
    synchronized (ahead) {
      ahead.pollFirst();
      endSeen |= chunk.length == 0 || (file.isSeekable() && chunk.length < lengthAt(position));
      position += chunk.length;
      if (options.arraysReused() && file.isSeekable() && chunk.length == options.chunkBytes()) {
        lent = chunk;
      }
    }
    if (endSeen) {
      drop();
    } else if (file.isSeekable() && !closed.get()) {
      // One less than above: the chunk that was asked for is the caller's now, and still in memory.
      fetch(options.readAhead());
    }
    return chunk.length == 0 ? null : chunk;
  }

  /**
   * Gives each chunk to a consumer, one at a time and in order.
   *
   * @param consumer must not block; what it throws fails the future, its chunk being taken
   * @return the bytes read
   */
  public AioFuture<Long> forEachAsync(Consumer<byte[]> consumer) {
    return new AsyncLoop<byte @Nullable [], Long>(
        calls.executor(), file.context().options().sliceBytes()) {
      private long bytes;

      @Override
      AioFuture<byte @Nullable []> step() {
        return readChunkAsync();
      }

      @Override
      long cost(byte @Nullable [] chunk) {
        return chunk == null ? 0 : chunk.length;
      }

      @Override
      boolean isForExecutor(byte @Nullable [] chunk) {
        return true; // the consumer is not ours
      }

      @Override
      boolean take(byte @Nullable [] chunk) {
        if (chunk == null) {
          return false;
        }
        bytes += chunk.length;
        consumer.accept(chunk);
        return true;
      }

      @Override
      Long result() {
        return bytes;
      }
    }.start();
  }

  /**
   * {@return where the next chunk starts, in bytes; for a file not seekable, the bytes read so far}
   */
  public long position() {
    synchronized (ahead) {
      return position;
    }
  }

  /** Drops what was fetched ahead. The file stays open. Closing again changes nothing. */
  @Override
  public void close() {
    closed.set(true);
    drop();
  }
}
