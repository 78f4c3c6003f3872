/** Asynchronous file I/O for the JVM. */
module io.aiofile.core {
  // Annotations only. "static": not needed at run time. "transitive": they stand in exported API.
  requires static transitive org.jspecify;

  exports io.aiofile;
  exports io.aiofile.spi;

  uses io.aiofile.spi.BackendProvider;

  provides io.aiofile.spi.BackendProvider with
      io.aiofile.threads.FileChannelBackendProvider;
}
