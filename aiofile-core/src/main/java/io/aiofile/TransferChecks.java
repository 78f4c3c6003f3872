package io.aiofile;

import io.aiofile.FileIoException.Failure;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;

/** What the calls of an {@link AsyncFile} throw for arguments that its file can't serve. */
final class TransferChecks {

  private final FileHandle handle;

  TransferChecks(FileHandle handle) {
    this.handle = handle;
  }

  void read(long position) {
    handle.mode().checkReadable();
    position(position);
  }

  void read(ByteBuffer target, long position) {
    read(position);
    if (target.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
  }

  void write(long position, int length) {
    handle.mode().checkWritable();
    if (handle.mode().appending()) {
      throw new IllegalStateException(
          handle.path() + " is opened for append, where positions mean nothing: use appendAsync");
    }
    position(position);
    if (position > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "position and length must be at most 2^63-1 together: " + position + ", " + length);
    }
    multiple("position", position);
    multiple("length", length);
  }

  void append(int length) {
    handle.mode().checkWritable();
    if (!handle.mode().appending()) {
      throw new IllegalStateException(
          handle.path()
              + " is not opened for append: use writeAsync with a position, or mode \"a\"");
    }
    multiple("length", length);
  }

  private void position(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be 0 or more: " + position);
    }
    if (!handle.backend().seekable()) {
      throw new IllegalStateException(
          handle.path() + " is not seekable, and has no positions: use BinaryFile");
    }
  }

  private void multiple(String name, long bytes) {
    int unit = handle.backend().alignment().offset();
    if (bytes % unit != 0) {
      throw new IllegalArgumentException(
          new FileIoException(
                  Failure.of("write", handle.path()),
                  name + " " + bytes,
                  "O_DIRECT needs position and length in multiples of " + unit,
                  null)
              .getMessage());
    }
  }
}
