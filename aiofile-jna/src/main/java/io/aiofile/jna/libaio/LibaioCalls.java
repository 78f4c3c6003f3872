package io.aiofile.jna.libaio;

import com.sun.jna.FunctionMapper;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libaio by JNA direct mapping. They return {@code -errno} themselves and leave
 * {@code errno} alone (io_setup(3), "RETURN VALUE"), so nothing is translated here.
 *
 * <p>Direct mapping ties a class to one library for good; hence one class for each SONAME.
 */
final class LibaioCalls {

  private static final FunctionMapper NAMES =
      (library, method) -> "io_" + method.getName().toLowerCase(Locale.ROOT);

  static AioCalls so1() {
    return bind(new So1(), () -> "libaio.so.1");
  }

  static AioCalls so1t64() {
    return bind(new So1t64(), () -> locate("libaio.so.1t64"));
  }

  private static synchronized AioCalls bind(AioCalls calls, Supplier<String> nameOrPath) {
    // Once: to register again leaks what the first time allocated.
    if (!Native.registered(calls.getClass())) {
      Map<String, ?> options = Map.of(Library.OPTION_FUNCTION_MAPPER, NAMES);
      Native.register(calls.getClass(), NativeLibrary.getInstance(nameOrPath.get(), options));
    }
    return calls;
  }

  /**
   * The path of a library whose name JNA spoils: it takes {@code libaio.so.1t64} for an unversioned
   * one and asks for {@code liblibaio.so.1t64.so} (5.19, {@code NativeLibrary.isVersionedName}). A
   * path is used as it is.
   */
  private static String locate(String soname) {
    // The order in which JNA itself searches; it fills in the last property from ldconfig's cache.
    List<@Nullable String> searchPaths =
        Arrays.asList(
            System.getProperty("jna.library.path"),
            System.getenv("LD_LIBRARY_PATH"),
            System.getProperty("jna.platform.library.path"));
    return searchPaths.stream()
        .filter(Objects::nonNull)
        .flatMap(path -> Stream.of(path.split(File.pathSeparator)))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> new File(directory, soname))
        .filter(File::exists)
        .map(File::getAbsolutePath)
        .findFirst()
        .orElseThrow(() -> new UnsatisfiedLinkError(soname + ": not in any library directory"));
  }

  /** {@code libaio.so.1}: the name everywhere but on the systems below. */
  static final class So1 implements AioCalls {
    @Override
    public native int setup(int entries, long contextAddress);

    @Override
    public native int destroy(long context);

    @Override
    public native int submit(long context, long count, long iocbPointers);

    @Override
    public native int getEvents(long context, long min, long max, long events, long timeout);

    @Override
    public native int cancel(long context, long iocb, long event);
  }

  /** {@code libaio.so.1t64}: Debian 13 and Ubuntu 24.04, after their change to a 64-bit time_t. */
  static final class So1t64 implements AioCalls {
    @Override
    public native int setup(int entries, long contextAddress);

    @Override
    public native int destroy(long context);

    @Override
    public native int submit(long context, long count, long iocbPointers);

    @Override
    public native int getEvents(long context, long min, long max, long events, long timeout);

    @Override
    public native int cancel(long context, long iocb, long event);
  }

  private LibaioCalls() {}
}
