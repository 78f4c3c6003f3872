/** The cost of single operations, measured by JMH. */
@NullMarked
package io.aiofile.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
