package io.aiofile.benchmarks.jmh;

import com.sun.nio.file.ExtendedOpenOption;
import io.aiofile.AlignedBuffers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
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

/** The same as {@link ReadCost}, by the JDK's AsynchronousFileChannel. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChannelReadCost {

  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 4096;

  /** BUFFERED, for what is in the page cache, or DIRECT. */
  @Param("BUFFERED")
  public String access = "";

  /** A file of at least 16 MiB. */
  @Param("")
  public String file = "";

  private final ByteBuffer block = AlignedBuffers.allocate(BLOCK_BYTES, BLOCK_BYTES);
  private final Waiter waiter = new Waiter();
  private AsynchronousFileChannel channel;
  private int next;

  /** Opens the channel. */
  @Setup
  public void open() throws IOException {
    Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.READ));
    if (access.equals("DIRECT")) {
      options.add(ExtendedOpenOption.DIRECT);
    }
    channel = AsynchronousFileChannel.open(Path.of(file), options, null);
  }

  /** Closes it. */
  @TearDown
  public void close() throws IOException {
    channel.close();
  }

  /** The read, and its result. */
  @Benchmark
  public int read() {
    block.clear();
    waiter.expect();
    long position = (long) (next++ & (BLOCKS - 1)) * BLOCK_BYTES;
    channel.read(block, position, null, waiter);
    return waiter.await();
  }
}
