/**
 * Linux's older asynchronous interface (io_setup, io_submit, io_getevents, since 2.6), through
 * libaio or straight through its system calls. Asynchronous in fact only for O_DIRECT transfers and
 * syncs; which operations come here is decided in {@code io.aiofile.jna.engine}.
 */
@NullMarked
package io.aiofile.jna.libaio;

import org.jspecify.annotations.NullMarked;
