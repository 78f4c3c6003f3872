/**
 * The providers of the backends {@code libaio} and {@code posix}. Nothing here is for applications:
 * put the module on the path, and a context finds them.
 */
@NullMarked
package io.aiofile.jna;

import org.jspecify.annotations.NullMarked;
