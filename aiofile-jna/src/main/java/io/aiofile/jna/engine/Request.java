package io.aiofile.jna.engine;

import io.aiofile.spi.Operation;

/**
 * An operation and the file it works on: what a queue or a slot holds, and so keeps reachable.
 *
 * @param operation which in turn holds the buffer
 * @param file open until the operation is over
 */
record Request(Operation operation, Descriptor file) {}
