package io.aiofile.spi;

/** A way to do file operations: threads, queues and what they share, for one context. */
public interface Backend {

  /** {@return the name, as users write it in options} */
  String name();

  /** {@return one line on what it is made of, for people: "libaio.so.1, 256 slots, 16 workers"} */
  String description();

  /**
   * Opens a file on some other thread. Failures go to the operation, never to the caller.
   *
   * @param operation queued
   */
  void open(OpenOperation operation);

  /**
   * Asks for an open to be given up, also one that waits for the other end of a FIFO.
   *
   * @param operation that was given to {@link #open}
   */
  default void cancel(OpenOperation operation) {
    operation.cancel();
  }

  /**
   * Ends threads and releases memory. Called once, with no file open and nothing in flight; may
   * block, and is never called on one of the backend's own threads.
   */
  void close();
}
