/**
 * Small programs over {@code io.aiofile}, one file each, in Java here and in Kotlin beside it. The
 * README's code is cut out of them, from {@code // snippet:} to {@code // end}.
 *
 * <p>What is called {@code …Async} returns a future and blocks nobody; the others work on the
 * calling thread and wait there, and nowhere else.
 */
@NullMarked
package io.aiofile.samples;

import org.jspecify.annotations.NullMarked;
