package io.aiofile.jna;

import io.aiofile.jna.engine.NativeBackend;
import io.aiofile.jna.libaio.AioBinding;
import io.aiofile.jna.libaio.LibaioQueue;
import io.aiofile.jna.sys.LibC;
import io.aiofile.spi.Availability;
import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.BackendProvider;
import java.io.IOException;
import java.util.List;

/**
 * The backend {@code libaio} (or {@code linux}): Linux AIO with a completion thread for O_DIRECT
 * transfers and syncs, the caller's thread for what is in the page cache, workers for the rest.
 *
 * <p>Not for use by applications: found by {@link java.util.ServiceLoader}.
 */
public final class LibaioProvider implements BackendProvider {

  private static final int TRIAL_SLOTS = 1;

  /** For {@link java.util.ServiceLoader}; never throws. */
  public LibaioProvider() {}

  @Override
  public String name() {
    return "libaio";
  }

  @Override
  public List<String> aliases() {
    return List.of("linux");
  }

  @Override
  public int preference() {
    return 200;
  }

  @Override
  public Availability availability() {
    return NativeTrial.run(LibaioProvider::tryOut);
  }

  private static String tryOut(LibC libc) throws IOException {
    AioBinding.Bound bound = AioBinding.bindFirst(libc);
    LibaioQueue.open(libc, bound, TRIAL_SLOTS).close();
    return bound.binding().title();
  }

  @Override
  public Backend start(BackendConfig config) throws IOException {
    LibC libc = NativeTrial.libc();
    LibaioQueue queue = LibaioQueue.open(libc, AioBinding.bindFirst(libc), config.maxRequests());
    return NativeBackend.start(name(), libc, queue, config);
  }
}
