package io.aiofile.samples

import io.aiofile.AioContext
import io.aiofile.LineOptions
import io.aiofile.ktx.lineFlow
import java.nio.file.Path
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runBlocking

// snippet: csv-kotlin
/** The records of a CSV file, as maps from the names in the first one to their fields. */
fun csvRecords(context: AioContext, path: Path): Flow<Map<String, String>> = flow {
    val csv = CsvMaps()
    // With their separators: a quoted field may span lines, and keeps those between them.
    path.lineFlow(LineOptions.defaults().withSeparatorKept(), context).collect { line ->
        csv.addLine(line).forEach { emit(it) }
    }
    csv.end().forEach { emit(it) }
}

// end

fun main(args: Array<String>) = runBlocking {
    csvRecords(AioContext.shared(), Path.of(args[0])).collect { println(it) }
}
