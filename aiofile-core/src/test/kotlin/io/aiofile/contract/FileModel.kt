package io.aiofile.contract

import java.util.SplittableRandom

/** What a file has to contain, as a byte array: the same calls, one after the other. */
class FileModel {
    private var bytes = ByteArray(0)

    val size: Int
        get() = bytes.size

    fun contents() = bytes.copyOf()

    fun read(position: Int, length: Int): ByteArray =
        if (position >= bytes.size) ByteArray(0)
        else bytes.copyOfRange(position, minOf(bytes.size, position + length))

    fun write(position: Int, data: ByteArray) {
        if (data.isEmpty()) return
        allocate(position + data.size)
        data.copyInto(bytes, position)
    }

    fun append(data: ByteArray) = write(bytes.size, data)

    fun truncate(newSize: Int) {
        bytes = bytes.copyOf(newSize)
    }

    fun allocate(end: Int) {
        if (end > bytes.size) bytes = bytes.copyOf(end)
    }
}

internal fun SplittableRandom.bytes(length: Int) = ByteArray(length).also { nextBytes(it) }
