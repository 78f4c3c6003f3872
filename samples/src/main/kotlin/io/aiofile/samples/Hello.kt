package io.aiofile.samples

// snippet: hello-kotlin
import io.aiofile.ktx.openText
import io.aiofile.ktx.read
import io.aiofile.ktx.readLine
import io.aiofile.ktx.write
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

suspend fun hello(path: Path) {
    openText(path, "w+") { file ->
        file.write("Hello, world!\nHere is a second line.\n")
        file.seek(7)
        println(file.read(5)) // world
        file.seek(0)
        println(file.readLine()) // Hello, world!
    } // written data is on the disk from here on
}

fun main(args: Array<String>) = runBlocking { hello(Path.of(args[0])) }
// end
