package io.aiofile.threads;

import io.aiofile.spi.Operation;
import java.nio.ByteBuffer;

/** The part of an operation's buffer that it is about. */
final class Transfers {

  private Transfers() {}

  /** A view with position and limit set; the operation's own buffer stays as it is. */
  static ByteBuffer slice(Operation operation) {
    int index = operation.index();
    int end = Math.addExact(index, Math.toIntExact(operation.length()));
    return operation.buffer().duplicate().limit(end).position(index);
  }
}
