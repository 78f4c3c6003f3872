/** The command {@code samples/aio}: the samples behind a command line. */
@NullMarked
package io.aiofile.samples.cli;

import org.jspecify.annotations.NullMarked;
