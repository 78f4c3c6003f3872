package io.aiofile.jna.libaio;

import java.nio.ByteBuffer;

/**
 * Layout of a request, {@code include/uapi/linux/aio_abi.h}. {@code aio_key} and {@code
 * aio_rw_flags} change places on big-endian machines, which are none of ours.
 *
 * <pre>
 * struct iocb {
 *   __u64 aio_data;                 //  0  comes back as io_event.data
 *   __u32 aio_key;                  //  8  the kernel's
 *   __kernel_rwf_t aio_rw_flags;    // 12  RWF_…
 *   __u16 aio_lio_opcode;           // 16  IOCB_CMD_…
 *   __s16 aio_reqprio;              // 18
 *   __u32 aio_fildes;               // 20
 *   __u64 aio_buf;                  // 24  address; for POLL the events
 *   __u64 aio_nbytes;               // 32
 *   __s64 aio_offset;               // 40
 *   __u64 aio_reserved2;            // 48
 *   __u32 aio_flags;                // 56  IOCB_FLAG_…
 *   __u32 aio_resfd;                // 60  eventfd, with IOCB_FLAG_RESFD
 * };                                // 64
 * </pre>
 */
final class Iocb {

  static final int BYTES = 64;
  static final int DATA = 0;
  static final int KEY = 8;
  static final int RW_FLAGS = 12;
  static final int OPCODE = 16;
  static final int PRIORITY = 18;
  static final int FD = 20;
  static final int BUFFER = 24;
  static final int LENGTH = 32;
  static final int POSITION = 40;
  static final int RESERVED = 48;
  static final int FLAGS = 56;
  static final int RESULT_FD = 60;

  static final short IOCB_CMD_PREAD = 0;
  static final short IOCB_CMD_PWRITE = 1;
  static final short IOCB_CMD_FSYNC = 2;
  static final short IOCB_CMD_FDSYNC = 3;
  static final short IOCB_CMD_POLL = 5;
  static final int IOCB_FLAG_RESFD = 1;
  static final int IOCB_FLAG_IOPRIO = 2;

  /** Starts a request: what is not set after this is 0, as syncs and polls demand. */
  static void start(ByteBuffer memory, int index, short opcode, int fd) {
    memory.putLong(index + KEY, 0);
    memory.putShort(index + OPCODE, opcode);
    memory.putShort(index + PRIORITY, (short) 0);
    memory.putInt(index + FD, fd);
    memory.putLong(index + BUFFER, 0);
    memory.putLong(index + LENGTH, 0);
    memory.putLong(index + POSITION, 0);
    memory.putLong(index + RESERVED, 0);
    memory.putLong(index + FLAGS, 0);
  }

  static void data(ByteBuffer memory, int index, long data) {
    memory.putLong(index + DATA, data);
  }

  static void readWriteFlags(ByteBuffer memory, int index, int flags) {
    memory.putInt(index + RW_FLAGS, flags);
  }

  static void buffer(ByteBuffer memory, int index, long address) {
    memory.putLong(index + BUFFER, address);
  }

  static void length(ByteBuffer memory, int index, long length) {
    memory.putLong(index + LENGTH, length);
  }

  static void position(ByteBuffer memory, int index, long position) {
    memory.putLong(index + POSITION, position);
  }

  private Iocb() {}
}
