package io.aiofile.benchmarks.rows

/** The table of targets, as far as this library can run it. */
internal fun allRows(scale: Scale): List<Row> {
    val device = DeviceRows(scale)
    val stream = StreamRows(scale)
    return ReadRows(scale).rows() +
        MatrixRow(scale).row() +
        stream.cachedScan() +
        stream.directScan() +
        stream.kotlinLines() +
        stream.javaLines() +
        device.durableWrites() +
        stream.copies() +
        device.costs() +
        device.stalls() +
        device.idle() +
        device.manyFiles()
}
