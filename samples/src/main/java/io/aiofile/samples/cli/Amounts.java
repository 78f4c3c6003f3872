package io.aiofile.samples.cli;

import java.util.Locale;

/** Bytes, times and speeds as people read them. */
public final class Amounts {

  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

  private Amounts() {}

  /** Such as "1.5 GiB". */
  public static String bytes(long bytes) {
    double amount = (double) bytes;
    int unit = 0;
    while (amount >= 1024 && unit < UNITS.length - 1) {
      amount /= 1024;
      unit++;
    }
    return String.format(
        Locale.ROOT, unit == 0 || amount >= 100 ? "%.0f %s" : "%.1f %s", amount, UNITS[unit]);
  }

  /** Such as "1.5 GiB in 2.0 s, 768 MiB/s". */
  public static String speed(long bytes, long nanos) {
    double seconds = Math.max(nanos, 1) / 1e9;
    return String.format(
        Locale.ROOT,
        "%s in %s, %s/s",
        bytes(bytes),
        time(nanos),
        bytes(Math.round(bytes / seconds)));
  }

  /** Such as "2.0 s" or "350 ms". */
  public static String time(long nanos) {
    return nanos < 1_000_000_000L
        ? String.format(Locale.ROOT, "%.3g ms", nanos / 1e6)
        : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }
}
