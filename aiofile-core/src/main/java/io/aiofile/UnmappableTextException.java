package io.aiofile;

import java.nio.charset.UnmappableCharacterException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A character that there is no counterpart for: when writing, one that the charset does not have,
 * or half a surrogate pair; when reading, bytes that mean no Unicode character.
 *
 * <pre>'€' (U+20AC) at index 4: not in ISO-8859-1</pre>
 *
 * <p>Not for bytes that are no character of the charset at all: that is {@link
 * MalformedTextException}.
 */
public final class UnmappableTextException extends UnmappableCharacterException {

  private static final long serialVersionUID = 1L;

  private final long position;
  private final String message;

  /** Of reading. */
  UnmappableTextException(TextFault fault, @Nullable Path path) {
    super(fault.length());
    this.position = fault.position();
    this.message = fault.describe(path, fault.charset() + " maps to no character");
  }

  /** Of writing. */
  UnmappableTextException(int index, int length, String message) {
    super(length);
    this.position = index;
    this.message = message;
  }

  /**
   * Where it is.
   *
   * @return when reading, the offset in the file, in bytes from its start; when writing, the index
   *     in the text, in {@code char}s
   */
  public long position() {
    return position;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
