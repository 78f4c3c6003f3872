package io.aiofile.jna.engine;

import io.aiofile.jna.sys.AlignedMemory;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.PollFd;

/** The array that poll(2) works on, as long as it has to be. One thread's. */
final class PollSet implements AutoCloseable {

  private final LibC libc;
  private AlignedMemory memory;
  private int count;

  PollSet(LibC libc) {
    this.libc = libc;
    memory = AlignedMemory.allocate(libc, AlignedMemory.ALIGNMENT);
  }

  /** Empties it, and makes room. */
  void reset(int capacity) {
    count = 0;
    if (memory.bytes() / PollFd.BYTES < capacity) {
      AlignedMemory larger = AlignedMemory.allocate(libc, 2 * capacity * PollFd.BYTES);
      memory.close();
      memory = larger;
    }
  }

  /** Adds a descriptor; a negative one takes its place and is never ready. */
  void add(int fd, int events) {
    PollFd.set(memory.buffer(), count++ * PollFd.BYTES, fd, events);
  }

  /** Waits until one is ready, or so many milliseconds, or without a limit (-1). */
  int poll(int timeoutMillis) {
    return libc.poll(memory.address(), count, timeoutMillis);
  }

  /** Whether the i-th is ready, or broken: also then a transfer has something to say. */
  boolean isReady(int i) {
    return PollFd.returnedEvents(memory.buffer(), i * PollFd.BYTES) != 0;
  }

  @Override
  public void close() {
    memory.close();
  }
}
