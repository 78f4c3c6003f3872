package io.aiofile.samples.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Turns what went wrong into one line and an exit code. */
final class Faults {

  static final int FAILED = 1;
  static final int UNREAD_OUTPUT = 141;

  private static final Pattern LIST_BEGIN = Pattern.compile("(?<=:)\\s*\\n\\s*");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

  private final PrintStream err;
  private final BooleanSupplier verbose;

  Faults(PrintStream err, BooleanSupplier verbose) {
    this.err = err;
    this.verbose = verbose;
  }

  int ofArguments(ParameterException fault, String[] args) {
    CommandLine command = fault.getCommandLine();
    err.println("aio: " + oneLine(String.valueOf(fault.getMessage())));
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  int exitCode(Throwable failure) {
    Throwable cause = unwrapped(failure);
    if (cause instanceof Output.Failed output && output.isUnread()) {
      return UNREAD_OUTPUT;
    }
    err.println("aio: " + describe(cause));
    if (verbose.getAsBoolean()) {
      failure.printStackTrace(err);
    }
    return FAILED;
  }

  /** What went wrong, on one line. */
  static String describe(Throwable failure) {
    Throwable cause = unwrapped(failure);
    String text;
    if (cause instanceof NoSuchFileException missing) {
      text = missing.getFile() + ": no such file or directory";
    } else if (cause instanceof AccessDeniedException denied) {
      text = denied.getFile() + ": permission denied";
    } else if (cause instanceof FileAlreadyExistsException there) {
      text = there.getFile() + ": exists already";
    } else if (cause instanceof CancellationException) {
      text = "cancelled";
    } else if (cause instanceof IOException
        || cause instanceof IllegalArgumentException
        || cause instanceof IllegalStateException) {
      text = Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
    } else {
      text = cause.toString();
    }
    return oneLine(text);
  }

  /** A name with a line's end or an escape sequence in it must not play tricks on the terminal. */
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder();
    LIST_BEGIN
        .matcher(text)
        .replaceAll(" ")
        .lines()
        .map(String::strip)
        .forEach(part -> line.append(line.isEmpty() ? "" : "; ").append(part));
    return CONTROL
        .matcher(line)
        .replaceAll(control -> "\\\\x%02x".formatted((int) control.group().charAt(0)));
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    return cause;
  }
}
