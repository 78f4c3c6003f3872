package io.aiofile.benchmarks.jmh;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.aiofile.AioContext;
import io.aiofile.AlignedBuffers;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a cached read of 4 KiB is made of: a call through JNA that does nothing, the system calls
 * through JNA, and the library on top. Random places in a file that no processor's cache holds.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SystemCallCost {

  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 1 << 17;

  /** Odd, so that its multiples modulo the blocks are all of them, far from each other. */
  private static final int STRIDE = 51_787;

  private static final int O_RDONLY = 0;
  private static final int RWF_NOWAIT = 8;

  /** By direct mapping, as the library has them. */
  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getProcess());
    }

    static native int open(byte[] path, int flags);

    static native int close(int fd);

    static native int getpid();

    static native long pread(int fd, long address, long length, long position);

    static native long preadv2(int fd, long iovec, int count, long position, int flags);

    private Calls() {}
  }

  private final ByteBuffer block = AlignedBuffers.allocate(BLOCK_BYTES, BLOCK_BYTES);
  private final ByteBuffer vector =
      ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
  private final long blockAddress = address(block);
  private final long vectorAddress = address(vector);
  private Path path;
  private int descriptor;
  private AioContext context;
  private AsyncFile file;
  private int next;

  /** Makes a file of 512 MiB, and has it in the page cache. */
  @Setup(Level.Trial)
  public void open() throws IOException {
    path = Files.createTempFile("system-call-cost-", ".bin");
    try (var out = Files.newOutputStream(path)) {
      byte[] piece = new byte[1 << 20];
      for (long written = 0; written < (long) BLOCKS * BLOCK_BYTES; written += piece.length) {
        out.write(piece);
      }
    }
    descriptor = Calls.open(Native.toByteArray(path.toString()), O_RDONLY);
    vector.putLong(0, blockAddress).putLong(Long.BYTES, BLOCK_BYTES);
    context = AioContext.open();
    file = context.openFileAsync(path, OpenMode.READ).await();
  }

  /** Removes it. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    file.close();
    context.close();
    Calls.close(descriptor);
    Files.delete(path);
  }

  private static long address(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }

  private long position() {
    next += STRIDE;
    return (long) (next & (BLOCKS - 1)) * BLOCK_BYTES;
  }

  /** The way into the kernel and back. */
  @Benchmark
  public int nothing() {
    return Calls.getpid();
  }

  /** What a program does that may wait. */
  @Benchmark
  public long pread() {
    return Calls.pread(descriptor, blockAddress, BLOCK_BYTES, position());
  }

  /** What the inline lane does. */
  @Benchmark
  public long preadWithoutWaiting() {
    return Calls.preadv2(descriptor, vectorAddress, 1, position(), RWF_NOWAIT);
  }

  /** All of it, with the result. */
  @Benchmark
  public int readAsync() {
    block.clear();
    return file.readAsync(block, position()).join();
  }
}
