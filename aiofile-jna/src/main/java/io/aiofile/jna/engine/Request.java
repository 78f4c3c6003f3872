package io.aiofile.jna.engine;

import io.aiofile.spi.Operation;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An operation and the file it works on: what a queue or a slot holds, and so keeps reachable.
 *
 * <p>Requests are linked by themselves, so that whoever has to put one somewhere finds the memory
 * for it. A request is in one queue or chain at a time.
 */
final class Request {

  private final Operation operation;
  private final Descriptor file;

  /** The one behind this one in the queue or chain, whose owner it belongs to. */
  @Nullable Request next;

  /**
   * In no queue.
   *
   * @param operation which in turn holds the buffer
   * @param file open until the operation is over
   */
  Request(Operation operation, Descriptor file) {
    this.operation = operation;
    this.file = file;
  }

  Operation operation() {
    return operation;
  }

  Descriptor file() {
    return file;
  }

  /** Takes a chain apart, and gives each to an action, which may put it into another one. */
  static void each(@Nullable Request first, Consumer<Request> action) {
    Request request = first;
    while (request != null) {
      Request behind = request.next;
      request.next = null;
      action.accept(request);
      request = behind;
    }
  }
}
