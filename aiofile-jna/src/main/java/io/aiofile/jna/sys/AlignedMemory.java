package io.aiofile.jna.sys;

import static io.aiofile.jna.sys.Mapping.MAP_ANONYMOUS;
import static io.aiofile.jna.sys.Mapping.MAP_PRIVATE;
import static io.aiofile.jna.sys.Mapping.PROT_READ;
import static io.aiofile.jna.sys.Mapping.PROT_WRITE;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A block of native memory: at least {@value #ALIGNMENT}-byte aligned, zero at first, in pages of
 * its own.
 *
 * <p>Mapped rather than from {@code malloc}: zeroed without touching it, aligned for O_DIRECT as it
 * comes, and a stray write by a device can't reach a neighbour on the heap. It counts neither for
 * the Java heap nor for {@code -XX:MaxDirectMemorySize}.
 *
 * <p>Nothing frees it but {@link #close()}: a block that the kernel may still write to is leaked by
 * dropping it. After {@code close()} every buffer and address taken from it is dangling, and a use
 * ends the process.
 */
public final class AlignedMemory implements AutoCloseable {

  /** What every address is a multiple of, in bytes: the smallest page of both architectures. */
  public static final int ALIGNMENT = 4096;

  private final LibC libc;
  private final long address;
  private final int bytes;
  private final ByteBuffer buffer;
  private final AtomicBoolean closed = new AtomicBoolean();

  private AlignedMemory(LibC libc, long address, int bytes) {
    this.libc = libc;
    this.address = address;
    this.bytes = bytes;
    // Measured on JDK 17: set and get through a ByteBuffer 0.9 ns (intrinsics), through a JNA
    // Pointer 13 ns (two JNI calls).
    this.buffer = new Pointer(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
  }

  /**
   * A block of its own.
   *
   * @param bytes more than 0
   * @throws OutOfMemoryError if the kernel gives none, as {@link ByteBuffer#allocateDirect} does
   */
  public static AlignedMemory allocate(LibC libc, int bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("bytes: " + bytes);
    }
    long address = libc.mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address < 0) {
      throw new OutOfMemoryError("mmap of " + bytes + " bytes: " + Errno.describe((int) -address));
    }
    return new AlignedMemory(libc, address, bytes);
  }

  /** Of byte 0. */
  public long address() {
    return address;
  }

  public int bytes() {
    return bytes;
  }

  /**
   * The whole block in native byte order. One buffer for all callers: use it by absolute index, or
   * {@code duplicate()} it (and set the order again).
   */
  public ByteBuffer buffer() {
    if (closed.get()) {
      throw new IllegalStateException("native memory was freed");
    }
    return buffer;
  }

  /** Frees the block; later calls do nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      libc.munmap(address, bytes);
    }
  }
}
