/**
 * The {@code java} backend: {@link java.nio.channels.FileChannel}s on a bounded pool of threads.
 * Needs nothing but the JDK, and works on every operating system.
 *
 * <p>One lane only, the workers. Files without positions (FIFOs, terminals) have threads of their
 * own, so that one that waits for its other end holds up nobody.
 *
 * <p>Exports nothing; found through {@link io.aiofile.spi.BackendProvider}.
 */
@NullMarked
package io.aiofile.threads;

import org.jspecify.annotations.NullMarked;
