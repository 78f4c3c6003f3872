package io.aiofile.benchmarks.jmh;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.AioOptions;
import io.aiofile.AlignedBuffers;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
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

/**
 * One operation in the page cache, of several sizes, on the caller's thread and through a worker:
 * where the former takes longer than the latter, work inline has lost its point (ADR 9).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class InlineBudget {

  private static final int FILE_BYTES = 64 << 20;

  /** The backend of this library. */
  @Param("posix")
  public String backend = "";

  /** How long the operation is. */
  @Param({"4096", "16384", "65536", "131072", "262144", "1048576"})
  public int bytes;

  /** INLINE or WORKER. */
  @Param({"INLINE", "WORKER"})
  public String lane = "";

  private final Waiter waiter = new Waiter();
  private ByteBuffer block;
  private Path path;
  private AioContext context;
  private AsyncFile file;
  private long position;

  /** Makes a file, and has it in the page cache. */
  @Setup
  public void open() throws IOException {
    block = AlignedBuffers.allocate(bytes, 4096);
    path = Files.createTempFile("inline-budget-", ".bin");
    Files.write(path, new byte[FILE_BYTES]);
    int budget = lane.equals("INLINE") ? bytes : 0;
    context =
        AioContext.open(
            AioOptions.defaults()
                .withBackend(backend)
                .withInlineReadBytes(budget)
                .withInlineWriteBytes(budget));
    file = context.openFileAsync(path, OpenMode.READ_WRITE.withoutSyncOnClose()).await();
  }

  /** Removes it. */
  @TearDown
  public void close() throws IOException {
    file.close();
    context.close();
    Files.delete(path);
  }

  private long next() {
    position = (position + bytes) % FILE_BYTES;
    return position;
  }

  /** A read, and its result. */
  @Benchmark
  public int read() {
    block.clear();
    waiter.expect();
    return result(file.readAsync(block, next()));
  }

  /** A write over what is there, and its result. */
  @Benchmark
  public int write() {
    block.clear();
    waiter.expect();
    return result(file.writeAsync(block, next()));
  }

  private int result(AioFuture<Integer> future) {
    if (future.isDone()) {
      return future.join();
    }
    future.onRelease(waiter);
    return waiter.await();
  }
}
