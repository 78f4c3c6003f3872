package io.aiofile.jna.engine;

import io.aiofile.spi.Alignment;
import io.aiofile.spi.BackendFile;
import io.aiofile.spi.Operation;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * An open descriptor as the policy layer sees it; what happens to an operation is the backend's.
 */
final class NativeFile implements BackendFile {

  private final NativeBackend backend;
  private final Descriptor descriptor;
  private final FileTraits traits;
  private final Route route;
  private final InlineLane inline;
  private final LargePages largePages;

  NativeFile(
      NativeBackend backend,
      Descriptor descriptor,
      Route route,
      InlineLane inline,
      LargePages largePages) {
    this.backend = backend;
    this.descriptor = descriptor;
    this.traits = descriptor.traits();
    this.route = route;
    this.inline = inline;
    this.largePages = largePages;
  }

  @Override
  public boolean seekable() {
    return traits.isSeekable();
  }

  @Override
  public Alignment alignment() {
    return traits.alignment();
  }

  @Override
  public int transferBytesMax() {
    return traits.transferBytesMax();
  }

  @Override
  public int readNow(ByteBuffer target, int index, int length, long position) {
    return route.isReadInline(traits, length)
        ? inline.read(descriptor, target, index, length, position)
        : InlineLane.NOTHING;
  }

  @Override
  public boolean isWriteNowWorthTrying(int length, long position) {
    return route.isWriteInline(traits, length, descriptor.growsWith(position, length))
        && inline.isWriteWorthTrying(descriptor, System.nanoTime());
  }

  @Override
  public int writeNow(ByteBuffer source, int index, int length, long position) {
    return route.isWriteInline(traits, length, descriptor.growsWith(position, length))
        ? inline.write(descriptor, source, index, length, position)
        : InlineLane.NOTHING;
  }

  @Override
  public int largePageBytes() {
    return alignment().isNone() ? 0 : largePages.bytes();
  }

  @Override
  public void putLargePagesUnder(ByteBuffer memory) {
    largePages.putUnder(memory);
  }

  Descriptor descriptor() {
    return descriptor;
  }

  @Override
  public boolean isCopyWorthTrying(BackendFile source) {
    return source instanceof NativeFile from
        && traits.kind().isCopyable()
        && from.traits.kind().isCopyable()
        && descriptor.isOnDeviceOf(from.descriptor)
        // copy_file_range(2) refuses the one, and waits for the device every 64 KiB for the other.
        && !traits.has(FileTraits.Flag.APPENDING)
        && !traits.has(FileTraits.Flag.DATA_SYNC);
  }

  @Override
  public void submit(Operation operation) {
    backend.submit(operation, descriptor);
  }

  @Override
  public void submitAll(List<? extends Operation> operations) {
    backend.submitAll(operations, descriptor);
  }

  @Override
  public void cancel(Operation operation) {
    backend.withdraw(operation);
  }

  @Override
  public String toString() {
    return "descriptor " + descriptor.fd() + ", " + traits;
  }
}
