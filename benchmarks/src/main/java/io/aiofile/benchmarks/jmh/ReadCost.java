package io.aiofile.benchmarks.jmh;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.AioOptions;
import io.aiofile.AlignedBuffers;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One read of 4 KiB into a direct buffer of the caller's, at one place after another. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReadCost {

  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 4096;

  /** The backend of this library. */
  @Param("java")
  public String backend = "";

  /** BUFFERED, for what is in the page cache, or DIRECT. */
  @Param("BUFFERED")
  public String access = "";

  /** A file of at least 16 MiB. */
  @Param("")
  public String file = "";

  private final ByteBuffer block = AlignedBuffers.allocate(BLOCK_BYTES, BLOCK_BYTES);
  private final Waiter waiter = new Waiter();
  private AioContext context;
  private AsyncFile open;
  private int next;

  /** Opens context and file. */
  @Setup
  public void open() throws IOException {
    context = AioContext.open(AioOptions.defaults().withBackend(backend));
    OpenMode mode = access.equals("DIRECT") ? OpenMode.READ.withDirect() : OpenMode.READ;
    open = context.openFileAsync(Path.of(file), mode).await();
  }

  /** Closes them. */
  @TearDown
  public void close() throws IOException {
    open.close();
    context.close();
  }

  /** The read, and its result, without a wait where it is there at once. */
  @Benchmark
  public int read() {
    block.clear();
    waiter.expect();
    long position = (long) (next++ & (BLOCKS - 1)) * BLOCK_BYTES;
    AioFuture<Integer> future = open.readAsync(block, position);
    if (future.isDone()) {
      return future.join();
    }
    future.onRelease(waiter);
    return waiter.await();
  }
}
