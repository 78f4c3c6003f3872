package io.aiofile.jna.sys;

/**
 * The seam to system calls.
 *
 * <p>Every method returns a value ≥ 0, or {@code -errno}: nobody looks at {@code errno} itself.
 * Nothing is retried here, {@code EINTR} included; what a failure means is for the caller to say.
 * Addresses and lengths are not checked: a wrong one corrupts memory or ends the process.
 *
 * <p>Any thread may call; {@link #poll}, {@link #read} and the like block the platform thread, and
 * pin a virtual one.
 */
public interface LibC {

  /**
   * open(2), with {@code O_CLOEXEC} added always: a child process must not keep the caller's files.
   *
   * @param path in the JVM's file-name encoding; {@code -EILSEQ} if that has no bytes for it, or if
   *     it holds a NUL
   * @param flags of {@link OpenFlags}
   * @param mode the permissions of a file that is created, before the umask
   */
  int open(String path, int flags, int mode);

  /**
   * close(2). Not to be repeated after {@code -EINTR}: Linux has released the descriptor by then.
   */
  int close(int fd);

  /** pread(2); 0 at the end of the file. */
  long pread(int fd, long address, long length, long position);

  /** pwrite(2). */
  long pwrite(int fd, long address, long length, long position);

  /** read(2). */
  long read(int fd, long address, long length);

  /** write(2). */
  long write(int fd, long address, long length);

  /**
   * preadv2(2).
   *
   * @param iovec address of {@code count} {@link IoVec}s
   * @param flags of {@link ReadWriteFlags}
   */
  long preadv2(int fd, long iovec, int count, long position, int flags);

  /**
   * copy_file_range(2), Linux 4.5; 0 at the end of the source.
   *
   * @param sourcePosition address of the offset in the source, which is moved on
   * @param targetPosition address of the offset in the target, which is moved on
   */
  default long copyFileRange(
      int source, long sourcePosition, int target, long targetPosition, long length) {
    return syscall(
        SystemCall.COPY_FILE_RANGE, source, sourcePosition, target, targetPosition, length, 0);
  }

  /** fsync(2). */
  int fsync(int fd);

  /** fdatasync(2). */
  int fdatasync(int fd);

  /** ftruncate(2). */
  int ftruncate(int fd, long size);

  /**
   * fallocate(2): the system call, not {@code posix_fallocate}, which writes zeros where a file
   * system can't allocate.
   *
   * @param mode of {@link FileControl}, 0 to allocate and grow
   */
  int fallocate(int fd, int mode, long position, long length);

  /**
   * lseek(2).
   *
   * @param whence of {@link FileControl}
   */
  long lseek(int fd, long position, int whence);

  /**
   * fcntl(2) with an int argument.
   *
   * @param command of {@link FileControl}
   */
  int fcntl(int fd, int command, int argument);

  /**
   * statx(2). For an open descriptor: an empty path and {@link StatX#AT_EMPTY_PATH}, or {@link
   * #statx(int, int, long)}.
   *
   * @param mask what is wanted; what was filled in is {@link StatX#mask}
   * @param statx address of {@link StatX#BYTES} bytes
   */
  int statx(int directory, String path, int flags, int mask, long statx);

  /** statx(2) of an open descriptor, as fstat(2) is to stat(2). */
  default int statx(int fd, int mask, long statx) {
    return statx(fd, "", StatX.AT_EMPTY_PATH, mask, statx);
  }

  /** The {@code f_type} of fstatfs(2): one of {@link FileSystemType}, or another. */
  long fileSystemType(int fd);

  /**
   * poll(2).
   *
   * @param pollfds address of {@code count} {@link PollFd}s
   * @param timeoutMillis -1 to wait without a limit
   */
  int poll(long pollfds, int count, int timeoutMillis);

  /**
   * eventfd(2).
   *
   * @param flags of {@link EventFd}
   */
  int eventfd(int initial, int flags);

  /**
   * mmap(2).
   *
   * @param protection of {@link Mapping}
   * @param flags of {@link Mapping}
   */
  long mmap(long address, long length, int protection, int flags, int fd, long position);

  /** munmap(2). */
  int munmap(long address, long length);

  /**
   * madvise(2).
   *
   * @param address a multiple of the page size
   * @param advice of {@link Mapping}
   */
  int madvise(long address, long length, int advice);

  /**
   * syscall(2): the way to calls that the C library has no wrapper for. Arguments that the call
   * doesn't have are 0.
   *
   * @param number of {@link SystemCall}
   */
  long syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6);

  /** getpagesize(2): of ordinary memory, in bytes. */
  int getpagesize();

  /** getpid(2). */
  int getpid();
}
