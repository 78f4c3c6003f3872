package io.aiofile.jna.libaio;

import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.NativeAccess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The ways to Linux AIO, in the order they are tried. */
public enum AioBinding {
  LIBAIO("libaio.so.1") {
    @Override
    AioCalls calls(LibC libc) {
      return LibaioCalls.so1();
    }
  },
  LIBAIO_T64("libaio.so.1t64") {
    @Override
    AioCalls calls(LibC libc) {
      return LibaioCalls.so1t64();
    }
  },
  SYSTEM_CALLS("syscall") {
    @Override
    AioCalls calls(LibC libc) {
      return new RawAioCalls(libc);
    }
  };

  /** System property: the {@link #title()} of the only one to try. For tests and diagnosis. */
  public static final String PROPERTY = "aiofile.libaio.binding";

  /**
   * A way that is open.
   *
   * @param binding which one
   * @param calls the calls
   * @param refused why not those before it, each such as "libaio.so.1: UnsatisfiedLinkError: …"
   */
  public record Bound(AioBinding binding, AioCalls calls, List<String> refused) {

    /** Copies the list. */
    public Bound {
      refused = List.copyOf(refused);
    }
  }

  private final String title;

  AioBinding(String title) {
    this.title = title;
  }

  /** A SONAME or "syscall": for people, and as the value of {@link #PROPERTY}. */
  public String title() {
    return title;
  }

  /** Throws whatever JNA throws. */
  abstract AioCalls calls(LibC libc);

  /** The first that can be bound, or the one that {@link #PROPERTY} names. */
  public static Bound bindFirst(LibC libc) throws IOException {
    String wanted = System.getProperty(PROPERTY, "");
    List<String> refused = new ArrayList<>();
    for (AioBinding binding : values()) {
      if (!wanted.isEmpty() && !wanted.equals(binding.title)) {
        refused.add(binding.title + ": not " + PROPERTY);
        continue;
      }
      try {
        return new Bound(binding, binding.calls(libc), refused);
      } catch (Error | RuntimeException e) {
        refused.add(binding.title + ": " + NativeAccess.reason(e));
      }
    }
    throw new IOException(
        (wanted.isEmpty() ? "" : PROPERTY + "=" + wanted + ": ") + String.join("; ", refused));
  }

  /** This one and no other, whatever {@link #PROPERTY} says. */
  public Bound bind(LibC libc) throws IOException {
    try {
      return new Bound(this, calls(libc), List.of());
    } catch (Error | RuntimeException e) {
      throw new IOException(title + ": " + NativeAccess.reason(e), e);
    }
  }
}
