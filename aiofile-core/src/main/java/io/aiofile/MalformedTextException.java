package io.aiofile;

import java.nio.charset.MalformedInputException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that are no text in the charset they were read in: where in the file, and which.
 *
 * <pre>notes.txt at 17: not UTF-8: E2 28; name the charset it is in, or use …</pre>
 *
 * <p>Not for bytes that are well formed and mean no Unicode character: that is {@link
 * UnmappableTextException}.
 */
public final class MalformedTextException extends MalformedInputException {

  private static final long serialVersionUID = 1L;

  private final long position;
  private final String message;

  MalformedTextException(TextFault fault, @Nullable Path path) {
    super(fault.length());
    this.position = fault.position();
    this.message = fault.describe(path, "not " + fault.charset());
  }

  /** {@return the offset in the file, in bytes from its start, of the first byte that is wrong} */
  public long position() {
    return position;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
