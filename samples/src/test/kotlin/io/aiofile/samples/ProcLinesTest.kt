package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path

class ProcLinesTest :
    StringSpec({
        val context by context()
        val directory = directory()

        "a file of /proc becomes a regular one (where there is /proc)"
            .config(enabled = hasProc) {
                val source = Path.of("/proc/filesystems")
                val expected = Files.readString(source)
                val target = directory.resolve("proc")

                val lines = ProcLines.copyLinesAsync(context, source, target).join()
                lines shouldBe expected.lines().size - 1
                Files.readString(target) shouldBe expected

                copyLines(context, source, target) shouldBe expected.length
                Files.readString(target) shouldBe expected
            }

        "lines of any length and script stay what they are" {
            val text = "Ä\n\n${"long ".repeat(50_000)}\n語\n"
            val source = directory.resolve("source").withText(text)
            val target = directory.resolve("target")
            ProcLines.copyLinesAsync(context, source, target).join() shouldBe 4
            Files.readString(target) shouldBe text
            copyLines(context, source, target)
            Files.readString(target) shouldBe text
        }
    })
