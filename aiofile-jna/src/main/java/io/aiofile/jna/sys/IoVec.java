package io.aiofile.jna.sys;

import java.nio.ByteBuffer;

/**
 * Layout of an iovec.
 *
 * <pre>
 * struct iovec {
 *   void  *iov_base;  //  0
 *   size_t iov_len;   //  8
 * };                  // 16
 * </pre>
 */
public final class IoVec {

  public static final int BYTES = 16;
  static final int BASE = 0;
  static final int LENGTH = 8;

  public static void set(ByteBuffer memory, int index, long address, long length) {
    memory.putLong(index + BASE, address);
    memory.putLong(index + LENGTH, length);
  }

  public static long base(ByteBuffer memory, int index) {
    return memory.getLong(index + BASE);
  }

  public static long length(ByteBuffer memory, int index) {
    return memory.getLong(index + LENGTH);
  }

  private IoVec() {}
}
