package io.aiofile.jna.sys;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The instruction sets whose system-call numbers and flags are written down here. */
enum Architecture {
  X86_64,
  AARCH64;

  private static final @Nullable Architecture CURRENT = of(System.getProperty("os.arch", ""));

  /** Of this JVM; null if it is none of these. */
  static @Nullable Architecture current() {
    return CURRENT;
  }

  /**
   * The JDK calls x86-64 "amd64" on Linux and "x86_64" elsewhere; 32-bit JVMs are "i386" and "arm".
   */
  static @Nullable Architecture of(String osArch) {
    return switch (osArch.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default -> null;
    };
  }

  /**
   * One of two numbers; on any other architecture the first, which {@link NativeLibC} lets nobody
   * use.
   */
  static int pick(int x86, int arm) {
    return CURRENT == AARCH64 ? arm : x86;
  }
}
