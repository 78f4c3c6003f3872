package io.aiofile.contract

import io.aiofile.AioContext
import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.kotest.assertions.withClue
import java.util.SplittableRandom

/** One file of a [FaultCampaign], and what has to be in it. */
internal class CampaignFile(
    private val hazard: Hazard,
    private val context: AioContext,
    private val random: SplittableRandom,
    val isDirect: Boolean,
) {
    private val path = hazard.disk.fresh()
    val model = FileModel()

    /** What positions and lengths of writes are multiples of. */
    val unit = if (isDirect) 4096 else 1

    lateinit var file: AsyncFile
        private set

    // Of the calls that are under way, no two of which touch the same bytes.
    private var cursor = 0
    private var endMax = 0
    private val writes = ArrayList<Written>()

    /** A write that is over: so much of it is surely there, and of the rest nobody knows. */
    private class Written(val position: Int, val data: ByteArray, val moved: Int)

    init {
        val initial = random.bytes(FILE_BYTES)
        hazard.disk.put(path, initial)
        model.write(0, initial)
        reopen()
    }

    fun reopen() {
        file = opened("rb+")
    }

    /** Opens it, as often as it takes. */
    fun opened(letters: String): AsyncFile {
        val mode = OpenMode.parse(letters).let { if (isDirect) it.withDirect() else it }
        repeat(OPENS_MAX) {
            val open = context.openFileAsync(hazard.path(path), mode)
            runCatching { open.got() }
                .onSuccess {
                    return it
                }
                .onFailure { hazard.mustExpect(it) }
        }
        error("not opened in $OPENS_MAX attempts: $path")
    }

    // ---- calls at once, on ranges of their own

    fun beginRound() {
        cursor = random.nextInt(FILE_BYTES / 2) / unit * unit
        endMax = model.size
    }

    /** The next range that no other call under way has; null if the file is full of them. */
    fun range(): IntRange? {
        val longest = if (random.nextInt(40) == 0) CampaignMemory.LENGTH_MAX else 6000
        val length = roundUp(1 + random.nextInt(longest - unit))
        val position = roundUp(cursor + random.nextInt(3000))
        if (position + length > FILE_BYTES) return null
        cursor = position + length
        return position until position + length
    }

    private fun roundUp(bytes: Int) = (bytes + unit - 1) / unit * unit

    fun beginWrite(range: IntRange) {
        endMax = maxOf(endMax, range.last + 1)
    }

    fun endWrite(position: Int, data: ByteArray, moved: Int) {
        writes += Written(position, data, moved)
    }

    /** What the size may be while the calls are under way. */
    val sizes: IntRange
        get() = model.size..endMax

    /** All calls are over: takes them into the model, and looks at the file where need be. */
    fun endRound() {
        writes.forEach { model.write(it.position, it.data.copyOf(it.moved)) }
        val unsure = writes.filter { it.moved < it.data.size }
        writes.clear()
        if (unsure.isNotEmpty()) look(unsure)
    }

    /** Of each byte that may or may not have been written: it is the old one or the new one. */
    private fun look(unsure: List<Written>) {
        val actual = hazard.disk.bytes(path)
        val reach = unsure.maxOf { it.position + it.data.size }
        if (actual.size > model.size && actual.size <= reach) model.allocate(actual.size)
        for (write in unsure) {
            for (i in write.moved until write.data.size) {
                val at = write.position + i
                if (at < actual.size && actual[at] == write.data[i]) {
                    model.write(at, byteArrayOf(actual[at]))
                }
            }
        }
        withClue("$path after writes that failed or were given up") {
            actual shouldEqual model.contents()
        }
    }

    // ---- calls that have the file for themselves

    /** A call that changes the size failed, or was given up: it had its effect, or had not. */
    fun lookAfterResize(wanted: Int) {
        val actual = hazard.disk.bytes(path)
        withClue("size of $path after a resize to $wanted that failed") {
            check(actual.size in minOf(model.size, wanted)..maxOf(model.size, wanted))
        }
        if (actual.size < model.size) model.truncate(actual.size) else model.allocate(actual.size)
        actual shouldEqual model.contents()
    }

    fun beginAppend() = beginWrite(model.size until model.size)

    /** The file is as the model says. */
    fun verify() {
        hazard.disk.bytes(path) shouldEqual model.contents()
    }

    companion object {
        const val FILE_BYTES = 192 shl 10
        private const val OPENS_MAX = 1000
    }
}
