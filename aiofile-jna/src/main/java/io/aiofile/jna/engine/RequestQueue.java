package io.aiofile.jna.engine;

import io.aiofile.spi.Operation;
import org.jspecify.annotations.Nullable;

/**
 * Requests in line, which takes no memory: one that the kernel gave back always finds its place.
 *
 * <p>Not thread-safe: the lane's lock guards it.
 */
final class RequestQueue {

  private @Nullable Request first;
  private @Nullable Request last;

  boolean isEmpty() {
    return first == null;
  }

  void addLast(Request request) {
    Request before = last;
    if (before == null) {
      first = request;
    } else {
      before.next = request;
    }
    last = request;
  }

  void addFirst(Request request) {
    request.next = first;
    first = request;
    if (last == null) {
      last = request;
    }
  }

  /** Takes the first one out; null if there is none. */
  @Nullable Request poll() {
    Request request = first;
    if (request != null) {
      unlink(null, request);
    }
    return request;
  }

  /** Drops an operation's request, if it is here. */
  void remove(Operation operation) {
    Request before = null;
    for (Request each = first; each != null; each = each.next) {
      if (each.operation() == operation) {
        unlink(before, each);
        return;
      }
      before = each;
    }
  }

  private void unlink(@Nullable Request before, Request request) {
    Request behind = request.next;
    request.next = null;
    if (before == null) {
      first = behind;
    } else {
      before.next = behind;
    }
    if (behind == null) {
      last = before;
    }
  }
}
