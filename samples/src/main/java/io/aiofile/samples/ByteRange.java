package io.aiofile.samples;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request for part of a file asks for.
 *
 * @param first byte, counted from 0
 * @param length in bytes; 0 if there is nothing there (status 416)
 */
record ByteRange(long first, long length) {

  // 18 digits fit into a long.
  private static final Pattern ONE_RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /**
   * Reads the Range header of a request (RFC 9110, section 14.2).
   *
   * @param header or null if there is none
   * @param size of the file, in bytes
   * @return the range; null where all of the file is to be sent: also for what is malformed, and
   *     for several ranges, both of which a server may ignore
   */
  static @Nullable ByteRange parse(@Nullable String header, long size) {
    Matcher matcher = ONE_RANGE.matcher(header == null ? "" : header.strip());
    if (!matcher.matches()) {
      return null;
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty() && last.isEmpty()) {
      return null;
    }
    if (first.isEmpty()) {
      long length = Math.min(Long.parseLong(last), size);
      return new ByteRange(size - length, length);
    }
    long from = Long.parseLong(first);
    long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
    if (to < from) {
      return null;
    }
    return from >= size
        ? new ByteRange(size, 0)
        : new ByteRange(from, Math.min(to, size - 1) - from + 1);
  }
}
