package io.aiofile.jna.sys;

import java.util.Map;
import java.util.Set;

/** Values of {@link LibC#fileSystemType}: {@code include/uapi/linux/magic.h} and statfs(2). */
public final class FileSystemType {

  public static final long BTRFS = 0x9123683EL;
  public static final long CIFS = 0xFF534D42L;
  public static final long EXT = 0xEF53L;
  public static final long F2FS = 0xF2F52010L;
  public static final long FUSE = 0x65735546L;
  public static final long HUGETLBFS = 0x958458F6L;
  public static final long NFS = 0x6969L;
  public static final long OVERLAY = 0x794C7630L;
  public static final long PROC = 0x9FA0L;
  public static final long RAMFS = 0x858458F6L;
  public static final long SMB2 = 0xFE534D42L;
  public static final long SYSFS = 0x62656572L;
  public static final long TMPFS = 0x01021994L;
  public static final long V9FS = 0x01021997L;
  public static final long XFS = 0x58465342L;
  public static final long ZFS = 0x2FC12FC1L;

  /** Contents that the kernel makes up while they are read; the less known ones by number. */
  private static final Set<Long> MADE_UP =
      Set.of(
          PROC,
          SYSFS,
          0x0027E0EBL, // cgroup
          0x63677270L, // cgroup2
          0x64626720L, // debugfs
          0x74726163L, // tracefs
          0x73636673L, // securityfs
          0x62656570L, // configfs
          0xCAFE4A11L, // bpf
          0xF97CFF8CL, // selinuxfs
          0xDE5E81E4L, // efivarfs
          0x6165676CL, // pstore
          0x42494E4DL, // binfmt_misc
          0x19800202L); // mqueue

  private static final Set<Long> LOCAL =
      Set.of(BTRFS, EXT, F2FS, HUGETLBFS, OVERLAY, RAMFS, TMPFS, XFS, ZFS, 0xCA451A4EL); // bcachefs

  private static final Map<Long, String> NAMES =
      Map.ofEntries(
          Map.entry(BTRFS, "btrfs"),
          Map.entry(CIFS, "cifs"),
          Map.entry(EXT, "ext2/3/4"),
          Map.entry(F2FS, "f2fs"),
          Map.entry(FUSE, "fuse"),
          Map.entry(HUGETLBFS, "hugetlbfs"),
          Map.entry(NFS, "nfs"),
          Map.entry(OVERLAY, "overlay"),
          Map.entry(PROC, "proc"),
          Map.entry(RAMFS, "ramfs"),
          Map.entry(SMB2, "smb2"),
          Map.entry(SYSFS, "sysfs"),
          Map.entry(TMPFS, "tmpfs"),
          Map.entry(V9FS, "9p"),
          Map.entry(XFS, "xfs"),
          Map.entry(ZFS, "zfs"));

  /** For messages: such as "tmpfs", or the number in hexadecimal. */
  public static String name(long type) {
    return NAMES.getOrDefault(type, "0x" + Long.toHexString(type));
  }

  /** Whether files are made up by the kernel, such as those of /proc and /sys. */
  public static boolean isMadeUp(long type) {
    return MADE_UP.contains(type);
  }

  /**
   * Whether it is known to be this machine's own: no request leaves for another machine, or for a
   * process that serves a file system.
   */
  public static boolean isLocal(long type) {
    return LOCAL.contains(type);
  }

  private FileSystemType() {}
}
