package io.aiofile.benchmarks.rows

/** The table of targets, as far as this library can run it. */
internal fun allRows(scale: Scale): List<Row> {
    val device = DeviceRows(scale)
    return ReadRows(scale).rows() +
        MatrixRow(scale).row() +
        StreamRows.cachedScan() +
        StreamRows.directScan() +
        StreamRows.kotlinLines() +
        StreamRows.javaLines() +
        device.durableWrites() +
        StreamRows.copies() +
        device.costs() +
        device.stalls() +
        device.idle() +
        device.manyFiles()
}
