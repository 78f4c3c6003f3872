package io.aiofile.jna.sys;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The C library of this process (glibc or musl), by JNA direct mapping: primitives only, apart from
 * paths. A call costs 0.25 µs more than the system call itself.
 */
public final class NativeLibC implements LibC {

  /**
   * What {@link #loadOrReason()} found: one of the two is null.
   *
   * @param libc the library
   * @param reason why there is none
   */
  public record Loaded(@Nullable LibC libc, @Nullable String reason) {}

  /** {@code sizeof(struct statfs)}. */
  private static final int STATFS_BYTES = 120;

  private static @Nullable Loaded loaded;

  private final boolean hasPreadv2;

  private NativeLibC(boolean hasPreadv2) {
    this.hasPreadv2 = hasPreadv2;
  }

  /**
   * The C library, or why it can't be called: another operating system or processor, JNA not there,
   * its stub not loadable (a temporary directory mounted noexec), native access denied to it (JDK
   * 24 and later). The answer stays the same as long as the process lives.
   */
  public static synchronized Loaded loadOrReason() {
    Loaded answer = loaded;
    if (answer == null) {
      answer = load();
      loaded = answer;
    }
    return answer;
  }

  private static Loaded load() {
    String system = System.getProperty("os.name", "");
    if (!system.equals("Linux")) {
      return new Loaded(null, "needs Linux, this is " + system);
    }
    if (Architecture.current() == null) {
      return new Loaded(
          null, "needs x86-64 or aarch64, this is " + System.getProperty("os.arch", "unknown"));
    }
    try {
      return new Loaded(bind(), null);
    } catch (Error | RuntimeException e) {
      return new Loaded(null, NativeAccess.reason(e));
    }
  }

  private static LibC bind() {
    // The library by way of the process: the name differs (libc.so.6, ld-musl-x86_64.so.1), and
    // with development files installed "libc.so" is a linker script.
    NativeLibrary process = NativeLibrary.getProcess();
    Native.register(Calls.class, process);
    return new NativeLibC(bindPreadv2(process));
  }

  /**
   * glibc has preadv2 since 2.26, musl since 1.2.5: until then by number, which costs 40 ns more.
   */
  private static boolean bindPreadv2(NativeLibrary process) {
    try {
      Native.register(Preadv2.class, process);
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  private static final class Calls {
    static native int open(byte[] path, int flags, int mode);

    static native int close(int fd);

    static native long pread(int fd, long address, long length, long position);

    static native long pwrite(int fd, long address, long length, long position);

    static native long read(int fd, long address, long length);

    static native long write(int fd, long address, long length);

    static native int fsync(int fd);

    static native int fdatasync(int fd);

    static native int ftruncate(int fd, long size);

    static native int fallocate(int fd, int mode, long position, long length);

    static native long lseek(int fd, long position, int whence);

    static native int fcntl(int fd, int command, long argument);

    static native int fstatfs(int fd, byte[] statfs);

    static native int poll(long pollfds, long count, int timeoutMillis);

    static native int eventfd(int initial, int flags);

    static native long mmap(
        long address, long length, int protection, int flags, int fd, long position);

    static native int munmap(long address, long length);

    static native int madvise(long address, long length, int advice);

    static native long syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6);

    /** The same function, for calls whose second argument is a path. */
    static native long syscall(
        long number, long a1, byte[] path, long a3, long a4, long a5, long a6);

    static native int getpagesize();

    static native int getpid();

    private Calls() {}
  }

  private static final class Preadv2 {
    static native long preadv2(int fd, long iovec, int count, long position, int flags);

    private Preadv2() {}
  }

  /** errno is per thread, and JNA keeps it for the thread from the end of the call on. */
  private static long result(long returned) {
    return returned >= 0 ? returned : -lastErrno();
  }

  private static int result(int returned) {
    return returned >= 0 ? returned : -lastErrno();
  }

  private static int lastErrno() {
    int errno = Native.getLastError();
    // A failure without a reason must not turn into 0, which is a success.
    return errno > 0 ? errno : Errno.EIO;
  }

  @Override
  public int open(String path, int flags, int mode) {
    byte[] bytes = PathBytes.of(path);
    return bytes.length == 0
        ? -Errno.EILSEQ
        : result(Calls.open(bytes, flags | OpenFlags.O_CLOEXEC, mode));
  }

  @Override
  public int close(int fd) {
    return result(Calls.close(fd));
  }

  @Override
  public long pread(int fd, long address, long length, long position) {
    return result(Calls.pread(fd, address, length, position));
  }

  @Override
  public long pwrite(int fd, long address, long length, long position) {
    return result(Calls.pwrite(fd, address, length, position));
  }

  @Override
  public long read(int fd, long address, long length) {
    return result(Calls.read(fd, address, length));
  }

  @Override
  public long write(int fd, long address, long length) {
    return result(Calls.write(fd, address, length));
  }

  @Override
  public long preadv2(int fd, long iovec, int count, long position, int flags) {
    // The system call takes the position in two halves, of which a 64-bit kernel ignores the
    // second.
    return result(
        hasPreadv2
            ? Preadv2.preadv2(fd, iovec, count, position, flags)
            : Calls.syscall(SystemCall.PREADV2, fd, iovec, count, position, 0, flags));
  }

  @Override
  public int fsync(int fd) {
    return result(Calls.fsync(fd));
  }

  @Override
  public int fdatasync(int fd) {
    return result(Calls.fdatasync(fd));
  }

  @Override
  public int ftruncate(int fd, long size) {
    return result(Calls.ftruncate(fd, size));
  }

  @Override
  public int fallocate(int fd, int mode, long position, long length) {
    return result(Calls.fallocate(fd, mode, position, length));
  }

  @Override
  public long lseek(int fd, long position, int whence) {
    return result(Calls.lseek(fd, position, whence));
  }

  @Override
  public int fcntl(int fd, int command, int argument) {
    return result(Calls.fcntl(fd, command, argument));
  }

  @Override
  public int statx(int directory, String path, int flags, int mask, long statx) {
    byte[] bytes = PathBytes.of(path);
    // By number: glibc has a wrapper only since 2.28.
    return bytes.length == 0
        ? -Errno.EILSEQ
        : (int) result(Calls.syscall(SystemCall.STATX, directory, bytes, flags, mask, statx, 0));
  }

  @Override
  public long fileSystemType(int fd) {
    byte[] statfs = new byte[STATFS_BYTES];
    int result = result(Calls.fstatfs(fd, statfs));
    // f_type is the first member, a long that holds an unsigned 32-bit number.
    return result < 0
        ? result
        : ByteBuffer.wrap(statfs).order(ByteOrder.nativeOrder()).getLong(0) & 0xFFFF_FFFFL;
  }

  @Override
  public int poll(long pollfds, int count, int timeoutMillis) {
    return result(Calls.poll(pollfds, count, timeoutMillis));
  }

  @Override
  public int eventfd(int initial, int flags) {
    return result(Calls.eventfd(initial, flags));
  }

  @Override
  public long mmap(long address, long length, int protection, int flags, int fd, long position) {
    return result(Calls.mmap(address, length, protection, flags, fd, position));
  }

  @Override
  public int munmap(long address, long length) {
    return result(Calls.munmap(address, length));
  }

  @Override
  public int madvise(long address, long length, int advice) {
    return result(Calls.madvise(address, length, advice));
  }

  @Override
  public long syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6) {
    return result(Calls.syscall(number, a1, a2, a3, a4, a5, a6));
  }

  @Override
  public int getpagesize() {
    return Calls.getpagesize();
  }

  @Override
  public int getpid() {
    return Calls.getpid();
  }
}
