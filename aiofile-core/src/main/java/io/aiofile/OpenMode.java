package io.aiofile;

import io.aiofile.spi.OpenOperation.Flag;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a file is opened: an immutable value, from Python's mode letters, from {@link
 * StandardOpenOption}s, or from a constant, refined by {@code with…} methods that return a copy.
 *
 * <table>
 *   <caption>Mode letters</caption>
 *   <tr><th>letter</th><th>opens</th></tr>
 *   <tr><td>r</td><td>for reading; the file must exist</td></tr>
 *   <tr><td>w</td><td>for writing; created, or cut to length 0</td></tr>
 *   <tr><td>a</td><td>for writing at the end; created if missing</td></tr>
 *   <tr><td>x</td><td>for writing; created, an error if it exists</td></tr>
 *   <tr><td>+</td><td>also for the other direction</td></tr>
 *   <tr><td>b, t</td><td>bytes, or text: {@link #binary()}</td></tr>
 * </table>
 *
 * <p>Not a set of flags to test one by one: the getters say what a file so opened can do.
 */
public final class OpenMode {

  /** Reading, {@code r}. */
  public static final OpenMode READ = parse("rb");

  /** Writing from length 0, {@code w}. */
  public static final OpenMode WRITE = parse("wb");

  /** Writing at the end, {@code a}. */
  public static final OpenMode APPEND = parse("ab");

  /** Writing to a new file, {@code x}. */
  public static final OpenMode CREATE_NEW = parse("xb");

  /** Reading and writing an existing file, {@code r+}. */
  public static final OpenMode READ_WRITE = parse("rb+");

  private static final String ACCEPTED =
      "one of r, w, a, x, then optionally + and one of b, t, such as \"r\", \"wb\" or \"rb+\"";

  private final Set<Flag> flags;
  private final boolean plus;
  private final boolean binary;
  private final boolean syncOnClose;
  private final @Nullable Set<PosixFilePermission> permissions;

  private OpenMode(
      Set<Flag> flags,
      boolean plus,
      boolean binary,
      boolean syncOnClose,
      @Nullable Set<PosixFilePermission> permissions) {
    this.flags = Set.copyOf(flags);
    this.plus = plus;
    this.binary = binary;
    this.syncOnClose = syncOnClose;
    this.permissions = permissions;
  }

  /**
   * Reads mode letters, in any order.
   *
   * @param letters such as "r", "wb" or "a+"
   * @return the mode
   * @throws IllegalArgumentException naming the letter that is wrong, and what is accepted
   */
  public static OpenMode parse(String letters) {
    char direction = 0;
    boolean plus = false;
    char kind = 0;
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      switch (letter) {
        case 'r', 'w', 'a', 'x' -> {
          if (direction != 0) {
            throw badMode(letters, "has both '" + direction + "' and '" + letter + "'");
          }
          direction = letter;
        }
        case '+' -> {
          if (plus) {
            throw badMode(letters, "has '+' twice");
          }
          plus = true;
        }
        case 'b', 't' -> {
          if (kind != 0) {
            throw badMode(letters, "has both '" + kind + "' and '" + letter + "'");
          }
          kind = letter;
        }
        default -> throw badMode(letters, "has the unknown letter '" + letter + "'");
      }
    }
    if (direction == 0) {
      throw badMode(letters, "says neither r, w, a nor x");
    }
    return new OpenMode(flagsOf(direction, plus), plus, kind == 'b', true, null);
  }

  private static Set<Flag> flagsOf(char direction, boolean plus) {
    EnumSet<Flag> flags =
        switch (direction) {
          case 'r' -> EnumSet.of(Flag.READ);
          case 'w' -> EnumSet.of(Flag.WRITE, Flag.CREATE, Flag.TRUNCATE);
          case 'a' -> EnumSet.of(Flag.WRITE, Flag.CREATE, Flag.APPEND);
          default -> EnumSet.of(Flag.WRITE, Flag.CREATE_NEW);
        };
    if (plus) {
      flags.add(Flag.READ);
      flags.add(Flag.WRITE);
    }
    return flags;
  }

  private static IllegalArgumentException badMode(String letters, String what) {
    return new IllegalArgumentException(
        "mode \"" + letters + "\" " + what + "; accepted: " + ACCEPTED);
  }

  /**
   * The mode that means what the JDK's options mean.
   *
   * @param options of {@link StandardOpenOption} and {@link LinkOption}; READ if there is neither
   *     WRITE nor APPEND; SPARSE has no effect, SYNC is taken as {@code fsync} on each write's
   *     data; ExtendedOpenOption.DIRECT is accepted by its name
   * @return the mode
   * @throws IllegalArgumentException for DELETE_ON_CLOSE, unknown options and contradictions
   */
  public static OpenMode of(OpenOption... options) {
    return of(Set.of(options));
  }

  /**
   * The mode that means what the JDK's options mean: see {@link #of(OpenOption...)}.
   *
   * @param options as there
   * @return the mode
   * @throws IllegalArgumentException as there
   */
  public static OpenMode of(Set<? extends OpenOption> options) {
    EnumSet<Flag> flags = EnumSet.noneOf(Flag.class);
    for (OpenOption option : options) {
      addOption(flags, option);
    }
    if (flags.contains(Flag.APPEND)) {
      flags.add(Flag.WRITE);
    }
    if (!flags.contains(Flag.WRITE)) {
      // As FileChannel.open: these say nothing for a file that is only read.
      flags.removeAll(EnumSet.of(Flag.CREATE, Flag.CREATE_NEW, Flag.TRUNCATE));
      flags.add(Flag.READ);
    }
    if (flags.contains(Flag.APPEND) && flags.contains(Flag.TRUNCATE)) {
      throw new IllegalArgumentException("APPEND and TRUNCATE_EXISTING exclude each other");
    }
    boolean plus = flags.contains(Flag.READ) && flags.contains(Flag.WRITE);
    return new OpenMode(flags, plus, true, true, null);
  }

  private static void addOption(Set<Flag> flags, OpenOption option) {
    if (option == LinkOption.NOFOLLOW_LINKS) {
      flags.add(Flag.NO_FOLLOW);
    } else if (option instanceof StandardOpenOption standard) {
      switch (standard) {
        case READ -> flags.add(Flag.READ);
        case WRITE -> flags.add(Flag.WRITE);
        case APPEND -> flags.add(Flag.APPEND);
        case TRUNCATE_EXISTING -> flags.add(Flag.TRUNCATE);
        case CREATE -> flags.add(Flag.CREATE);
        case CREATE_NEW -> flags.add(Flag.CREATE_NEW);
        case SYNC, DSYNC -> flags.add(Flag.DATA_SYNC);
        case SPARSE -> {}
        case DELETE_ON_CLOSE ->
            throw new IllegalArgumentException(
                "DELETE_ON_CLOSE is not supported: delete the file after its close");
      }
    } else if (option.toString().equals("DIRECT")) {
      flags.add(Flag.DIRECT);
    } else {
      throw new IllegalArgumentException(
          "unknown option " + option + "; accepted: StandardOpenOption, LinkOption and DIRECT");
    }
  }

  /** {@return whether a file so opened can be read} */
  public boolean readable() {
    return flags.contains(Flag.READ);
  }

  void checkReadable() {
    if (!readable()) {
      throw new NonReadableChannelException();
    }
  }

  /** {@return whether a file so opened can be written} */
  public boolean writable() {
    return flags.contains(Flag.WRITE);
  }

  void checkWritable() {
    if (!writable()) {
      throw new NonWritableChannelException();
    }
  }

  /** {@return whether every write goes to the end} */
  public boolean appending() {
    return flags.contains(Flag.APPEND);
  }

  /** {@return whether a missing file is created} */
  public boolean created() {
    return flags.contains(Flag.CREATE) || flags.contains(Flag.CREATE_NEW);
  }

  /** {@return whether a file so opened can be both read and written} */
  public boolean plus() {
    return plus;
  }

  /** {@return whether the letters said {@code b}; text is opened by {@code openTextAsync}} */
  public boolean binary() {
    return binary;
  }

  /** {@return whether transfers by-pass the page cache (O_DIRECT)} */
  public boolean direct() {
    return flags.contains(Flag.DIRECT);
  }

  /** {@return whether each write is durable when it is done (O_DSYNC)} */
  public boolean dataSyncWrites() {
    return flags.contains(Flag.DATA_SYNC);
  }

  /** {@return whether close makes durable what was written} */
  public boolean syncOnClose() {
    return syncOnClose;
  }

  /** {@return whether a symbolic link as the last name is followed} */
  public boolean followingLinks() {
    return !flags.contains(Flag.NO_FOLLOW);
  }

  /**
   * By-passes the page cache (O_DIRECT). Reads of any position and length work; writes need
   * positions and lengths in multiples of {@link AsyncFile#offsetAlignment()}.
   *
   * @return a copy
   */
  public OpenMode withDirect() {
    return withFlag(Flag.DIRECT);
  }

  /**
   * Makes each write durable before it is done (O_DSYNC).
   *
   * @return a copy
   */
  public OpenMode withDataSyncWrites() {
    return withFlag(Flag.DATA_SYNC);
  }

  /**
   * Refuses a symbolic link as the last name.
   *
   * @return a copy
   */
  public OpenMode withoutFollowingLinks() {
    return withFlag(Flag.NO_FOLLOW);
  }

  /**
   * Leaves it to the operating system when written data becomes durable: close does not sync.
   *
   * @return a copy
   */
  public OpenMode withoutSyncOnClose() {
    return new OpenMode(flags, plus, binary, false, permissions);
  }

  /**
   * Sets the permissions of a file that is created, less the process's umask. Without this they are
   * the platform's own.
   *
   * @param symbolic nine letters, such as "rw-r-----"
   * @return a copy
   * @throws IllegalArgumentException if they are malformed
   */
  public OpenMode withPermissions(String symbolic) {
    return new OpenMode(
        flags, plus, binary, syncOnClose, Set.copyOf(PosixFilePermissions.fromString(symbolic)));
  }

  private OpenMode withFlag(Flag flag) {
    EnumSet<Flag> more = EnumSet.copyOf(flags);
    more.add(flag);
    return new OpenMode(more, plus, binary, syncOnClose, permissions);
  }

  Set<Flag> flags() {
    return flags;
  }

  @Nullable Set<PosixFilePermission> permissions() {
    return permissions;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OpenMode mode
        && flags.equals(mode.flags)
        && plus == mode.plus
        && binary == mode.binary
        && syncOnClose == mode.syncOnClose
        && Objects.equals(permissions, mode.permissions);
  }

  @Override
  public int hashCode() {
    return Objects.hash(flags, plus, binary, syncOnClose, permissions);
  }

  @Override
  public String toString() {
    StringBuilder letters = new StringBuilder();
    letters.append(appending() ? "a" : flags.contains(Flag.CREATE_NEW) ? "x" : base());
    letters.append(binary ? "b" : "").append(plus ? "+" : "");
    for (Flag flag : new Flag[] {Flag.DIRECT, Flag.DATA_SYNC, Flag.NO_FOLLOW}) {
      letters.append(flags.contains(flag) ? "," + flag : "");
    }
    return letters.append(syncOnClose ? "" : ",NO_SYNC_ON_CLOSE").toString();
  }

  private String base() {
    return flags.contains(Flag.TRUNCATE) || !readable() ? "w" : "r";
  }
}
