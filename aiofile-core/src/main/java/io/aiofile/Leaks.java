package io.aiofile;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Cleans up, and reports, what was dropped without close. */
final class Leaks {

  private static final System.Logger LOG = System.getLogger("io.aiofile");

  private static final Cleaner CLEANER =
      Cleaner.create(
          task -> {
            Thread thread = new Thread(task, "aiofile-cleaner");
            thread.setDaemon(true);
            return thread;
          });

  private Leaks() {}

  /** Ends the watch: the object was closed. */
  interface Watch {
    void end();
  }

  /** What works behind an object that is watched. */
  interface Engine {
    boolean isOpen();

    /** Closes where nobody waits for it. */
    void closeUnattended();
  }

  /**
   * Watches an object.
   *
   * @param what it is, for the report
   * @param withSite whether the report says where this was called
   * @param engine closed when the object was dropped; must not reach the object
   */
  static Watch watch(Object object, String what, boolean withSite, Engine engine) {
    Throwable site = withSite ? new Throwable("opened here") : null;
    AtomicBoolean ended = new AtomicBoolean();
    Cleaner.Cleanable cleanable = CLEANER.register(object, report(what, site, ended, engine));
    return () -> {
      ended.set(true);
      cleanable.clean();
    };
  }

  private static Runnable report(
      String what, @Nullable Throwable site, AtomicBoolean ended, Engine engine) {
    return () -> {
      // A file may have been closed by its context, without its own close.
      if (ended.get() || !engine.isOpen()) {
        return;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          what
              + " was dropped without close; it is closed now"
              + (site == null ? " (AioOptions.withOpenSites() tells where it was opened)" : ""),
          site);
      engine.closeUnattended();
    };
  }
}
