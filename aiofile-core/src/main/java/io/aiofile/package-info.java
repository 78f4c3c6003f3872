/**
 * Asynchronous file I/O: files that are read, written and synced through futures.
 *
 * <h2>The one rule</h2>
 *
 * <blockquote>
 *
 * <b>A completed future means that the kernel no longer touches your buffer, and the file is yours
 * again.</b> Not before: not on cancel, not on timeout, not on close.
 *
 * </blockquote>
 *
 * <ul>
 *   <li>For your own buffer, and for every operation that changes the file, cancel and timeout
 *       <em>ask</em>; the future finishes, cancelled or timed out, when the kernel has let go.
 *   <li>For reads into memory that the library owns ({@code readBytesAsync}, lines, chunks) cancel
 *       finishes the future at once; the memory stays the library's until the kernel has let go.
 *   <li>The rule holds for the future that was returned. A stage derived from it ({@code
 *       thenApply}, {@code allOf}, {@code copy}) finishes at once on its own cancel or timeout:
 *       <em>a timeout goes before {@code thenApply}</em>.
 *   <li>Where close gives up waiting, or the completion thread dies, such futures stay unfinished,
 *       and the log says so.
 * </ul>
 *
 * <p>Start at {@link io.aiofile.AioContext}, or with the one-liners of {@link io.aiofile.AioFiles}.
 */
@NullMarked
package io.aiofile;

import org.jspecify.annotations.NullMarked;
