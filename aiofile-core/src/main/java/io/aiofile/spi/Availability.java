package io.aiofile.spi;

import java.util.Objects;

/**
 * Whether a backend works on this machine, found by trying.
 *
 * @param available whether it does
 * @param reason why not, and what would help; or, if available, what was found
 */
public record Availability(boolean available, String reason) {

  /** Refuses null. */
  public Availability {
    Objects.requireNonNull(reason, "reason");
  }

  /**
   * It works.
   *
   * @param found what was found, such as "libaio.so.1"; may be empty
   * @return the verdict
   */
  public static Availability yes(String found) {
    return new Availability(true, found);
  }

  /**
   * It does not work.
   *
   * @param reason why, and what would help
   * @return the verdict
   */
  public static Availability no(String reason) {
    return new Availability(false, reason);
  }
}
