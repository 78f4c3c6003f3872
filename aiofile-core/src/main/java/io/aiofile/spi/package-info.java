/**
 * What a backend implements and the policy layer calls: the mechanism's vocabulary of operation,
 * lane and event. Applications need nothing from here; a backend of one's own implements {@link
 * io.aiofile.spi.BackendProvider} and is found through {@link java.util.ServiceLoader}.
 *
 * <p>The one rule of {@code io.aiofile} binds backends too: {@link
 * io.aiofile.spi.Operation#complete(long)} and {@link io.aiofile.spi.Operation#fail(Throwable)} are
 * called only when the kernel no longer touches the operation's buffer.
 */
@NullMarked
package io.aiofile.spi;

import org.jspecify.annotations.NullMarked;
