package io.aiofile;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
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

  /**
   * The types of the scopes that nobody can close: of the global and of automatic arenas, and of
   * buffers that no arena made. The last are equal to no other scope: seen in JDK 25, where each
   * buffer's is an object of its own.
   */
  private static final Set<Class<?>> UNCLOSABLE;

  static {
    MethodHandle scopeOfBuffer = null;
    Set<Class<?>> unclosable = Set.of();
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
        Object plain = scopeOf.invoke(ofBuffer.invoke(ByteBuffer.allocateDirect(1)));
        unclosable = unclosable(arena, plain.getClass());
      } catch (Throwable e) {
        throw new ExceptionInInitializerError(e);
      }
    }
    SCOPE_OF_BUFFER = scopeOfBuffer;
    UNCLOSABLE = unclosable;
  }

  /**
   * The types of scopes that nobody can close. One that serves closable arenas too is none of them:
   * a JVM that does so gets every buffer copied, in place of memory freed under the kernel's hands.
   *
   * @param arena the type {@code Arena}
   * @param plain the type of the scopes of buffers that no arena made
   */
  static Set<Class<?>> unclosable(Class<?> arena, Class<?> plain)
      throws ReflectiveOperationException {
    Set<Class<?>> types = new HashSet<>();
    types.add(plain);
    for (String lasting : new String[] {"global", "ofAuto"}) {
      types.add(typeOfScope(arena, arena.getMethod(lasting).invoke(null)));
    }
    for (String closable : new String[] {"ofConfined", "ofShared"}) {
      Object opened = arena.getMethod(closable).invoke(null);
      try {
        types.remove(typeOfScope(arena, opened));
      } finally {
        arena.getMethod("close").invoke(opened);
      }
    }
    return Set.copyOf(types);
  }

  private static Class<?> typeOfScope(Class<?> arena, Object opened)
      throws ReflectiveOperationException {
    return arena.getMethod("scope").invoke(opened).getClass();
  }

  private ArenaBuffers() {}

  /** Whether the kernel may be given this direct buffer's address: its memory can't be closed. */
  static boolean isStable(ByteBuffer direct) {
    if (SCOPE_OF_BUFFER == null) {
      return true;
    }
    try {
      Object scope = (Object) SCOPE_OF_BUFFER.invokeExact(direct);
      return UNCLOSABLE.contains(scope.getClass());
    } catch (Throwable e) {
      // A closed or confined arena: the copy through pooled memory reports it.
      return false;
    }
  }
}
