package io.aiofile.spi;

import java.io.IOException;
import java.util.List;

/**
 * How a backend is found: a {@link java.util.ServiceLoader} service.
 *
 * <p>The constructor and {@link #availability()} must not throw, whatever the machine lacks; what
 * is missing is the availability's reason.
 */
public interface BackendProvider {

  /** {@return the name, as users write it in options; lower case} */
  String name();

  /** {@return other names for it} */
  default List<String> aliases() {
    return List.of();
  }

  /** {@return its place in the automatic choice: the highest available one is taken} */
  int preference();

  /** {@return whether it works here, found by trying, and why not} */
  Availability availability();

  /**
   * Starts the backend.
   *
   * @param config sizes and names
   * @return the backend
   * @throws IOException with the reason for people, when this machine refuses it after all
   */
  Backend start(BackendConfig config) throws IOException;
}
