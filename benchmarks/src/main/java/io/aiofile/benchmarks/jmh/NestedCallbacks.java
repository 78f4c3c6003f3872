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
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A loop that a user writes with {@code thenCompose} over reads which are done inline: what an
 * iteration costs with the hops that keep the stack from growing (ADR 9).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NestedCallbacks {

  private static final int BLOCK_BYTES = 4096;
  private static final int ITERATIONS = 4096;

  private final ByteBuffer block = AlignedBuffers.allocate(BLOCK_BYTES, BLOCK_BYTES);
  private Path path;
  private AioContext context;
  private AsyncFile file;

  /** Makes a file, and has it in the page cache. */
  @Setup
  public void open() throws IOException {
    path = Files.createTempFile("nested-callbacks-", ".bin");
    Files.write(path, new byte[ITERATIONS * BLOCK_BYTES]);
    context = AioContext.open(AioOptions.defaults());
    file = context.openFileAsync(path, OpenMode.READ).await();
  }

  /** Removes it. */
  @TearDown
  public void close() throws IOException {
    file.close();
    context.close();
    Files.delete(path);
  }

  private AioFuture<Integer> readFrom(int index) {
    AioFuture<Integer> read = file.readAsync(block.clear(), (long) index * BLOCK_BYTES);
    return index + 1 == ITERATIONS ? read : read.thenCompose(count -> readFrom(index + 1));
  }

  /** All iterations of the loop. */
  @Benchmark
  @OperationsPerInvocation(ITERATIONS)
  public int loop() {
    return readFrom(0).join();
  }
}
