package io.aiofile.jna.engine;

import io.aiofile.jna.sys.DirectBuffers;
import io.aiofile.spi.Operation;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Where in memory an operation transfers to or from. Checked, since the kernel would not. */
final class Transfers {

  /** What one system call may move of it. */
  static int length(Operation operation, Descriptor file) {
    return (int) Math.min(operation.length(), file.traits().transferBytesMax());
  }

  /** The native address of the first byte; the operation keeps the buffer reachable. */
  static long address(Operation operation, int length) {
    return address(operation.buffer(), operation.index(), length);
  }

  static long address(ByteBuffer buffer, int index, int length) {
    Objects.checkFromIndexSize(index, length, buffer.capacity());
    return DirectBuffers.address(buffer) + index;
  }

  private Transfers() {}
}
