/**
 * The mechanism of the native backends: which lane an operation takes, slots, submission and the
 * completion thread. Knows the kernel's asynchronous interface only as a {@link
 * io.aiofile.jna.engine.KernelQueue}.
 */
@NullMarked
package io.aiofile.jna.engine;

import org.jspecify.annotations.NullMarked;
