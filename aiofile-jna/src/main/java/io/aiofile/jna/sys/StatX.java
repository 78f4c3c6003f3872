package io.aiofile.jna.sys;

import java.nio.ByteBuffer;

/**
 * Layout of what statx(2) fills in; the parts that are used here.
 *
 * <pre>
 * struct statx {
 *   __u32 stx_mask;              //   0  what was filled in
 *   __u32 stx_blksize;           //   4
 *   __u64 stx_attributes;        //   8
 *   __u32 stx_nlink;             //  16
 *   __u32 stx_uid, stx_gid;      //  20
 *   __u16 stx_mode;              //  28
 *   __u64 stx_ino;               //  32
 *   __u64 stx_size;              //  40
 *   __u64 stx_blocks;            //  48
 *   __u64 stx_attributes_mask;   //  56
 *   struct statx_timestamp …[4]; //  64
 *   __u32 stx_rdev_major, minor; // 128
 *   __u32 stx_dev_major, minor;  // 136
 *   __u64 stx_mnt_id;            // 144
 *   __u32 stx_dio_mem_align;     // 152  6.1
 *   __u32 stx_dio_offset_align;  // 156  6.1
 *   …
 * };                             // 256
 * </pre>
 */
public final class StatX {

  public static final int BYTES = 256;
  static final int MASK = 0;
  static final int BLOCK_BYTES = 4;
  static final int MODE = 28;
  static final int INODE = 32;
  static final int SIZE = 40;
  static final int BLOCKS = 48;
  static final int DEVICE_MAJOR = 136;
  static final int DEVICE_MINOR = 140;
  static final int DIRECT_MEMORY_ALIGNMENT = 152;
  static final int DIRECT_POSITION_ALIGNMENT = 156;

  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_EMPTY_PATH = 0x1000;

  public static final int STATX_TYPE = 1;
  public static final int STATX_MODE = 2;
  public static final int STATX_INO = 0x100;
  public static final int STATX_SIZE = 0x200;
  public static final int STATX_BLOCKS = 0x400;
  public static final int STATX_BASIC_STATS = 0x7FF;
  public static final int STATX_DIOALIGN = 0x2000;

  public static final int S_IFMT = 0xF000;
  public static final int S_IFIFO = 0x1000;
  public static final int S_IFCHR = 0x2000;
  public static final int S_IFDIR = 0x4000;
  public static final int S_IFBLK = 0x6000;
  public static final int S_IFREG = 0x8000;
  public static final int S_IFLNK = 0xA000;
  public static final int S_IFSOCK = 0xC000;

  /** Which {@code STATX_…} parts the kernel filled in. */
  public static int mask(ByteBuffer memory) {
    return memory.getInt(MASK);
  }

  /** The size that I/O is best done in. */
  public static int blockBytes(ByteBuffer memory) {
    return memory.getInt(BLOCK_BYTES);
  }

  /** Type ({@link #S_IFMT}) and permissions. */
  public static int mode(ByteBuffer memory) {
    return Short.toUnsignedInt(memory.getShort(MODE));
  }

  public static long inode(ByteBuffer memory) {
    return memory.getLong(INODE);
  }

  public static long size(ByteBuffer memory) {
    return memory.getLong(SIZE);
  }

  /** Allocated, in units of 512 bytes. */
  public static long blocks(ByteBuffer memory) {
    return memory.getLong(BLOCKS);
  }

  /**
   * The device that holds the file: major number above, minor below. A key, not a {@code dev_t}.
   */
  public static long device(ByteBuffer memory) {
    return ((long) memory.getInt(DEVICE_MAJOR) << 32)
        | Integer.toUnsignedLong(memory.getInt(DEVICE_MINOR));
  }

  /**
   * Of buffers for O_DIRECT; 0 where that is unsupported. Needs {@link #STATX_DIOALIGN} in the
   * mask.
   */
  public static int directMemoryAlignment(ByteBuffer memory) {
    return memory.getInt(DIRECT_MEMORY_ALIGNMENT);
  }

  /** Of positions and lengths for O_DIRECT; else as {@link #directMemoryAlignment}. */
  public static int directPositionAlignment(ByteBuffer memory) {
    return memory.getInt(DIRECT_POSITION_ALIGNMENT);
  }

  private StatX() {}
}
