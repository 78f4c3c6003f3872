package io.aiofile.jna.faults

import io.aiofile.AsyncFile
import io.aiofile.OpenMode
import io.aiofile.contract.Records
import io.aiofile.contract.ended
import io.aiofile.contract.eventually
import io.aiofile.contract.scaled
import io.aiofile.contract.seed
import io.aiofile.contract.shouldEqual
import io.aiofile.jna.sys.OpenFlags
import io.aiofile.jna.sys.libc
import io.aiofile.jna.sys.orFail
import io.aiofile.jna.sys.withFile
import io.aiofile.jna.sys.withMemory
import io.kotest.assertions.withClue
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.util.SplittableRandom
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/**
 * A real ext4 that loses what is not on its device: FS_IOC_SHUTDOWN without a flush of the log, as
 * when the power goes, and then a mount that replays the journal. So a sync that is none is found
 * out, also one of the kernel's queue.
 *
 * The device itself forgets nothing: for one that does see CrashTest.
 */
internal class PowerCut
private constructor(
    private val image: Path,
    private val place: Path,
    private val random: SplittableRandom,
) {
    private var acknowledged = 0
    private var lost = 0

    private fun round(backend: String, round: Int) {
        mount()
        val journal = place.resolve("journal")
        val replaced = place.resolve("replaced")
        Files.write(journal, ByteArray(0))
        Files.write(replaced, Records.of(1, 1000))
        run("sync", "-f", "$place")
        val mode =
            if (random.nextInt(3) == 0) OpenMode.APPEND.withDataSyncWrites() else OpenMode.APPEND
        var appended = 0
        val promised = AtomicInteger()
        val isReplaced = AtomicBoolean()
        var heard = 0
        var heardOfReplaced = false
        openOn(backend).use { context ->
            val file = context.openFileAsync(journal, mode).await()
            val delay = random.nextLong(40)
            val isPatient = random.nextBoolean()
            val cut = thread {
                Thread.sleep(delay)
                if (isPatient) eventually("a promise") { promised.get() > 0 }
                // What is heard before the cut. ext4 of Linux 6.18 lets a sync that is under way
                // meanwhile succeed, though what it covers is gone.
                heard = promised.get()
                heardOfReplaced = isReplaced.get()
                cutPower()
            }
            val replacing = context.files().writeBytesAsync(replaced, Records.of(2, 500))
            replacing.onRelease { _, failure -> if (failure == null) isReplaced.set(true) }
            while (cut.isAlive && appended < RECORDS_MAX && append(file, appended)) {
                appended++
                promise(file, appended, promised)
            }
            cut.join()
            replacing.ended()
            file.closeAsync().ended()
        }
        run("umount", "$place")
        mount()
        withClue("$backend, round $round") {
            val found = Records.scan(Files.readAllBytes(journal)).map { it.number.toInt() }
            found.take(heard) shouldBe List(heard) { it }
            lost += appended - found.size
            if (heardOfReplaced) Files.readAllBytes(replaced) shouldEqual Records.of(2, 500)
        }
        acknowledged += heard + if (heardOfReplaced) 1 else 0
        run("umount", "$place")
    }

    /** One at a time, so that they are in order. */
    private fun append(file: AsyncFile, number: Int): Boolean {
        val record = Records.of(number.toLong(), Records.HEADER_BYTES + random.nextInt(3000))
        val append = file.appendBytesAsync(record)
        append.ended()
        return !append.isCompletedExceptionally
    }

    /** Notes how many records are durable, now or when a sync says so. */
    private fun promise(file: AsyncFile, appended: Int, promised: AtomicInteger) {
        if (file.mode().dataSyncWrites()) promised.set(appended)
        if (random.nextInt(10) > 0) return
        val promise = if (random.nextBoolean()) file.syncAsync() else file.dataSyncAsync()
        promise.onRelease { _, failure ->
            if (failure == null) promised.accumulateAndGet(appended, ::maxOf)
        }
        if (random.nextBoolean()) promise.ended()
    }

    private fun mount() = run("mount", "-o", "loop", "$image", "$place")

    private fun cutPower() =
        withFile(place, OpenFlags.O_RDONLY or OpenFlags.O_DIRECTORY) { fd ->
            withMemory(Int.SIZE_BYTES) { memory ->
                memory.buffer().putInt(0, NO_LOG_FLUSH)
                libc.syscall(ioctl!!, fd.toLong(), SHUTDOWN, memory.address(), 0, 0, 0).orFail()
            }
        }

    private fun run(vararg command: String) {
        val process = ProcessBuilder(*command).redirectErrorStream(true).start()
        val said = process.inputReader().readText()
        withClue("${command.toList()}: $said") { process.waitFor() shouldBe 0 }
    }

    companion object {
        private const val RECORDS_MAX = 2000

        /** ext4.h: EXT4_IOC_SHUTDOWN, and EXT4_GOING_FLAGS_NOLOGFLUSH. */
        private const val SHUTDOWN = 0x8004_587DL
        private const val NO_LOG_FLUSH = 2

        private val ioctl: Long? =
            when (System.getProperty("os.arch")) {
                "amd64" -> 16
                "aarch64" -> 29
                else -> null
            }

        /** Whether its number is known here; that an ext4 can be mounted is [Mounts]' to say. */
        val isThere: Boolean = ioctl != null

        fun run(arguments: List<String>) {
            val (image, place) = arguments.map { Path.of(it) }
            val random = SplittableRandom(seed("power cuts"))
            val cuts = PowerCut(image, place, random)
            val rounds = scaled(5)
            repeat(rounds) { round -> backends.forEach { cuts.round(it, round) } }
            println(
                "${rounds * backends.size} power cuts: ${cuts.acknowledged} records " +
                    "acknowledged and there, ${cuts.lost} lost"
            )
            minOf(cuts.acknowledged, cuts.lost) shouldBeGreaterThan 0
        }
    }
}
