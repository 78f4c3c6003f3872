package io.aiofile.samples

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE

class OpenChannelTest :
    StringSpec({
        val context by context()
        val directory = directory()

        "the start is replaced, and the channel stays open" {
            val path = directory.resolve("file").withText("hello, world")
            FileChannel.open(path, READ, WRITE).let { channel ->
                OpenChannel.replaceStart(context, channel, "HELLO") shouldBe "hello"
                Files.readString(path) shouldBe "HELLO, world"
                replaceStart(context, channel, "Grüße") shouldBe "HELLO, "
                channel.isOpen shouldBe true
                channel.close()
            }
            Files.readString(path) shouldBe "Grüßeworld"
        }
    })
