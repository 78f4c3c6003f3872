package io.aiofile.jna;

import io.aiofile.jna.engine.NativeBackend;
import io.aiofile.spi.Availability;
import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.BackendProvider;
import java.io.IOException;
import java.util.List;

/**
 * The backend {@code posix} (or {@code thread}): system calls on the caller's thread where they
 * can't wait, and on workers elsewhere. Linux only, since the former takes preadv2(2) and statx(2).
 *
 * <p>Not for use by applications: found by {@link java.util.ServiceLoader}.
 */
public final class PosixProvider implements BackendProvider {

  /** For {@link java.util.ServiceLoader}; never throws. */
  public PosixProvider() {}

  @Override
  public String name() {
    return "posix";
  }

  @Override
  public List<String> aliases() {
    return List.of("thread");
  }

  @Override
  public int preference() {
    return 100;
  }

  @Override
  public Availability availability() {
    return NativeTrial.run(libc -> "pread, preadv2");
  }

  @Override
  public Backend start(BackendConfig config) throws IOException {
    return NativeBackend.start(name(), NativeTrial.libc(), null, config);
  }
}
