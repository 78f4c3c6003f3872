/** Backends of aiofile that call the kernel by way of JNA; ServiceLoader finds them. */
module io.aiofile.jna {
  requires com.sun.jna;
  requires io.aiofile.core;

  provides io.aiofile.spi.BackendProvider with
      io.aiofile.jna.LibaioProvider,
      io.aiofile.jna.PosixProvider;
}
