package io.aiofile.samples.cli;

import java.io.Console;

/** Whether someone watches. */
final class Terminal {

  private Terminal() {}

  @SuppressWarnings("SystemConsoleNull") // null before JDK 22, which is asked below
  static boolean isThere() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // Since JDK 22 there is a console also where there is no terminal; this tells.
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
