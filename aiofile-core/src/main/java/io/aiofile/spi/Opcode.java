package io.aiofile.spi;

/** What an {@link Operation} asks of a file. Each is at most one system call per pass. */
public enum Opcode {
  /** Opens a file: see {@link OpenOperation}. */
  OPEN,
  /** Reads into the operation's buffer; the result is the bytes transferred, 0 at the end. */
  READ,
  /** Writes from the operation's buffer; the result is the bytes transferred. */
  WRITE,
  /** Makes data and metadata durable (fsync); the result is 0. */
  SYNC,
  /** Makes data, and the metadata needed to read it back, durable (fdatasync); the result is 0. */
  DATA_SYNC,
  /** Sets the size to {@link Operation#length()} bytes, cut or extended by zeros; result 0. */
  TRUNCATE,
  /** Reserves {@link Operation#length()} bytes from {@link Operation#position()} on; result 0. */
  ALLOCATE,
  /**
   * Copies up to {@link Operation#length()} bytes from {@link Operation#source()}, from {@link
   * Operation#position()} on and to the same position; the result is the bytes copied, 0 at the end
   * of that file.
   */
  COPY,
  /** Asks for the size in bytes, which is the result. */
  SIZE,
  /** Releases the descriptor. The last operation of a file, with nothing else in flight. */
  CLOSE
}
