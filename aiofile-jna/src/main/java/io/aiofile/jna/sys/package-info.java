/**
 * System calls, errnos and native memory: the ABI of Linux, without any decision.
 *
 * <p>{@link io.aiofile.jna.sys.LibC} is the seam: everything above it can be tested with a C
 * library that fails on purpose. Layouts are offsets in a class of constants, read and written
 * through a {@link java.nio.ByteBuffer} in native order; there is no JNA {@code Structure}, since
 * those work by reflection and cost about a microsecond each.
 */
@NullMarked
package io.aiofile.jna.sys;

import org.jspecify.annotations.NullMarked;
