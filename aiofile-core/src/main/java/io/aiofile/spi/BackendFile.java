package io.aiofile.spi;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * An open file as a backend sees it: takes operations, one system call each.
 *
 * <p>All methods may be called from any thread, and none of them may wait for a device, a pipe or
 * another thread's operation. Whether a file is still open is the policy layer's business: it
 * submits nothing after {@link Opcode#CLOSE} and nothing is in flight then. Only an operation that
 * was withdrawn on its way may still come late; being {@code DONE}, it is dropped.
 */
public interface BackendFile {

  /** {@return whether positions mean anything: false for a FIFO, a socket, a terminal} */
  boolean seekable();

  /** {@return what transfers have to be multiples of; {@link Alignment#NONE} unless direct} */
  Alignment alignment();

  /** {@return the most bytes one operation may ask for} */
  int transferBytesMax();

  /** {@return the size of the pages that make transfers of this file faster; 0 if none do} */
  default int largePageBytes() {
    return 0;
  }

  /**
   * Puts such pages under memory, as far as there are any. Not asked for where {@link
   * #largePageBytes} is 0.
   *
   * @param memory direct, just allocated: all zeros, as it stays, and used by nobody yet
   */
  default void putLargePagesUnder(ByteBuffer memory) {}

  /**
   * The inline lane: reads what can be had without waiting, on the caller's thread.
   *
   * @param target a direct buffer, not tied to an arena
   * @param index of the first byte in the buffer
   * @param length bytes, 1 or more
   * @param position in the file, 0 or more
   * @return {@code n >= 0}: n bytes were read, and fewer than asked for only at the end of the
   *     file; {@code n < 0}: the bitwise complement of the bytes read before the lane would have
   *     had to wait, hence -1 for none
   */
  default int readNow(ByteBuffer target, int index, int length, long position) {
    return -1;
  }

  /**
   * Whether {@link #writeNow} is worth copying the bytes into a direct buffer for.
   *
   * @param length as there
   * @param position as there
   * @return whether it may write any of them
   */
  default boolean isWriteNowWorthTrying(int length, long position) {
    return false;
  }

  /**
   * The inline lane: writes what can be written without waiting, on the caller's thread.
   *
   * @param source a direct buffer, not tied to an arena
   * @param index of the first byte in the buffer
   * @param length bytes, 1 or more
   * @param position in the file, or {@link Operation#SEQUENTIAL} for a file opened for append
   * @return as {@link #readNow}: less than all is reported as a complement
   */
  default int writeNow(ByteBuffer source, int index, int length, long position) {
    return -1;
  }

  /**
   * Whether {@link Opcode#COPY} into this file is worth trying. It may fail all the same, as the
   * kernel can't copy between any two files: then nothing is lost by reading and writing instead.
   *
   * @param source another file of the same backend
   * @return false at least where this file was opened for append or with {@code O_DSYNC}
   */
  default boolean isCopyWorthTrying(BackendFile source) {
    return false;
  }

  /**
   * Takes an operation in state {@code QUEUED} and sees to its end, on some other thread. Failures
   * go to the operation, never to the caller.
   *
   * <p>{@code READ} and {@code WRITE} with {@link Operation#SEQUENTIAL} on a file that is not
   * seekable wait for the other end without holding a thread that others need; at most one of each
   * is under way.
   *
   * @param operation queued
   */
  void submit(Operation operation);

  /**
   * Takes operations that are ready at the same time: each as {@link #submit} does, and those that
   * go to the kernel in as few system calls as its lane allows. They are unordered among
   * themselves, and one that fails says nothing about the others.
   *
   * <p>By default they are submitted one by one, which is all that can be done where each is a
   * system call of its own.
   *
   * @param operations queued, positional, all different, at least one, none of them {@link
   *     Opcode#CLOSE}; the list is the caller's again when this returns
   */
  default void submitAll(List<? extends Operation> operations) {
    operations.forEach(this::submit);
  }

  /**
   * Asks for a submitted operation to be given up: {@link Operation#cancel()}, and waking whatever
   * waits on its behalf.
   *
   * @param operation that was submitted here
   */
  default void cancel(Operation operation) {
    operation.cancel();
  }
}
