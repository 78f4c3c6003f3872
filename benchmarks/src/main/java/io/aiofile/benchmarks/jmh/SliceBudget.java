package io.aiofile.benchmarks.jmh;

import io.aiofile.AioContext;
import io.aiofile.AioFuture;
import io.aiofile.AioOptions;
import io.aiofile.AsyncFile;
import io.aiofile.ChunkOptions;
import io.aiofile.ChunkReader;
import io.aiofile.LineOptions;
import io.aiofile.LineReader;
import io.aiofile.OpenMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A loop of the library's own over a cached file, with several slices: how long the call holds its
 * caller, and how long the whole takes (ADR 9).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SliceBudget {

  private static final int FILE_BYTES = 32 << 20;
  private static final int LINE_BYTES = 61;

  /** The backend of this library. */
  @Param("posix")
  public String backend = "";

  /** Of {@link AioOptions#withSliceBytes}. */
  @Param({"65536", "131072", "262144", "524288", "1048576", "4194304"})
  public int sliceBytes;

  private Path path;
  private AioContext context;
  private AsyncFile file;
  private @Nullable AioFuture<Long> running;
  private long seen;

  /** Makes a text, and has it in the page cache. */
  @Setup
  public void open() throws IOException {
    path = Files.createTempFile("slice-budget-", ".txt");
    byte[] text = new byte[FILE_BYTES];
    Arrays.fill(text, (byte) 'a');
    for (int end = LINE_BYTES - 1; end < text.length; end += LINE_BYTES) {
      text[end] = '\n';
    }
    Files.write(path, text);
    context =
        AioContext.open(AioOptions.defaults().withBackend(backend).withSliceBytes(sliceBytes));
    file = context.openFileAsync(path, OpenMode.READ).await();
  }

  /** Removes it. */
  @TearDown
  public void close() throws IOException {
    file.close();
    context.close();
    Files.delete(path);
  }

  /** What a call began goes on outside the time that is measured. */
  @TearDown(Level.Invocation)
  public void finish() {
    Objects.requireNonNull(running).join();
  }

  private AioFuture<Long> lines() {
    return began(new LineReader(file, LineOptions.defaults()).forEachAsync(line -> seen++));
  }

  private AioFuture<Long> chunks() {
    ChunkOptions options = ChunkOptions.defaults().withReusedArrays();
    return began(new ChunkReader(file, options).forEachAsync(chunk -> seen++));
  }

  private AioFuture<Long> began(AioFuture<Long> loop) {
    running = loop;
    return loop;
  }

  /** The call alone. */
  @Benchmark
  public AioFuture<Long> linesCall() {
    return lines();
  }

  /** All lines. */
  @Benchmark
  public long linesWhole() {
    return lines().join();
  }

  /** The call alone. */
  @Benchmark
  public AioFuture<Long> chunksCall() {
    return chunks();
  }

  /** All chunks. */
  @Benchmark
  public long chunksWhole() {
    return chunks().join();
  }
}
