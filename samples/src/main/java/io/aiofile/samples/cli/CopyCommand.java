package io.aiofile.samples.cli;

import io.aiofile.AioContext;
import io.aiofile.AsyncFile;
import io.aiofile.OpenMode;
import io.aiofile.samples.Copy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "cp",
    description = "Copies a file. A copy that fails or is interrupted leaves the target as it was.")
final class CopyCommand extends Subcommand {

  @Parameters(index = "0", paramLabel = "SOURCE", description = "The file to copy.")
  private Path source = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "TARGET",
      description = "The copy, or the directory for it.")
  private Path target = Path.of("");

  @Option(
      names = "--sync",
      negatable = true,
      description = "Whether the copy is on the disk when the command ends. Default: it is.")
  private @Nullable Boolean sync;

  @Option(
      names = "--progress",
      negatable = true,
      description = "Whether to show the progress. Default: on a terminal.")
  private @Nullable Boolean progress;

  @Option(
      names = {"-q", "--quiet"},
      description = "Says nothing if all goes well.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    Path to = checkedTarget();
    try (AioContext context = aio().openContext();
        PartFile part = PartFile.of(to)) {
      OnInterrupt.run(() -> interrupted(context, part, to), () -> copy(context, part));
    }
    return 0;
  }

  private void copy(AioContext context, PartFile part) throws IOException {
    boolean synced = sync == null || sync;
    OpenMode mode = synced ? part.mode(source) : part.mode(source).withoutSyncOnClose();
    long start = System.nanoTime();
    long bytes =
        isProgressShown()
            ? copyWithProgress(context, part.path(), mode)
            : context.files().copyAsync(source, part.path(), mode).await();
    part.commit();
    if (synced) {
      part.syncDirectory();
    }
    if (!quiet) {
      String speed = Amounts.speed(bytes, System.nanoTime() - start);
      aio().err().println(speed + " (" + context.backend() + (synced ? ", synced)" : ")"));
    }
  }

  private Path checkedTarget() throws IOException {
    if (Files.isDirectory(source)) {
      throw new IOException(source + " is a directory: only files are copied");
    }
    Path name = source.getFileName();
    Path to = Files.isDirectory(target) && name != null ? target.resolve(name) : target;
    if (Files.exists(source) && Files.exists(to) && Files.isSameFile(source, to)) {
      throw new IOException(source + " and " + to + " are the same file");
    }
    return to;
  }

  /**
   * Where there is something to show: the size of a FIFO or a file of /proc is not known before.
   */
  private boolean isProgressShown() throws IOException {
    boolean wanted = progress != null ? progress : !quiet && Terminal.isThere();
    return wanted && Files.isRegularFile(source) && Files.size(source) > 0;
  }

  private long copyWithProgress(AioContext context, Path to, OpenMode mode) throws IOException {
    try (AsyncFile from = context.openFileAsync(source, OpenMode.READ).await();
        AsyncFile copy = context.openFileAsync(to, mode).await()) {
      long size = from.sizeAsync().await();
      try (ProgressBar bar = bar(size)) {
        new Copy(from, copy, size, bar::stepBy).runAsync().join();
      }
      return size;
    }
  }

  private ProgressBar bar(long size) {
    return new ProgressBarBuilder()
        .setTaskName(String.valueOf(source.getFileName()))
        .setInitialMax(size)
        .setUnit(" MiB", 1 << 20)
        .showSpeed()
        .setConsumer(new ConsoleProgressBarConsumer(aio().err()))
        .build();
  }

  private void interrupted(AioContext context, PartFile part, Path to) {
    String copied = Amounts.bytes(context.metrics().bytesWritten());
    try {
      part.close();
      aio().err().println("\naio: interrupted after " + copied + ": " + to + part.left());
    } catch (IOException e) {
      aio().err().println("\naio: interrupted; " + Faults.describe(e));
    }
  }
}
