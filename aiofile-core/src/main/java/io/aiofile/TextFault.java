package io.aiofile;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that a decoder stumbled over.
 *
 * @param charset they were read in
 * @param position of the first one in the file
 * @param length in bytes
 * @param bytes the first few of them, in hexadecimal
 * @param isMalformed whether they are no character of the charset, rather than one that Unicode
 *     lacks
 */
record TextFault(String charset, long position, int length, String bytes, boolean isMalformed) {

  private static final int BYTES_SHOWN = 8;
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ").withUpperCase();

  /**
   * A fault.
   *
   * @param result what the decoder said, with the bytes' number
   * @param index of the first one
   * @param position of that in the file
   */
  static TextFault of(Charset charset, CoderResult result, byte[] bytes, int index, long position) {
    int end = Math.min(bytes.length, index + Math.min(result.length(), BYTES_SHOWN));
    return new TextFault(
        charset.name(),
        position,
        result.length(),
        HEX.formatHex(bytes, index, end),
        result.isMalformed());
  }

  CharacterCodingException exception(@Nullable Path path) {
    return isMalformed
        ? new MalformedTextException(this, path)
        : new UnmappableTextException(this, path);
  }

  String describe(@Nullable Path path, String problem) {
    return (path == null ? "" : path + " ")
        + "at "
        + position
        + ": "
        + problem
        + ": "
        + bytes
        + (length > BYTES_SHOWN ? " …" : "")
        + "; name the charset that it is in, or read it with"
        + " LineOptions.withMalformedInput(CodingErrorAction.REPLACE)";
  }
}
