package io.aiofile;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations of one file that start together: what of them goes to the kernel goes there in as few
 * system calls as its lane allows, where one by one each would be a system call.
 *
 * <p>An operation may be given up before the batch is sent, and is then not sent. Not thread-safe,
 * and sent once.
 */
final class Batch {

  private final FileHandle handle;
  private final List<FileOperation<?>> operations = new ArrayList<>();

  /** An empty one, for positional operations of this handle. */
  Batch(FileHandle handle) {
    this.handle = handle;
  }

  /** One more operation, not started; what comes of it is in the future that is returned. */
  <T extends @Nullable Object> AioFuture<T> add(FileOperation<T> operation) {
    operations.add(operation);
    return operation.promise();
  }

  /**
   * Lets all of them take their way.
   *
   * @param accepted whether they were promised a place before, so that a full line must take them
   */
  void send(boolean accepted) {
    List<FileOperation<?>> ready = new ArrayList<>(operations.size());
    for (FileOperation<?> operation : operations) {
      if (operation.pass(accepted)) {
        ready.add(operation);
      }
    }
    operations.clear();
    if (ready.size() == 1) {
      ready.get(0).submit();
    } else if (!ready.isEmpty()) {
      handle.backend().submitAll(ready);
    }
  }
}
