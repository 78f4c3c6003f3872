package io.aiofile.benchmarks.data

import io.aiofile.benchmarks.measure.Missing
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.ByteBuffer
import java.nio.file.Files

class TestDataTest :
    StringSpec({
        val directory = tempdir().toPath()

        "no two places hold the same block, and any wrong byte shows" {
            val crcs = (0L until 1000).map { Pattern.crc(it * 256, 256) }
            crcs.distinct().size shouldBe crcs.size
            val block = ByteBuffer.allocate(256)
            Pattern.fill(block, 512)
            Pattern.crc(block) shouldBe Pattern.crc(512, 256)
            block.put(200, (block.get(200) + 1).toByte())
            Pattern.crc(block) shouldNotBe Pattern.crc(512, 256)
        }

        "a written block tells its place and its round" {
            val first = WrittenBlock(64, 1)
            val second = WrittenBlock(64, 2)
            val crcs =
                listOf(
                    first.crc(0, first.unstamped()),
                    first.crc(64, first.unstamped()),
                    second.crc(0, second.unstamped()),
                )
            crcs.distinct().size shouldBe 3
        }

        "random places are blocks of the file, none twice, the same for the same seed" {
            val positions = Positions.of(Order.RANDOM, 1L shl 20, 4096, 200, seed = 5)
            positions.distinct().size shouldBe 200
            positions.all { it % 4096 == 0L && it in 0 until (1L shl 20) } shouldBe true
            positions shouldNotBe Positions.of(Order.LINEAR, 1L shl 20, 4096, 200, seed = 5)
            Positions.of(Order.RANDOM, 1L shl 20, 4096, 200, seed = 5) shouldBe positions
        }

        "linear places follow each other" {
            Positions.of(Order.LINEAR, 4096, 1024, 4, seed = 1) shouldBe
                longArrayOf(0, 1024, 2048, 3072)
        }

        "more operations than blocks are refused" {
            shouldThrow<IllegalArgumentException> {
                Positions.of(Order.RANDOM, 4096, 1024, 5, seed = 1)
            }
        }

        "positions and checksums survive their files" {
            val file = directory.resolve("list")
            val positions = longArrayOf(0, 1, Long.MAX_VALUE)
            Positions.write(positions, file)
            Positions.read(file) shouldBe positions
            val checksums = intArrayOf(-1, 0, Int.MAX_VALUE)
            Checksums.write(checksums, file)
            Checksums.read(file) shouldBe checksums
        }

        "a text has the lines and characters that it says" {
            val text = LineFile.create(directory.resolve("text"), 500)
            val lines = Files.readAllLines(text.path)
            lines.size shouldBe 500
            lines.sumOf { it.length.toLong() } shouldBe text.characters
            lines.maxOf { it.length } shouldBe LineFile.LINE_CHARACTERS_MAX
            Files.size(text.path) shouldBe text.bytes
            TestFiles.crc(text.path) shouldBe text.crc
        }

        "a file is put into the page cache, and dropped or said to be undroppable" {
            val files = TestFiles(directory, 1L shl 20, 1)
            PageCache.warm(files.pattern)
            PageCache.resident(files.pattern) shouldBeGreaterThan 0.99
            try {
                PageCache.drop(files.pattern)
                PageCache.resident(files.pattern) shouldBeLessThan 0.01
            } catch (undroppable: Missing) {
                // A file system in memory, for one.
                PageCache.resident(files.pattern) shouldBeGreaterThan 0.0
            }
        }
    })
