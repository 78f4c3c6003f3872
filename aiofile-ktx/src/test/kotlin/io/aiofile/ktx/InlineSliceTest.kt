package io.aiofile.ktx

import io.aiofile.AioContext
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import java.io.EOFException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.coroutines.yield

/** Loops over what is in memory, which end only if something else gets a turn. */
private val endlessLoops: Map<String, suspend (AioContext, Path, () -> Boolean) -> Unit> =
    mapOf(
        "read into a buffer" to
            { context, path, goesOn ->
                val buffer = ByteBuffer.allocateDirect(4096)
                context.openFile(path, "r") { file ->
                    while (goesOn()) file.read(buffer.clear(), 0)
                }
            },
        "readBytes" to
            { context, path, goesOn ->
                context.openFile(path, "r") { file -> while (goesOn()) file.readBytes(0, 4096) }
            },
        "reads of nothing" to
            { context, path, goesOn ->
                context.openFile(path, "r") { file -> while (goesOn()) file.readBytes(0, 0) }
            },
        "reads that fail" to
            { context, path, goesOn ->
                val buffer = ByteBuffer.allocateDirect(1 shl 20)
                context.openFile(path, "r") { file ->
                    while (goesOn()) {
                        try {
                            file.readFully(buffer.clear(), 1L shl 50)
                        } catch (expected: EOFException) {
                            continue
                        }
                    }
                }
            },
        "chunks" to
            { context, path, goesOn ->
                context.openFile(path, "r") { file ->
                    while (goesOn()) file.chunks(4096).collect {}
                }
            },
        "lines" to
            { context, path, goesOn ->
                context.openFile(path, "r") { file -> while (goesOn()) file.lines().collect {} }
            },
        "single lines" to
            { context, path, goesOn ->
                while (goesOn()) {
                    context.openText(path, "r") { file ->
                        while (goesOn() && file.readLine() != null) continue
                    }
                }
            },
    )

class InlineSliceTest :
    FunSpec({
        loadWhatStays()
        val directory = tempdir().toPath()
        val path =
            Files.write(directory.resolve("cached"), List(1_000) { "line $it of a cached file" })

        for (backend in backends) {
            for ((name, loop) in endlessLoops) {
                test("a timeout around endless $name ends, on one thread, on $backend") {
                    val context = contextOn(backend)
                    endsInTime {
                        runBlocking { withTimeoutOrNull(50) { loop(context, path) { true } } }
                    } shouldBe null
                    context.close()
                }

                test(
                    "a neighbour of endless $name gets its turns on the same thread, on $backend"
                ) {
                    val context = contextOn(backend)
                    endsInTime {
                        runBlocking {
                            val neighbour = launch { repeat(100) { yield() } }
                            loop(context, path) { neighbour.isActive }
                        }
                    }
                    context.close()
                }

                test("endless $name on Dispatchers.Unconfined ends by a cancel, on $backend") {
                    val context = contextOn(backend)
                    val turns = AtomicInteger()
                    endsInTime {
                        runBlocking {
                            // The loop may never leave the thread that launches it.
                            val job = Job()
                            val loops =
                                CoroutineScope(Dispatchers.Default).launch {
                                    launch(Dispatchers.Unconfined + job) {
                                        loop(context, path) { turns.incrementAndGet() > 0 }
                                    }
                                }
                            eventually("it is well under way") { turns.get() > 100 }
                            job.cancel()
                            job.children.forEach { it.join() }
                            loops.join()
                        }
                    }
                    context.close()
                }
            }
        }

        test("a coroutine gives way once per slice, and not with every result") {
            withHeld { context, held ->
                held.readsInline = true
                val file = context.openFileAsync(Path.of("any"), "r").get()
                val turns = endsInTime {
                    runBlocking {
                        var turns = 0
                        val reading = launch { repeat(2_560) { file.readBytes(0, 4096) } }
                        while (reading.isActive) {
                            turns++
                            yield()
                        }
                        turns
                    }
                }
                // 10 MiB in slices of 256 KiB, and one turn before and after.
                turns shouldBeLessThanOrEqualTo 42
            }
        }

        test("results served from memory count with the bytes that they have") {
            fun slicesOf(results: Int, result: () -> Any?): Int = endsInTime {
                (1..results).count { InlineSlice.isUsedUpBy(result()) }
            }
            slicesOf(16) { 256 shl 10 } shouldBe 16
            slicesOf(16) { 32 shl 10 } shouldBe 2
            slicesOf(16) { ByteArray(32 shl 10) } shouldBe 2
            slicesOf(16) { "x".repeat(32 shl 10) } shouldBe 2
            slicesOf(16) { List(2) { "x".repeat(16 shl 10) } } shouldBe 2
            slicesOf(512) { null } shouldBe 2
            slicesOf(512) { -1 } shouldBe 2
            // A size is no transfer.
            slicesOf(255) { 1L shl 40 } shouldBe 0
        }
    })
