package io.aiofile.jna.engine;

import io.aiofile.spi.Opcode;
import io.aiofile.spi.Operation;

/**
 * Which lane an operation takes: the whole table, without state.
 *
 * <pre>
 *                  READ             WRITE                         SYNC, DATA_SYNC   others
 * LOCAL            inline, worker   inline, worker                worker, kernel    worker
 * FOREIGN          inline, worker   worker                        worker, kernel    worker
 * MEMORY           inline, worker   inline, worker                worker            worker
 * DIRECT           kernel           kernel; worker if it grows    worker, kernel    worker
 * DIRECT_FOREIGN   worker           worker                        worker, kernel    worker
 * SPECIAL          worker           worker                        worker            worker
 * STREAM           waiting          waiting                       worker            worker
 * </pre>
 *
 * <p>"inline, worker": tried on the caller's thread if it is short enough, else a worker's.
 * "worker, kernel": a worker's, unless the workers are busy. Where there is no kernel lane, read
 * "worker" for "kernel"; one that broke down hands over to the workers by itself.
 *
 * <p>Why buffered transfers never go to the kernel lane: {@code io_submit} would do them itself, on
 * the caller's thread (cold 4 KiB reads, 32 deep: 15 k/s there, 64–68 k/s on workers). Why direct
 * writes that grow the file don't: ext4 and XFS do those inside {@code io_submit} too (seastar
 * #340, #341). Why syncs go to workers first: in the kernel a work queue's thread does them, one
 * more hand-over (docs/adr/0012); but a device that takes its time over them must not hold all
 * workers.
 *
 * @param kernelLane whether there is one
 * @param inlineReadBytes the longest read that is tried inline; 0 for none
 * @param inlineWriteBytes the longest write that is tried inline; 0 for none
 */
record Route(boolean kernelLane, int inlineReadBytes, int inlineWriteBytes) {

  /**
   * The part of the longest inline write that one which makes the file longer may have: files grow
   * by as much as the disk takes and more, and then the kernel makes writers wait.
   */
  static final int GROWING_PART = 4;

  /** Whether a read of so many bytes is tried on the caller's thread. */
  boolean isReadInline(FileTraits file, int length) {
    return length <= inlineReadBytes
        && switch (file.kind()) {
          case LOCAL, FOREIGN, MEMORY -> true;
          case DIRECT, DIRECT_FOREIGN, SPECIAL, STREAM -> false;
        };
  }

  /**
   * Whether a write of so many bytes is tried on the caller's thread.
   *
   * @param grows as in {@link #lane}
   */
  boolean isWriteInline(FileTraits file, int length, boolean grows) {
    return length <= (grows ? inlineWriteBytes / GROWING_PART : inlineWriteBytes)
        && !file.has(FileTraits.Flag.DATA_SYNC)
        && switch (file.kind()) {
          case LOCAL, MEMORY -> true;
          case FOREIGN, DIRECT, DIRECT_FOREIGN, SPECIAL, STREAM -> false;
        };
  }

  /**
   * The lane of an operation that was not done inline.
   *
   * @param position as in {@link Operation#position()}
   * @param grows whether it is a write that ends past the end of the file, as far as that is known
   */
  Lane lane(Opcode opcode, FileTraits file, long position, boolean grows) {
    return switch (opcode) {
      case READ, WRITE -> transfer(opcode, file, position, grows);
      case SYNC, DATA_SYNC, OPEN, TRUNCATE, ALLOCATE, COPY, SIZE, CLOSE -> Lane.WORKER;
    };
  }

  private Lane transfer(Opcode opcode, FileTraits file, long position, boolean grows) {
    boolean sequential = position == Operation.SEQUENTIAL;
    return switch (file.kind()) {
      // A positional one fails with ESPIPE, which needs no waiting for.
      case STREAM -> sequential ? Lane.WAITING : Lane.WORKER;
      case DIRECT ->
          kernelLane
                  && !sequential
                  && !(opcode == Opcode.WRITE && (grows || file.has(FileTraits.Flag.APPENDING)))
              ? Lane.KERNEL
              : Lane.WORKER;
      case LOCAL, FOREIGN, MEMORY, DIRECT_FOREIGN, SPECIAL -> Lane.WORKER;
    };
  }

  /** The lane of what would take a worker, while the workers are busy. */
  Lane laneWhileBusy(Opcode opcode, FileTraits file) {
    boolean isSync = opcode == Opcode.SYNC || opcode == Opcode.DATA_SYNC;
    return switch (file.kind()) {
      case LOCAL, FOREIGN, DIRECT, DIRECT_FOREIGN ->
          kernelLane && isSync ? Lane.KERNEL : Lane.WORKER;
      case MEMORY, SPECIAL, STREAM -> Lane.WORKER;
    };
  }
}
