package io.aiofile.threads;

import io.aiofile.spi.Availability;
import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.BackendProvider;
import java.util.List;

/**
 * Makes the {@code java} backend known: available everywhere, and the last choice.
 *
 * <p>Public for {@link java.util.ServiceLoader} only.
 */
public final class FileChannelBackendProvider implements BackendProvider {

  static final String NAME = "java";

  /** For {@link java.util.ServiceLoader}. */
  public FileChannelBackendProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> aliases() {
    return List.of("python");
  }

  @Override
  public int preference() {
    return 0;
  }

  @Override
  public Availability availability() {
    return Availability.yes("FileChannel of Java " + Runtime.version().feature());
  }

  @Override
  public Backend start(BackendConfig config) {
    return new FileChannelBackend(config);
  }
}
