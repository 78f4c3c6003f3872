package io.aiofile.spi;

/**
 * What a context tells its backend.
 *
 * @param name of the context, for thread names
 * @param maxRequests operations that the context hands over at once; not counted are opens, what a
 *     close needs ({@code DATA_SYNC} and {@code CLOSE}), and transfers that wait for a FIFO's other
 *     end
 * @param workerThreads at most, for system calls that block
 * @param inlineReadBytes the longest read that may be done on the caller's thread; 0 for none
 * @param inlineWriteBytes the longest write that may be done on the caller's thread; 0 for none
 * @param metrics what the lanes count
 */
public record BackendConfig(
    String name,
    int maxRequests,
    int workerThreads,
    int inlineReadBytes,
    int inlineWriteBytes,
    LaneMetrics metrics) {}
