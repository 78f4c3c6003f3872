package io.aiofile;

/**
 * What a context has done since it was opened, and what it does now: a snapshot, of counters that
 * are each exact and together only nearly simultaneous.
 *
 * @param submitted operations asked for, those done inline included
 * @param completed operations that were done
 * @param failed operations that failed
 * @param cancelled operations given up before they reached the kernel
 * @param bytesRead bytes that reads transferred
 * @param bytesWritten bytes that writes transferred
 * @param inFlight operations that the backend works on now
 * @param queued operations that wait for a place now, and calls that wait at cursors
 * @param pooledBytes native memory for transfers that is in use now
 * @param openFiles handles that are open now
 * @param inlineHits operations that the inline lane did whole
 * @param inlineMisses operations that the inline lane tried and had to pass on
 * @param kernelOperations operations that the kernel lane took
 * @param kernelSubmissions system calls that submitted them
 * @param kernelFallbacks operations that the kernel lane gave back to a worker
 * @param workerOperations operations that worker threads did
 */
public record AioMetrics(
    long submitted,
    long completed,
    long failed,
    long cancelled,
    long bytesRead,
    long bytesWritten,
    int inFlight,
    int queued,
    long pooledBytes,
    int openFiles,
    long inlineHits,
    long inlineMisses,
    long kernelOperations,
    long kernelSubmissions,
    long kernelFallbacks,
    long workerOperations) {}
