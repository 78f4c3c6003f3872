package io.aiofile.jna.libaio;

import io.aiofile.jna.engine.EventBatch;
import io.aiofile.jna.engine.KernelQueue;
import io.aiofile.jna.sys.AlignedMemory;
import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.OpenFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A context of Linux AIO.
 *
 * <p>All native memory is one block: the context's handle, one iocb for each slot and one more for
 * the wake-up, the array of pointers that io_submit takes, and room for events.
 *
 * <p>{@link #wake()} submits a read of {@code /dev/null}, which completes within io_submit, in an
 * iocb of its own. Not an {@code IOCB_CMD_POLL} on an eventfd, which does the same on kernels that
 * have it: 4.18 and later, not gVisor, with a second way for the others, and with something in
 * flight for ever. Not {@code IOCB_FLAG_RESFD}, which signals an eventfd for completions but wakes
 * nobody here. And not a timeout, which would wake an idle process for nothing.
 */
public final class LibaioQueue implements KernelQueue {

  /** More would use up most of {@code fs.aio-max-nr} (65,536 by default) for the whole machine. */
  private static final int CAPACITY_MAX = 32_768;

  private static final int CONTEXT = 0;
  private static final int IOCBS = 64;

  private final LibC libc;
  private final AioCalls calls;
  private final String name;
  private final int capacity;
  private final AlignedMemory block;
  private final ByteBuffer memory;
  private final long context;
  private final int nullFile;

  /** Guards what is below, against {@link #wake} of a context that is no more. */
  private final Object wakeLock = new Object();

  private boolean wakeInFlight;
  private boolean closed;

  private LibaioQueue(
      LibC libc, AioBinding.Bound bound, int capacity, AlignedMemory block, int nullFile) {
    this.libc = libc;
    this.calls = bound.calls();
    this.name = "libaio (" + bound.binding().title() + ")";
    this.capacity = capacity;
    this.block = block;
    this.memory = block.buffer();
    this.context = memory.getLong(CONTEXT);
    this.nullFile = nullFile;
    Iocb.start(memory, iocb(capacity), Iocb.IOCB_CMD_PREAD, nullFile);
    Iocb.buffer(memory, iocb(capacity), block.address());
    Iocb.length(memory, iocb(capacity), 1);
    memory.putLong(pointer(capacity), block.address() + iocb(capacity));
  }

  /**
   * A context with that many slots.
   *
   * @param capacity 1 to 32,768
   * @throws IOException why not, and what would help
   */
  public static LibaioQueue open(LibC libc, AioBinding.Bound bound, int capacity)
      throws IOException {
    if (capacity < 1 || capacity > CAPACITY_MAX) {
      throw new IllegalArgumentException("capacity not in 1.." + CAPACITY_MAX + ": " + capacity);
    }
    AlignedMemory block;
    try {
      block = AlignedMemory.allocate(libc, end(capacity));
    } catch (OutOfMemoryError e) {
      // Reported as every other want of resources, which another backend may not have.
      throw new IOException("no native memory for a queue: " + e.getMessage(), e);
    }
    int nullFile = libc.open("/dev/null", OpenFlags.O_RDONLY, 0);
    if (nullFile < 0) {
      block.close();
      throw new IOException("open /dev/null: " + Errno.describe(-nullFile));
    }
    int entries = capacity + 1;
    int result = bound.calls().setup(entries, block.address() + CONTEXT);
    if (result < 0) {
      block.close();
      libc.close(nullFile);
      throw new IOException("io_setup of " + entries + " entries: " + why(-result));
    }
    return new LibaioQueue(libc, bound, capacity, block, nullFile);
  }

  private static String why(int errno) {
    return switch (errno) {
      case Errno.EAGAIN ->
          "fs.aio-max-nr ("
              + sysctl("aio-max-nr")
              + ") is used up (fs.aio-nr is "
              + sysctl("aio-nr")
              + "): sysctl -w fs.aio-max-nr=1048576";
      case Errno.ENOSYS, Errno.EPERM ->
          Errno.describe(errno) + "; blocked (seccomp or gVisor), or a kernel without CONFIG_AIO";
      default -> Errno.describe(errno);
    };
  }

  private static String sysctl(String name) {
    // Not Files.readString: it asks for one byte first, and a sysctl is at its end after the first
    // read.
    try (BufferedReader reader = Files.newBufferedReader(Path.of("/proc/sys/fs", name))) {
      return String.valueOf(reader.readLine());
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static int iocb(int slot) {
    return IOCBS + slot * Iocb.BYTES;
  }

  private int pointer(int i) {
    return iocb(capacity + 1) + i * Long.BYTES;
  }

  private int event(int i) {
    return pointer(capacity + 1) + i * IoEvent.BYTES;
  }

  private static int end(int capacity) {
    return iocb(capacity + 1) + (capacity + 1) * (Long.BYTES + IoEvent.BYTES);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public void prepareRead(int slot, long token, int fd, long address, int length, long position) {
    prepareTransfer(start(slot, token, fd, Iocb.IOCB_CMD_PREAD), address, length, position);
  }

  @Override
  public void prepareWrite(int slot, long token, int fd, long address, int length, long position) {
    prepareTransfer(start(slot, token, fd, Iocb.IOCB_CMD_PWRITE), address, length, position);
  }

  @Override
  public void prepareSync(int slot, long token, int fd, boolean dataOnly) {
    start(slot, token, fd, dataOnly ? Iocb.IOCB_CMD_FDSYNC : Iocb.IOCB_CMD_FSYNC);
  }

  private int start(int slot, long token, int fd, short opcode) {
    int index = iocb(Objects.checkIndex(slot, capacity));
    Iocb.start(memory, index, opcode, fd);
    Iocb.data(memory, index, token);
    return index;
  }

  private void prepareTransfer(int index, long address, int length, long position) {
    Iocb.buffer(memory, index, address);
    Iocb.length(memory, index, length);
    Iocb.position(memory, index, position);
  }

  @Override
  public int submit(int[] slots, int from, int count) {
    Objects.checkIndex(count, capacity + 1);
    for (int i = 0; i < count; i++) {
      int slot = Objects.checkIndex(slots[from + i], capacity);
      memory.putLong(pointer(i), block.address() + iocb(slot));
    }
    int taken;
    do {
      taken = calls.submit(context, count, block.address() + pointer(0));
    } while (taken == -Errno.EINTR);
    // Never seen of Linux; a caller that resubmits the rest would spin.
    return taken == 0 ? -Errno.EAGAIN : taken;
  }

  @Override
  public int await(EventBatch batch) {
    int max = Math.min(batch.capacity(), capacity + 1);
    int returned;
    do {
      returned = calls.getEvents(context, 1, max, block.address() + event(0), 0);
    } while (returned == -Errno.EINTR);
    return returned < 0 ? returned : copyOut(returned, batch);
  }

  private int copyOut(int returned, EventBatch batch) {
    long wakeIocb = block.address() + iocb(capacity);
    int count = 0;
    for (int i = 0; i < returned; i++) {
      int event = event(i);
      // By the request's address, since every value of a token is the driver's.
      if (IoEvent.object(memory, event) == wakeIocb) {
        synchronized (wakeLock) {
          wakeInFlight = false;
        }
      } else {
        batch.tokens[count] = IoEvent.data(memory, event);
        batch.results[count] = IoEvent.result(memory, event);
        count++;
      }
    }
    return count;
  }

  @Override
  public void wake() {
    synchronized (wakeLock) {
      if (closed || wakeInFlight) {
        return;
      }
      int result = calls.submit(context, 1, block.address() + pointer(capacity));
      // There is an entry of its own for this in the context, so a refusal is a bug here.
      if (result < 0) {
        throw new IllegalStateException("wake-up of " + name + ": " + Errno.describe(-result));
      }
      wakeInFlight = true;
    }
  }

  @Override
  public void close() {
    synchronized (wakeLock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    calls.destroy(context);
    libc.close(nullFile);
    block.close();
  }
}
