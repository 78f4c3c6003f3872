package io.aiofile.jna.sys;

import java.util.Locale;

/** Why native code can't be called, in words. */
public final class NativeAccess {

  /**
   * What a failed binding means, and what would help. "Unavailable" is a value: JNA reports it by
   * half a dozen kinds of {@link Error}, and each would end a thread that only wanted to know.
   *
   * @param failure what the binding threw; rethrown if the virtual machine itself is in trouble
   */
  public static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof VirtualMachineError trouble) {
      throw trouble;
    }
    String text = gist(String.valueOf(root.getMessage()));
    String said = root.getClass().getSimpleName() + ": " + text;
    if (root instanceof IllegalCallerException) {
      return said + "; start the JVM with --enable-native-access=com.sun.jna (or ALL-UNNAMED)";
    }
    if (root instanceof ClassNotFoundException) {
      return "JNA is not there: add net.java.dev.jna:jna (" + said + ")";
    }
    // What dlopen says where the file system is mounted noexec; the stub is unpacked there.
    if (text.toLowerCase(Locale.ROOT).contains("failed to map segment")) {
      return said + "; set -Djna.tmpdir to a directory that is not mounted noexec";
    }
    return said;
  }

  /**
   * JNA puts "Unable to load library" in the first line, and the dynamic linker's words in the
   * next.
   */
  private static String gist(String message) {
    return message
        .lines()
        .filter(line -> !line.startsWith("Unable to load library"))
        .findFirst()
        .orElse(message);
  }

  private NativeAccess() {}
}
