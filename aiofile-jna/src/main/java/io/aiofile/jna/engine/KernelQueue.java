package io.aiofile.jna.engine;

/**
 * The seam to a kernel's asynchronous interface: requests go in by slot, events come out by token.
 *
 * <p>A slot is the native memory of one request, {@code 0} to {@code capacity() - 1}. Whoever
 * drives the queue owns the slots: one is prepared, submitted, and used again only after its event
 * (or after {@link #submit} did not take it). The token is the driver's and comes back unchanged;
 * nothing here looks at it. Buffers must stay where they are until the event.
 *
 * <p>Threads: {@code prepare…} and {@link #submit} by one thread at a time (the driver's lock);
 * {@link #await} by the one completion thread, concurrently with them; {@link #wake} by any.
 *
 * <p>Not here: retries, short transfers, back-pressure, whose operation it is.
 */
public interface KernelQueue {

  /** For people, such as "libaio (libaio.so.1)". */
  String name();

  /** Operations at most in the kernel at once: the number of slots. */
  int capacity();

  /**
   * Fills a slot with a positional read.
   *
   * @param address of the buffer
   * @param length in bytes; for O_DIRECT, as position and address, a multiple of the alignment
   */
  void prepareRead(int slot, long token, int fd, long address, int length, long position);

  /** Fills a slot with a positional write; parameters as {@link #prepareRead}. */
  void prepareWrite(int slot, long token, int fd, long address, int length, long position);

  /**
   * Fills a slot with a sync of what was written to the file <em>before</em>: it is not ordered
   * against writes in flight.
   *
   * @param dataOnly fdatasync rather than fsync
   */
  void prepareSync(int slot, long token, int fd, boolean dataOnly);

  /**
   * Publishes {@code slots[from]} to {@code slots[from + count - 1]} with one system call. Once
   * published, a slot is the kernel's, even if this thread never learns of it.
   *
   * @param count at least 1
   * @return how many of them, from the first on, the kernel took, at least 1; or {@code -errno}
   *     when it took none, because of the first one or of the queue as a whole. {@code EINTR} is
   *     retried inside
   */
  int submit(int[] slots, int from, int count);

  /**
   * Waits without a limit until there is at least one event or a {@link #wake()}, and copies events
   * out; completes nothing.
   *
   * @return the number of events in the batch; 0 after a wake-up without any; or {@code -errno}.
   *     {@code EINTR} (a debugger or {@code jcmd} that attaches) is retried inside
   */
  int await(EventBatch batch);

  /**
   * Makes {@link #await} return, with 0 or more events: the one under way, else the next. Several
   * may count as one. Does nothing after {@link #close()}.
   */
  void wake();

  /**
   * Gives the kernel's and the native memory back. Nothing may be in flight, and the completion
   * thread has been joined. May take milliseconds; not on a caller's thread. Later calls do
   * nothing.
   */
  void close();
}
