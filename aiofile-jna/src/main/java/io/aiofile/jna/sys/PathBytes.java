package io.aiofile.jna.sys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Paths as the kernel wants them: bytes with a NUL at the end. */
final class PathBytes {

  /** What the JDK encodes file names in; not {@code file.encoding}, which is for contents. */
  private static final Charset ENCODING = encoding(System.getProperty("sun.jnu.encoding"));

  private static final byte[] EMPTY = {0};
  private static final byte[] NONE = {};

  /**
   * Encodes, with a NUL at the end.
   *
   * @return of length 0 if that can't be done: the bytes would name another file, since one
   *     character would be replaced or a NUL would end the path early
   */
  static byte[] of(String path) {
    if (path.isEmpty()) {
      return EMPTY;
    }
    if (path.indexOf('\0') >= 0) {
      return NONE;
    }
    try {
      ByteBuffer encoded = ENCODING.newEncoder().encode(CharBuffer.wrap(path));
      byte[] bytes = new byte[encoded.remaining() + 1];
      encoded.get(bytes, 0, encoded.remaining());
      return bytes;
    } catch (CharacterCodingException e) {
      return NONE;
    }
  }

  private static Charset encoding(@Nullable String name) {
    return name != null && Charset.isSupported(name)
        ? Charset.forName(name)
        : StandardCharsets.UTF_8;
  }

  private PathBytes() {}
}
