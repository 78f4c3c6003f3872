package io.aiofile;

import io.aiofile.ReadTransfer.Goal;
import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open file, read and written at positions, by any number of operations at once.
 *
 * <p>Positions are offsets in bytes from 0 on; lengths are bytes. Two operations on one file are
 * unordered unless one was awaited before the other was started; a sync covers every write
 * submitted before it.
 *
 * <p>Errors of the arguments are thrown by the call: a negative position, a read-only target, a
 * positional write to a file opened for append, a positional call on a file that is not seekable, a
 * misaligned write to an O_DIRECT file. Errors of the operation complete the future: {@link
 * FileIoException}, a type of the JDK's where it has one, {@link ClosedChannelException} after
 * close, {@link java.util.concurrent.RejectedExecutionException} when the queue is full.
 *
 * <p>Buffers: the one rule of this package. Until the future is done a buffer belongs to the
 * operation; then its position has advanced by exactly what was transferred, also after a failure
 * or a cancel. Heap, direct, sliced buffers of either byte order work, as do those of an Arena,
 * which are copied.
 *
 * <p>Threads: all methods may be called from any thread and none but {@link #close()} blocks.
 *
 * <p>Not a cursor: {@link BinaryFile} and {@link TextFile} keep one, and {@link SequentialWriter}
 * is one for writing. Not a directory, not a memory map, not a lock.
 */
public final class AsyncFile implements AutoCloseable {

  private final AioContext context;
  private final FileHandle handle;
  private final TransferChecks checks;
  private final Leaks.Watch watch;

  AsyncFile(AioContext context, FileHandle handle) {
    this.context = context;
    this.handle = handle;
    this.checks = new TransferChecks(handle);
    this.watch = Leaks.watch(this, "file " + handle.path(), context.options().openSites(), handle);
  }

  /**
   * Opens a file on the shared context.
   *
   * @param path of the file
   * @param mode how to open it
   * @return the open file
   */
  public static AioFuture<AsyncFile> openAsync(Path path, OpenMode mode) {
    return AioContext.shared().openFileAsync(path, mode);
  }

  /**
   * Opens a file on the shared context.
   *
   * @param path of the file
   * @param mode letters, see {@link OpenMode#parse}
   * @return the open file
   */
  public static AioFuture<AsyncFile> openAsync(Path path, String mode) {
    return openAsync(path, OpenMode.parse(mode));
  }

  FileHandle handle() {
    return handle;
  }

  /** {@return the path it was opened by; for a wrapped channel, a name for messages} */
  public Path path() {
    return handle.path();
  }

  /** {@return how it was opened} */
  public OpenMode mode() {
    return handle.mode();
  }

  /** {@return the context it was opened on} */
  public AioContext context() {
    return context;
  }

  /** {@return whether no close was started} */
  public boolean isOpen() {
    return handle.isOpen();
  }

  /** {@return whether positions mean anything: false for a FIFO, a terminal, some devices} */
  public boolean isSeekable() {
    return handle.backend().seekable();
  }

  /**
   * {@return what addresses of O_DIRECT transfers must be multiples of, to go without a copy; else
   * 1}
   */
  public int memoryAlignment() {
    return handle.backend().alignment().memory();
  }

  /** {@return what positions and lengths of O_DIRECT writes must be multiples of; else 1} */
  public int offsetAlignment() {
    return handle.backend().alignment().offset();
  }

  // ---- reading

  /**
   * Reads once into a buffer.
   *
   * @param target writable; its remaining bytes are asked for. Behind those that were read they may
   *     be cleared where the file ends before, as Linux does for O_DIRECT
   * @param position 0 or more
   * @return the bytes read, which may be fewer than asked for; -1 at or past the end of the file; 0
   *     only if the target has no room
   */
  public AioFuture<Integer> readAsync(ByteBuffer target, long position) {
    checks.read(target, position);
    return keep(Reads.into(handle, target, position, Goal.ONE_PASS));
  }

  /**
   * Fills a buffer.
   *
   * @param target writable; its remaining bytes are asked for
   * @param position 0 or more
   * @return the bytes read, always all; fails with {@link java.io.EOFException}, which tells how
   *     many were wanted and got, if the file ends before
   */
  public AioFuture<Integer> readFullyAsync(ByteBuffer target, long position) {
    checks.read(target, position);
    return keep(Reads.into(handle, target, position, Goal.EXACT));
  }

  /**
   * Reads bytes into an array of its own. Cancel ends it at once.
   *
   * @param position 0 or more
   * @param length 0 or more
   * @return the bytes: fewer than asked for only at the end of the file
   */
  public AioFuture<byte[]> readBytesAsync(long position, int length) {
    checks.read(position);
    if (length < 0) {
      throw new IllegalArgumentException("length must be 0 or more: " + length);
    }
    return keep(Reads.bytes(handle, position, length, bytes -> bytes));
  }

  /**
   * Reads many ranges, as {@link #readRangesAsync(List, RangeOptions)} with the defaults.
   *
   * @param ranges in any order, which may overlap
   * @return a future for each, in the order of the ranges
   */
  public List<AioFuture<byte[]>> readRangesAsync(List<FileRange> ranges) {
    return readRangesAsync(ranges, RangeOptions.defaults());
  }

  /**
   * Reads many ranges into arrays of their own: those that are near are read together, and what
   * goes to the kernel goes there in batches. Each range has its future, and that is as {@link
   * #readBytesAsync} has it: fewer bytes only at the end of the file; its own failure, which names
   * the range, also where the read was shared; cancel ends it at once and disturbs no other.
   *
   * <p>Takes time and memory for each range in the list, before it returns; of the ranges' bytes it
   * reads one slice at most ({@link AioOptions#sliceBytes}) on the caller's thread.
   *
   * @param ranges in any order, which may overlap; none give an empty list
   * @param options what is merged, and how much is under way at once
   * @return a future for each, in the order of the ranges; unmodifiable
   */
  public List<AioFuture<byte[]>> readRangesAsync(List<FileRange> ranges, RangeOptions options) {
    checks.read(0);
    return keep(RangeReads.start(handle, List.copyOf(ranges), options));
  }

  /**
   * Reads from the start until the end is seen, which for a file of {@code /proc} is not where its
   * size says.
   *
   * @return all bytes; fails with {@link OutOfMemoryError} beyond 2 GiB
   */
  public AioFuture<byte[]> readAllBytesAsync() {
    checks.read(0);
    return keep(Reads.bytes(handle, 0, Long.MAX_VALUE, bytes -> bytes));
  }

  /**
   * Reads all of it as UTF-8: {@link #readStringAsync(Charset)}.
   *
   * @return the text
   */
  public AioFuture<String> readStringAsync() {
    return readStringAsync(StandardCharsets.UTF_8);
  }

  /**
   * Reads all of it as text; a byte-order mark at the start is dropped.
   *
   * @param charset of the text
   * @return the text; fails with {@link MalformedTextException}, which tells the position, where
   *     bytes are not of that charset
   */
  public AioFuture<String> readStringAsync(Charset charset) {
    checks.read(0);
    Text.checkDecodes(charset);
    AioFuture<byte[]> bytes = Reads.bytes(handle, 0, Long.MAX_VALUE, all -> all);
    return keep(DecodedText.of(bytes, charset, path()));
  }

  // ---- writing

  /**
   * Writes all of a buffer.
   *
   * @param source its remaining bytes; not to be changed until the future is done
   * @param position 0 or more; beyond the end of the file leaves a gap of zeros
   * @return the bytes written, always all
   */
  public AioFuture<Integer> writeAsync(ByteBuffer source, long position) {
    checks.write(position, source.remaining());
    return keep(Writes.from(handle, source, position));
  }

  /**
   * Writes all of an array.
   *
   * @param source not to be changed until the future is done
   * @param position 0 or more
   * @return the bytes written, always all
   */
  public AioFuture<Integer> writeBytesAsync(byte[] source, long position) {
    return writeAsync(ByteBuffer.wrap(source), position);
  }

  /**
   * Writes all of several buffers, each at a position of its own, in any order; at most 128 at
   * once. Writes that are adjacent are not joined.
   *
   * <p>After a failure no further ones are started. When the future is done, every buffer is the
   * caller's again, and its position tells what of it was written.
   *
   * @param writes which must not overlap, nor share a buffer object
   * @return the bytes written, always all; fails with the first failure, with those of writes that
   *     were under way then as suppressed
   */
  public AioFuture<Long> writeRangesAsync(List<RangeWrite> writes) {
    List<RangeWrite> all = List.copyOf(writes);
    checks.write(0, 0);
    for (RangeWrite write : all) {
      checks.write(write.position(), write.source().remaining());
    }
    RangeWrites.checkApart(all);
    return keep(RangeWrites.start(handle, all));
  }

  /**
   * Writes text as UTF-8.
   *
   * @param text to write
   * @param position 0 or more
   * @return the bytes written
   */
  public AioFuture<Integer> writeStringAsync(CharSequence text, long position) {
    return writeStringAsync(text, StandardCharsets.UTF_8, position);
  }

  /**
   * Writes text.
   *
   * @param text to write
   * @param charset to write it in
   * @param position 0 or more
   * @return the bytes written; fails with {@link UnmappableTextException}, nothing written, where
   *     the charset has no such character
   */
  public AioFuture<Integer> writeStringAsync(CharSequence text, Charset charset, long position) {
    return encoded(text, charset, bytes -> writeAsync(bytes, position));
  }

  /**
   * Writes all of a buffer at the end of the file, wherever that is by then.
   *
   * @param source its remaining bytes; not to be changed until the future is done
   * @return the bytes written, always all
   */
  public AioFuture<Integer> appendAsync(ByteBuffer source) {
    checks.append(source.remaining());
    return keep(
        isSeekable()
            ? Writes.from(handle, source, Operation.SEQUENTIAL)
            : Writes.sequential(handle, source));
  }

  /**
   * Writes all of an array at the end of the file.
   *
   * @param source not to be changed until the future is done
   * @return the bytes written, always all
   */
  public AioFuture<Integer> appendBytesAsync(byte[] source) {
    return appendAsync(ByteBuffer.wrap(source));
  }

  /**
   * Writes text as UTF-8 at the end of the file.
   *
   * @param text to write
   * @return the bytes written
   */
  public AioFuture<Integer> appendStringAsync(CharSequence text) {
    return appendStringAsync(text, StandardCharsets.UTF_8);
  }

  /**
   * Writes text at the end of the file.
   *
   * @param text to write
   * @param charset to write it in
   * @return the bytes written; fails with {@link UnmappableTextException}, nothing written, where
   *     the charset has no such character
   */
  public AioFuture<Integer> appendStringAsync(CharSequence text, Charset charset) {
    return encoded(text, charset, this::appendAsync);
  }

  private AioFuture<Integer> encoded(
      CharSequence text, Charset charset, Function<ByteBuffer, AioFuture<Integer>> write) {
    mode().checkWritable();
    ByteBuffer bytes;
    try {
      bytes = Text.encode(text, charset);
    } catch (IOException e) {
      return AioFuture.failed(handle.executor(), e);
    }
    return write.apply(bytes);
  }

  // ---- size and durability

  /**
   * Makes data and metadata durable (fsync): every write submitted before this call, on any handle
   * of this descriptor.
   *
   * @return done when the device has it
   */
  public AioFuture<@Nullable Void> syncAsync() {
    return keep(command(() -> new FileCommand.Sync(Opcode.SYNC, handle)));
  }

  /**
   * Makes data durable, and the metadata needed to read it back (fdatasync): every write submitted
   * before this call, on any handle of this descriptor.
   *
   * @return done when the device has it
   */
  public AioFuture<@Nullable Void> dataSyncAsync() {
    return keep(command(() -> new FileCommand.Sync(Opcode.DATA_SYNC, handle)));
  }

  /**
   * Sets the size: what is beyond is cut, what is missing reads as zeros.
   *
   * @param size in bytes, 0 or more
   * @return done when the size is set
   */
  public AioFuture<@Nullable Void> truncateAsync(long size) {
    mode().checkWritable();
    if (size < 0) {
      throw new IllegalArgumentException("size must be 0 or more: " + size);
    }
    return keep(
        command(
            () -> new FileCommand.Resize(Opcode.TRUNCATE, handle, 0, size, handle.beginWrite())));
  }

  /**
   * Reserves room on the device, so that writes there don't run out of it; extends the file if the
   * range ends beyond it. The {@code java} backend can only extend.
   *
   * @param position 0 or more
   * @param length 1 or more
   * @return done when it is reserved
   */
  public AioFuture<@Nullable Void> allocateAsync(long position, long length) {
    mode().checkWritable();
    if (position < 0 || length < 1 || position > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "position must be 0 or more and length 1 or more: " + position + ", " + length);
    }
    return keep(
        command(
            () ->
                new FileCommand.Resize(
                    Opcode.ALLOCATE, handle, position, length, handle.beginWrite())));
  }

  /**
   * Asks for the size.
   *
   * @return bytes; 0 for many files of {@code /proc} that are not empty
   */
  public AioFuture<Long> sizeAsync() {
    return keep(command(() -> new FileCommand.Size(handle)));
  }

  private <T extends @Nullable Object> AioFuture<T> command(
      Supplier<? extends FileOperation<T>> operation) {
    if (!handle.enter()) {
      return AioFuture.failed(handle.executor(), new ClosedChannelException());
    }
    handle.context().counters().submitted.increment();
    return operation.get().start();
  }

  // ---- views

  /**
   * Another handle on the same descriptor, to be closed on its own: the descriptor is closed with
   * its last handle.
   *
   * @return the handle
   * @throws ClosedChannelException if this one is closed
   */
  public AsyncFile duplicate() throws ClosedChannelException {
    return keep(new AsyncFile(context, handle.duplicate()));
  }

  /**
   * Reads chunk by chunk from the start.
   *
   * @param chunkBytes of each chunk but the last, 1 or more
   * @return a reader, which does not close this file
   */
  public ChunkReader chunkReader(int chunkBytes) {
    return new ChunkReader(this, chunks(chunkBytes));
  }

  /**
   * Reads chunk by chunk from the start, without a copy: the chunks are direct buffers, and lent.
   *
   * @param chunkBytes of each chunk but the last, 1 or more
   * @return a reader, which does not close this file
   */
  public DirectChunkReader directChunkReader(int chunkBytes) {
    return new DirectChunkReader(this, chunks(chunkBytes));
  }

  private ChunkOptions chunks(int chunkBytes) {
    return ChunkOptions.defaults()
        .withReadAhead(context.options().readAhead())
        .withChunkBytes(chunkBytes);
  }

  /**
   * Reads UTF-8 lines from the start.
   *
   * @return a reader, which does not close this file
   */
  public LineReader lineReader() {
    return lineReader(LineOptions.of(context.options()));
  }

  /**
   * Reads lines.
   *
   * @param options how
   * @return a reader, which does not close this file
   */
  public LineReader lineReader(LineOptions options) {
    return new LineReader(this, options);
  }

  // ---- close

  /**
   * Closes this handle: refuses new operations, waits for those in flight, makes durable what was
   * written through it unless it was opened {@link OpenMode#withoutSyncOnClose}, and closes the
   * descriptor if it is the last handle. Reads and writes that wait for the other end of a FIFO
   * fail with {@link java.nio.channels.AsynchronousCloseException}. Closing again changes nothing
   * and waits for the same.
   *
   * @return done when the file is closed; fails if the sync or the close did, the file being closed
   *     all the same
   */
  public AioFuture<@Nullable Void> closeAsync() {
    watch.end();
    return keep(handle.closeAsync());
  }

  /**
   * Closes this handle and waits: see {@link #closeAsync()}. Interrupts don't end the waiting; the
   * flag is restored. On a thread that completes operations it starts the close and does not wait.
   *
   * @throws IOException if the sync or the close failed, or took longer than {@link
   *     AioOptions#closeTimeout()}
   */
  @Override
  public void close() throws IOException {
    Closing.await(closeAsync(), path().toString(), context.options().closeTimeout());
  }

  /** Closes where nobody waits for it; a failure is told in the log. */
  void closeUnattended() {
    watch.end();
    handle.closeUnattended();
  }

  /** Nobody got to see this one: whoever made it closes the handle. */
  void forget() {
    watch.end();
  }

  @Override
  public String toString() {
    return "AsyncFile[" + path() + ", " + mode() + (isOpen() ? "]" : ", closed]");
  }

  /** Keeps this object, whose Cleaner closes the handle, alive until here. */
  private <T> T keep(T result) {
    try {
      return result;
    } finally {
      Reference.reachabilityFence(this);
    }
  }
}
