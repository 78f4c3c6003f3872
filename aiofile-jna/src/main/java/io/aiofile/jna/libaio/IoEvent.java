package io.aiofile.jna.libaio;

import java.nio.ByteBuffer;

/**
 * Layout of a completion, {@code include/uapi/linux/aio_abi.h}.
 *
 * <pre>
 * struct io_event {
 *   __u64 data;  //  0  aio_data of the request
 *   __u64 obj;   //  8  address of the request
 *   __s64 res;   // 16  bytes, or -errno
 *   __s64 res2;  // 24
 * };             // 32
 * </pre>
 */
final class IoEvent {

  static final int BYTES = 32;
  static final int DATA = 0;
  static final int OBJECT = 8;
  static final int RESULT = 16;
  static final int RESULT2 = 24;

  static long data(ByteBuffer memory, int index) {
    return memory.getLong(index + DATA);
  }

  static long object(ByteBuffer memory, int index) {
    return memory.getLong(index + OBJECT);
  }

  static long result(ByteBuffer memory, int index) {
    return memory.getLong(index + RESULT);
  }

  private IoEvent() {}
}
