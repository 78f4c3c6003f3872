package io.aiofile;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Tells direct buffers that can be freed under the kernel's hands: those of an Arena (JDK 22 and
 * later), whose memory is gone once it is closed. On JDK 25 such a buffer's address is handed out
 * even then, so the kernel would write into freed memory.
 *
 * <p>By reflection, since this library is built for JDK 17, which has no such buffers.
 */
final class ArenaBuffers {

  /** {@code MemorySegment.ofBuffer(buffer).scope()} as an Object; null before JDK 22. */
  private static final @Nullable MethodHandle SCOPE_OF_BUFFER;

  private static final @Nullable Object GLOBAL_SCOPE;

  static {
    MethodHandle scopeOfBuffer = null;
    Object global = null;
    if (Runtime.version().feature() >= 22) {
      try {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        Class<?> scope = Class.forName("java.lang.foreign.MemorySegment$Scope");
        Class<?> arena = Class.forName("java.lang.foreign.Arena");
        MethodHandle ofBuffer =
            lookup.findStatic(
                segment, "ofBuffer", MethodType.methodType(segment, java.nio.Buffer.class));
        MethodHandle scopeOf = lookup.findVirtual(segment, "scope", MethodType.methodType(scope));
        scopeOfBuffer =
            MethodHandles.filterReturnValue(ofBuffer, scopeOf)
                .asType(MethodType.methodType(Object.class, ByteBuffer.class));
        Object globalArena = arena.getMethod("global").invoke(null);
        global = arena.getMethod("scope").invoke(globalArena);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
    SCOPE_OF_BUFFER = scopeOfBuffer;
    GLOBAL_SCOPE = global;
  }

  private ArenaBuffers() {}

  /** Whether the kernel may be given this direct buffer's address: its memory can't be closed. */
  static boolean isStable(ByteBuffer direct) {
    if (SCOPE_OF_BUFFER == null) {
      return true;
    }
    try {
      Object scope = (Object) SCOPE_OF_BUFFER.invokeExact(direct);
      return scope.equals(GLOBAL_SCOPE);
    } catch (Throwable e) {
      // A closed or confined arena: the copy through pooled memory reports it.
      return false;
    }
  }
}
