package io.aiofile;

import io.aiofile.spi.Availability;
import io.aiofile.spi.Backend;
import io.aiofile.spi.BackendConfig;
import io.aiofile.spi.BackendProvider;
import io.aiofile.spi.ChannelBackend;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the backend: the options' name, else the system property {@code aiofile.backend}, else
 * the environment's {@code AIOFILE_BACKEND}, else the class path's {@code
 * META-INF/aiofile/default-backend}, else the best that is available.
 *
 * <p>A name from the program that can't be had is an error; one from outside is warned about once,
 * and the automatic choice is used.
 */
final class BackendSelector {

  static final String PROPERTY = "aiofile.backend";
  static final String VARIABLE = "AIOFILE_BACKEND";
  static final String RESOURCE = "META-INF/aiofile/default-backend";

  private static final System.Logger LOG = System.getLogger("io.aiofile");
  private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

  /** A name that something outside the program asks for. */
  private record Wish(String name, String source) {}

  private final List<BackendProvider> providers;
  private final List<String> refusals = new ArrayList<>();

  BackendSelector(List<BackendProvider> providers) {
    this.providers =
        providers.stream()
            .sorted(Comparator.comparingInt(BackendProvider::preference).reversed())
            .toList();
  }

  /** With the providers that this library's class loader sees, or else the thread's. */
  static BackendSelector ofInstalled() {
    List<BackendProvider> found = new ArrayList<>();
    load(ServiceLoader.load(BackendProvider.class), found);
    load(ServiceLoader.load(BackendProvider.class, BackendSelector.class.getClassLoader()), found);
    return new BackendSelector(found);
  }

  /** One provider that can't be loaded, for want of JNA for instance, must not hide the others. */
  private static void load(ServiceLoader<BackendProvider> loader, List<BackendProvider> found) {
    Iterator<BackendProvider> each = loader.iterator();
    while (true) {
      try {
        if (!each.hasNext()) {
          return;
        }
        BackendProvider provider = each.next();
        if (found.stream().noneMatch(known -> known.name().equals(provider.name()))) {
          found.add(provider);
        }
      } catch (ServiceConfigurationError | LinkageError e) {
        warnOnce("provider " + e.getMessage(), "a backend can't be loaded: " + e);
      }
    }
  }

  /** The lanes for channels, whatever backend the context has. */
  static ChannelBackend startChannels(BackendConfig config) throws IOException {
    for (BackendProvider provider : ofInstalled().providers) {
      if (provider.name().equals("java") && provider.start(config) instanceof ChannelBackend own) {
        return own;
      }
    }
    throw new IOException("the java backend is missing, which this library's own jar brings");
  }

  /**
   * Starts the backend of a context.
   *
   * @param asked by the program; null for the choice by environment, or automatic
   * @throws IllegalArgumentException if the program asked for an unknown name
   * @throws UncheckedIOException if what it asked for is not available, or nothing is
   */
  Backend start(@Nullable String asked, BackendConfig config) {
    if (asked != null) {
      return startAsked(asked, config);
    }
    Wish wish = wish();
    if (wish != null) {
      Backend granted = startWished(wish, config);
      if (granted != null) {
        return granted;
      }
    }
    return startBest(config);
  }

  private Backend startAsked(String asked, BackendConfig config) {
    BackendProvider provider =
        named(asked)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "unknown backend \"" + asked + "\"; there are: " + describe()));
    Availability found = provider.availability();
    if (!found.available()) {
      throw new UncheckedIOException(
          new IOException("backend \"" + asked + "\" is not available: " + found.reason()));
    }
    try {
      return provider.start(config);
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("backend \"" + asked + "\" is not available: " + e.getMessage(), e));
    }
  }

  private @Nullable Backend startWished(Wish wish, BackendConfig config) {
    Optional<BackendProvider> provider = named(wish.name());
    String reason = "there is no such backend";
    if (provider.isPresent()) {
      Availability found = provider.get().availability();
      reason = found.reason();
      if (found.available()) {
        try {
          return provider.get().start(config);
        } catch (IOException e) {
          reason = String.valueOf(e.getMessage());
        }
      }
    }
    warnOnce(
        wish.toString(),
        "backend \""
            + wish.name()
            + "\" ("
            + wish.source()
            + ") can't be used: "
            + reason
            + "; choosing automatically from: "
            + describe());
    return null;
  }

  private Backend startBest(BackendConfig config) {
    for (BackendProvider provider : providers) {
      // Those below zero are for tests: used only when asked for.
      if (provider.preference() < 0) {
        continue;
      }
      Availability found = provider.availability();
      if (!found.available()) {
        refusals.add(provider.name() + ": " + found.reason());
        continue;
      }
      try {
        return provider.start(config);
      } catch (IOException e) {
        refusals.add(provider.name() + ": " + e.getMessage());
        warnOnce(
            provider.name() + e.getMessage(),
            "backend \"" + provider.name() + "\" could not be started, trying the next: " + e);
      }
    }
    throw new UncheckedIOException(
        new IOException("no backend is available: " + String.join("; ", refusals)));
  }

  /** Why better ones than the chosen were passed over, at the time of the choice. */
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  private Optional<BackendProvider> named(String name) {
    String wanted = name.trim().toLowerCase(Locale.ROOT);
    return providers.stream()
        .filter(each -> each.name().equals(wanted) || each.aliases().contains(wanted))
        .findFirst();
  }

  private static @Nullable Wish wish() {
    String property = System.getProperty(PROPERTY);
    if (property != null && !property.isBlank()) {
      return new Wish(property.trim(), "system property " + PROPERTY);
    }
    String variable = System.getenv(VARIABLE);
    if (variable != null && !variable.isBlank()) {
      return new Wish(variable.trim(), "environment variable " + VARIABLE);
    }
    String resource = resource();
    return resource == null ? null : new Wish(resource, "class path resource " + RESOURCE);
  }

  private static @Nullable String resource() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    if (loader == null) {
      loader = BackendSelector.class.getClassLoader();
    }
    try (InputStream stream = loader.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        return null;
      }
      return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
          .lines()
          .map(String::trim)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .findFirst()
          .orElse(null);
    } catch (IOException | UncheckedIOException e) {
      warnOnce(RESOURCE, "can't read " + RESOURCE + ": " + e);
      return null;
    }
  }

  /** A line for each backend: "available", or why not. */
  String describe() {
    StringBuilder lines = new StringBuilder();
    for (BackendProvider provider : providers) {
      Availability found = provider.availability();
      lines.append("\n  ").append(provider.name());
      if (!provider.aliases().isEmpty()) {
        lines.append(" (").append(String.join(", ", provider.aliases())).append(')');
      }
      lines.append(": ").append(found.available() ? "available" : "not available");
      lines.append(found.reason().isEmpty() ? "" : ": " + found.reason());
    }
    return lines.toString();
  }

  private static void warnOnce(String key, String text) {
    if (WARNED.add(key)) {
      LOG.log(System.Logger.Level.WARNING, text);
    }
  }
}
