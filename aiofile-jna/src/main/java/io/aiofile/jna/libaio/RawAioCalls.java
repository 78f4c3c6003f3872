package io.aiofile.jna.libaio;

import io.aiofile.jna.sys.LibC;
import io.aiofile.jna.sys.SystemCall;

/** By number through syscall(2), for machines without libaio. As fast as with it. */
final class RawAioCalls implements AioCalls {

  private final LibC libc;

  RawAioCalls(LibC libc) {
    this.libc = libc;
  }

  @Override
  public int setup(int entries, long contextAddress) {
    return (int) libc.syscall(SystemCall.IO_SETUP, entries, contextAddress, 0, 0, 0, 0);
  }

  @Override
  public int destroy(long context) {
    return (int) libc.syscall(SystemCall.IO_DESTROY, context, 0, 0, 0, 0, 0);
  }

  @Override
  public int submit(long context, long count, long iocbPointers) {
    return (int) libc.syscall(SystemCall.IO_SUBMIT, context, count, iocbPointers, 0, 0, 0);
  }

  @Override
  public int getEvents(long context, long min, long max, long events, long timeout) {
    return (int) libc.syscall(SystemCall.IO_GETEVENTS, context, min, max, events, timeout, 0);
  }

  @Override
  public int cancel(long context, long iocb, long event) {
    return (int) libc.syscall(SystemCall.IO_CANCEL, context, iocb, event, 0, 0, 0);
  }
}
