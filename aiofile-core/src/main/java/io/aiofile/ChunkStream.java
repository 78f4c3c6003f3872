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
 * The chunks of a file, in order, some of them fetched ahead, whatever memory they are in: what
 * {@link ChunkReader} and {@link DirectChunkReader} have in common.
 *
 * @param <C> a chunk
 */
abstract class ChunkStream<C> {

  final AsyncFile file;
  final ChunkOptions options;
  private final CallQueue calls;
  private final AtomicBoolean closed = new AtomicBoolean();

  // Guarded by ahead, as is what it holds; changed by the call whose turn it is, refetch and close.
  private final ArrayDeque<AioFuture<C>> ahead = new ArrayDeque<>();
  private final ArrayDeque<C> spare = new ArrayDeque<>();
  private @Nullable C lent;
  private long nextPosition;
  private long position;
  private volatile boolean endSeen;

  ChunkStream(AsyncFile file, ChunkOptions options) {
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
   * Starts to fill memory from a place in the file, inline or in a batch.
   *
   * @param room memory of a whole chunk that was used before; null if there is none
   */
  abstract AioFuture<C> fill(long from, int length, @Nullable C room, Batch batch);

  /** What has arrived at a file that is not seekable; none at the end. */
  abstract AioFuture<C> arrive();

  /** Of a chunk that {@link #arrive} gave, and nobody wants any more. */
  abstract byte[] bytes(C arrived);

  abstract C none();

  abstract int length(C chunk);

  /** Whether the memory of whole chunks is used again, once the caller asks for the next one. */
  abstract boolean isReused();

  /** The next chunk; null at the end. */
  AioFuture<@Nullable C> next() {
    return calls.call(this::head, this::taken, this::refused);
  }

  private AioFuture<C> head() {
    if (closed.get()) {
      return AioFuture.failed(calls.executor(), new ClosedChannelException());
    }
    if (!file.isSeekable()) {
      return arrive();
    }
    takeBack();
    askAgainIfRefused();
    fetch(1 + options.readAhead());
    AioFuture<C> head;
    synchronized (ahead) {
      head = ahead.peekFirst();
    }
    return head == null ? AioFuture.done(calls.executor(), none()) : watched(head);
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
    AioFuture<C> first;
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
      C room;
      synchronized (ahead) {
        if (endSeen || ahead.size() >= fetchesMax || nextPosition >= options.endPosition()) {
          return;
        }
        from = nextPosition;
        length = lengthAt(from);
        nextPosition += length;
        room = length == options.chunkBytes() ? spare.pollLast() : null;
      }
      AioFuture<C> chunk = filled(from, length, room, batch);
      synchronized (ahead) {
        ahead.addLast(chunk);
      }
      if (closed.get() || isShort(chunk, length)) {
        return; // nothing behind it
      }
    }
  }

  /**
   * What throws, for want of memory say, fails its own chunk: the one behind must not come first.
   */
  private AioFuture<C> filled(long from, int length, @Nullable C room, Batch batch) {
    try {
      return fill(from, length, room, batch);
    } catch (RuntimeException | Error e) {
      return AioFuture.failed(calls.executor(), e);
    }
  }

  private int lengthAt(long from) {
    return (int) Math.min(options.chunkBytes(), options.endPosition() - from);
  }

  private boolean isShort(AioFuture<C> chunk, int length) {
    return chunk.isDone() && (chunk.isCompletedExceptionally() || length(chunk.join()) < length);
  }

  /** A view of a fetch that can be given up without giving up the fetch. */
  private AioFuture<C> watched(AioFuture<C> fetch) {
    AtomicBoolean over = new AtomicBoolean();
    Promise<C> view = new Promise<>(calls.executor());
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
  private void refetch(AioFuture<C> failed) {
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
    List<AioFuture<C>> dropped;
    synchronized (ahead) {
      dropped = List.copyOf(ahead);
      ahead.clear();
      // Not the arrays of those dropped: a read that was given up may still write into its own.
      spare.clear();
    }
    dropped.forEach(each -> each.cancel(false));
  }

  /** Of a file that is seekable the chunk is still the first of those ahead. */
  private void refused(C chunk) {
    if (!file.isSeekable() && length(chunk) > 0) {
      file.handle().file().unread(bytes(chunk));
    }
  }

  private @Nullable C taken(C chunk) {
    int length = length(chunk);
    synchronized (ahead) {
      ahead.pollFirst();
      endSeen |= length == 0 || (file.isSeekable() && length < lengthAt(position));
      position += length;
      if (isReused() && file.isSeekable() && length == options.chunkBytes()) {
        lent = chunk;
      }
    }
    if (endSeen) {
      drop();
    } else if (file.isSeekable() && !closed.get()) {
      // One less than above: the chunk that was asked for is the caller's now, and still in memory.
      fetch(options.readAhead());
    }
    return length == 0 ? null : chunk;
  }

  /** Gives each chunk to a consumer, one at a time and in order; the result is the bytes read. */
  AioFuture<Long> forEach(Consumer<C> consumer) {
    return new AsyncLoop<@Nullable C, Long>(
        calls.executor(), file.context().options().sliceBytes()) {
      private long bytes;
      private int length;

      @Override
      AioFuture<@Nullable C> step() {
        return next();
      }

      @Override
      long cost(@Nullable C chunk) {
        return length; // the consumer may have changed the chunk's
      }

      @Override
      boolean isForExecutor(@Nullable C chunk) {
        return true; // the consumer is not ours
      }

      @Override
      boolean take(@Nullable C chunk) {
        if (chunk == null) {
          return false;
        }
        length = length(chunk);
        bytes += length;
        consumer.accept(chunk);
        return true;
      }

      @Override
      Long result() {
        return bytes;
      }
    }.start();
  }

  long position() {
    synchronized (ahead) {
      return position;
    }
  }

  /** Drops what was fetched ahead. */
  void close() {
    closed.set(true);
    drop();
  }
}
