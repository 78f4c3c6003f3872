package io.aiofile.jna;

import io.aiofile.jna.sys.AlignedMemory;
import io.aiofile.jna.sys.Errno;
import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.NativeAccess;
import io.aiofile.jna.sys.NativeLibC;
import io.aiofile.jna.sys.StatX;
import io.aiofile.spi.Availability;
import java.io.IOException;

/** Finds out by trying whether system calls can be made from here. */
final class NativeTrial {

  /** What a backend tries; returns what it found, or throws the reason why not. */
  interface Trial {
    String run(LibC libc) throws IOException;
  }

  /** A verdict on everything that is needed; throws nothing, whatever the machine lacks. */
  static Availability run(Trial trial) {
    try {
      return Availability.yes(trial.run(libc()));
    } catch (IOException e) {
      return Availability.no(String.valueOf(e.getMessage()));
    } catch (LinkageError | RuntimeException | OutOfMemoryError e) {
      return Availability.no(e instanceof OutOfMemoryError ? e.toString() : NativeAccess.reason(e));
    }
  }

  /** The C library, and with it the system calls that no lane can do without. */
  static LibC libc() throws IOException {
    LibC libc;
    try {
      NativeLibC.Loaded loaded = NativeLibC.loadOrReason();
      libc = loaded.libc();
      if (libc == null) {
        throw new IOException(loaded.reason());
      }
    } catch (LinkageError e) {
      // JNA's classes are missing altogether.
      throw new IOException(NativeAccess.reason(e), e);
    }
    tryStatx(libc);
    return libc;
  }

  private static void tryStatx(LibC libc) throws IOException {
    try (AlignedMemory memory = AlignedMemory.allocate(libc, StatX.BYTES)) {
      int result = libc.statx(StatX.AT_FDCWD, "/", 0, StatX.STATX_BASIC_STATS, memory.address());
      if (result < 0) {
        throw new IOException(
            "statx: " + Errno.describe(-result) + "; needs Linux 4.11, or it is blocked (seccomp)");
      }
    } catch (OutOfMemoryError e) {
      throw new IOException("no native memory: " + e.getMessage(), e);
    }
  }

  private NativeTrial() {}
}
